//! The laws of the projection.

use forerun::robot::{Action, Axes, AxisLimits, LimiterState, Limits};
use proptest::num::f64::ANY;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn axis(acceleration: f64, deceleration: f64, jerk: f64) -> AxisLimits {
    AxisLimits {
        lower: -1.0,
        upper: 1.5,
        velocity: 2.0,
        acceleration,
        deceleration,
        jerk,
    }
}

fn one(value: f64) -> Axes {
    Axes::from_slice(&[value]).expect("one axis")
}

fn any_axis() -> impl Strategy<Value = AxisLimits> {
    let bound = || prop_oneof![1.0f64..50.0, Just(f64::INFINITY)];
    (
        bound(),
        bound(),
        prop_oneof![20.0f64..500.0, Just(f64::INFINITY)],
    )
        .prop_map(|(acceleration, deceleration, jerk)| axis(acceleration, deceleration, jerk))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    /// Any input at all: not-a-number, infinities, subnormals, negative time.
    #[test]
    fn the_output_is_finite_and_within_the_velocity_limit(
        mut axis in any_axis(), unbounded: bool,
        position in ANY, command in ANY, acceleration in ANY, wanted in ANY, dt in ANY,
    ) {
        if unbounded {
            (axis.lower, axis.upper) = (f64::NEG_INFINITY, f64::INFINITY);
        }
        let limits = Limits::new(vec![axis]);
        let mut state = LimiterState { position: one(position), command: one(command), acceleration: one(acceleration) };
        for _ in 0..3 {
            let out = limits.project(&mut state, &one(wanted), dt);
            prop_assert!(out.is_finite() && out.max_abs() <= axis.velocity, "{out:?}");
            prop_assert!(state.command.is_finite() && state.acceleration.is_finite());
        }
    }

    /// From rest inside, whatever is wanted: the position stays inside, and without a jerk limit no bound is
    /// ever broken for it.
    #[test]
    fn what_starts_inside_stays_inside(
        axis in any_axis(), start in -1.0f64..=1.5, fast: bool,
        wanted in proptest::collection::vec((prop_oneof![-3.0f64..3.0, Just(2.0), Just(-2.0)], 1usize..400), 1..8),
    ) {
        let limits = Limits::new(vec![axis]);
        let dt = if fast { 0.001 } else { 0.005 };
        let mut state = LimiterState::at_rest(one(start));
        for wanted in wanted.iter().flat_map(|(value, ticks)| std::iter::repeat_n(*value, *ticks)) {
            let before = state.command[0];
            let command = limits.project(&mut state, &one(wanted), dt)[0];
            let position = state.position[0];
            prop_assert!((-1.0 - 1e-9..=1.5 + 1e-9).contains(&position), "{position}");
            prop_assert!(command.abs() <= 2.0);
            if axis.jerk.is_infinite() {
                let steepest = axis.acceleration.max(axis.deceleration);
                prop_assert!((command - before).abs() <= steepest * dt * (1.0 + 1e-6) + 1e-9, "{before} {command}");
            }
        }
    }

    /// From outside, whatever is wanted: never further out, and in again when inward is wanted.
    #[test]
    fn what_starts_outside_moves_only_inwards(
        axis in any_axis(), out in 0.0f64..2.0, above: bool, speed in -2.0f64..2.0,
        wanted in proptest::collection::vec(-3.0f64..3.0, 0..40),
    ) {
        let limits = Limits::new(vec![axis]);
        let (start, inward) = if above { (1.5 + out, -2.0) } else { (-1.0 - out, 2.0) };
        let mut state = LimiterState { command: one(speed), ..LimiterState::at_rest(one(start)) };
        let distance = |position: f64| (position - 1.5).max(-1.0 - position).max(0.0);
        let mut last = distance(start);
        for wanted in wanted.into_iter().chain(std::iter::repeat_n(inward, 1500)) {
            limits.project(&mut state, &one(wanted), 0.005);
            let now = distance(state.position[0]);
            prop_assert!(now <= last + 1e-12, "{last} -> {now}");
            last = now;
        }
        prop_assert_eq!(last, 0.0);
    }

    /// Projection in small steps changes nothing that respects every bound already.
    #[test]
    fn what_respects_the_limits_passes_unchanged(wanted in -0.09f64..0.09) {
        let limits = Limits::new(vec![axis(20.0, 20.0, f64::INFINITY)]);
        let mut state = LimiterState::at_rest(one(0.0));
        prop_assert_eq!(limits.project(&mut state, &one(wanted), 0.005)[0], wanted);
    }
}

#[test]
fn jerk_is_bounded_away_from_the_position_limits() {
    let limits = Limits::new(vec![AxisLimits {
        lower: -100.0,
        upper: 100.0,
        ..axis(10.0, 10.0, 100.0)
    }]);
    let mut state = LimiterState::at_rest(one(0.0));
    let dt = 0.001;
    for tick in 0..4000 {
        let before = state.acceleration[0];
        limits.project(&mut state, &one(if tick < 2000 { 1.5 } else { 0.5 }), dt);
        let jerk = (state.acceleration[0] - before).abs() / dt;
        // Arriving at the wanted velocity may end the acceleration at once: only the rise is bounded.
        if state.acceleration[0].abs() > before.abs() {
            assert!(jerk <= 100.0 * (1.0 + 1e-6), "{jerk} at tick {tick}");
        }
    }
}

#[test]
fn the_tighter_of_two_bounds_holds_and_a_margin_never_turns_a_range_inside_out() {
    let other = AxisLimits {
        upper: 1.0,
        velocity: 3.0,
        ..axis(5.0, 50.0, 9.0)
    };
    let tight =
        Limits::new(vec![axis(10.0, 10.0, f64::INFINITY)]).tightened(&Limits::new(vec![other]));
    let expected = AxisLimits {
        upper: 1.0,
        velocity: 2.0,
        ..axis(5.0, 10.0, 9.0)
    };
    assert_eq!(tight.axes(), [expected]);
    let narrow = tight.with_position_margin(50.0);
    assert_eq!(narrow.axes()[0].lower, narrow.axes()[0].upper);
}

#[test]
fn a_wanted_action_of_another_length_counts_as_rest() {
    let limits = Limits::new(vec![axis(20.0, 20.0, f64::INFINITY); 2]);
    let mut state = LimiterState::default();
    assert_eq!(
        *limits.project(&mut state, &Action::zeros(0), 0.005),
        [0.0, 0.0]
    );
}

#[test]
fn scaled_bounds_are_never_wider() {
    let wide = Limits::new(vec![axis(10.0, 20.0, 50.0)]);
    let half = wide.scaled(0.5, 0.25);
    let expected = AxisLimits {
        velocity: 1.0,
        acceleration: 2.5,
        ..wide.axes()[0]
    };
    assert_eq!(half.axes(), [expected]);
    assert_eq!(wide.scaled(3.0, f64::INFINITY), wide);
}
