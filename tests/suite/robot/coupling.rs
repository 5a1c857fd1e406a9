//! The laws of the projection where axes are coupled: a body on two wheels.

use forerun::robot::{Action, Axes, AxisLimits, Coupling, LimiterState, Limits, RobotModel};
use proptest::num::f64::ANY;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn rover() -> RobotModel {
    RobotModel::from_urdf(include_str!("../../../urdf/rover.urdf")).expect("the shipped URDF")
}

fn twist(linear: f64, angular: f64) -> Action {
    Action::from_slice(&[linear, angular]).expect("two axes")
}

fn sum(coupling: &Coupling, action: &[f64]) -> f64 {
    let products = coupling.weights.iter().zip(action);
    products.map(|(weight, value)| weight * value).sum()
}

/// Whether `now` may follow `before` after `dt` by one bound of speed and its changes.
fn follows(limits: &AxisLimits, before: f64, now: f64, dt: f64) -> bool {
    let steepest = limits.acceleration.max(limits.deceleration);
    now.abs() <= limits.velocity * (1.0 + 1e-9) && (now - before).abs() <= steepest * dt + 1e-9
}

fn wanted() -> impl Strategy<Value = Vec<(f64, f64, usize)>> {
    let linear = prop_oneof![-1.5f64..1.5, Just(0.8), Just(-0.8), Just(0.0)];
    let angular = prop_oneof![-5.0f64..5.0, Just(2.5), Just(-2.5), Just(0.0)];
    proptest::collection::vec((linear, angular, 1usize..200), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    /// From rest, whatever is wanted: no axis and no wheel is ever faster than it may, or changes faster.
    #[test]
    fn no_bound_of_axes_or_wheels_is_ever_broken(wanted in wanted(), fast: bool, scale in 0.1f64..=1.0) {
        let limits = rover().space.limits.scaled(scale, scale);
        let dt = if fast { 0.001 } else { 0.005 };
        let mut state = LimiterState::at_rest(Axes::zeros(2));
        for (linear, angular, ticks) in wanted {
            for _ in 0..ticks {
                let before = state.command;
                let now = limits.project(&mut state, &twist(linear, angular), dt);
                prop_assert_eq!(now, state.command);
                for (axis, bounds) in limits.axes().iter().enumerate() {
                    prop_assert!(follows(bounds, before[axis], now[axis], dt), "{before:?} -> {now:?}");
                }
                for wheel in limits.couplings() {
                    let (before, now) = (sum(wheel, &before), sum(wheel, &now));
                    prop_assert!(follows(&wheel.limits, before, now, dt), "{}: {before} -> {now}", wheel.name);
                }
            }
        }
    }

    /// Held long enough, a twist is reached that keeps the wanted curvature, at the largest speed that fits.
    #[test]
    fn a_twist_that_does_not_fit_keeps_its_curvature(linear in -0.8f64..0.8, angular in -2.5f64..2.5) {
        let limits = rover().space.limits;
        let mut state = LimiterState::at_rest(Axes::zeros(2));
        for _ in 0..400 {
            limits.project(&mut state, &twist(linear, angular), 0.005);
        }
        let reached = state.command;
        prop_assert!((linear * reached[1] - angular * reached[0]).abs() < 1e-6, "{reached:?}");
        let used = limits.couplings().iter().map(|wheel| sum(wheel, &reached).abs() / wheel.limits.velocity);
        let used = used.fold(0.0, f64::max);
        let fits = limits.couplings().iter().all(|wheel| sum(wheel, &[linear, angular]).abs() <= wheel.limits.velocity);
        if fits {
            prop_assert!((reached[0] - linear).abs() < 1e-9 && (reached[1] - angular).abs() < 1e-9, "{reached:?}");
        } else {
            prop_assert!((used - 1.0).abs() < 1e-6, "{used} of the wheels' speed is used");
        }
    }

    /// Any input at all: not-a-number, infinities, subnormals, negative time.
    #[test]
    fn the_output_is_finite_and_within_every_speed(
        position in proptest::array::uniform2(ANY), command in proptest::array::uniform2(ANY),
        acceleration in proptest::array::uniform2(ANY), wanted in proptest::array::uniform2(ANY), dt in ANY,
        bounded: bool, jerk in prop_oneof![Just(f64::INFINITY), 1.0f64..100.0],
    ) {
        let space = rover().space;
        let axes = space.limits.axes().iter().map(|axis| {
            let reach = if bounded { 1.0 } else { f64::INFINITY };
            AxisLimits { lower: -reach, upper: reach, jerk, ..*axis }
        });
        let limits = Limits::new(axes.collect()).coupled(space.limits.couplings().to_vec());
        let axes = |values: [f64; 2]| Axes::from_slice(&values).expect("two axes");
        let mut state = LimiterState { position: axes(position), command: axes(command), acceleration: axes(acceleration) };
        for _ in 0..3 {
            let out = limits.project(&mut state, &axes(wanted), dt);
            prop_assert!(out.is_finite(), "{out:?}");
            for (axis, bounds) in limits.axes().iter().enumerate() {
                prop_assert!(out[axis].abs() <= bounds.velocity, "{out:?}");
            }
            for wheel in limits.couplings() {
                prop_assert!(sum(wheel, &out).abs() <= wheel.limits.velocity * (1.0 + 1e-9), "{out:?}");
            }
            prop_assert!(state.command.is_finite() && state.acceleration.is_finite());
        }
    }

    /// Coupled axes with position bounds: what starts inside stays inside.
    #[test]
    fn positions_stay_inside(wanted in wanted(), start in proptest::array::uniform2(-1.0f64..=1.0)) {
        let space = rover().space;
        let axes = space.limits.axes().iter().map(|axis| AxisLimits { lower: -1.0, upper: 1.0, ..*axis });
        let limits = Limits::new(axes.collect()).coupled(space.limits.couplings().to_vec());
        let mut state = LimiterState::at_rest(Axes::from_slice(&start).expect("two axes"));
        for (linear, angular, ticks) in wanted {
            for _ in 0..ticks {
                limits.project(&mut state, &twist(linear, angular), 0.005);
                prop_assert!(state.position.max_abs() <= 1.0 + 1e-9, "{:?}", state.position);
            }
        }
    }
}

#[test]
fn couplings_survive_what_is_made_of_limits() {
    let limits = rover().space.limits;
    let wheels = limits.couplings();
    assert_eq!(wheels.len(), 2);
    assert!((wheels[0].limits.velocity - 0.9).abs() < 1e-12);
    assert_eq!(limits.with_position_margin(0.1).couplings(), wheels);
    let half = limits.scaled(0.5, 0.5);
    assert!((half.couplings()[1].limits.velocity - 0.45).abs() < 1e-12);
    assert_eq!(limits.tightened(&half).couplings().len(), 4);
}

#[test]
fn a_tick_that_nothing_is_wanted_from_brakes_along_the_path() {
    let limits = rover().space.limits;
    let mut state = LimiterState::at_rest(Axes::zeros(2));
    for _ in 0..400 {
        limits.project(&mut state, &twist(0.5, 1.0), 0.005);
    }
    let curvature = state.command[1] / state.command[0];
    for _ in 0..400 {
        let now = limits.project(&mut state, &Action::zeros(2), 0.005);
        assert!((now[1] - curvature * now[0]).abs() < 1e-9, "{now:?}");
    }
    assert_eq!(state.command.max_abs(), 0.0);
}
