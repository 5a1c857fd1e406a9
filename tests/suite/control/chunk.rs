//! Trajectories that somebody else made, as joint_trajectory_controller reads them.

use forerun::control::{Chunk, Waypoint};
use forerun::robot::Axes;
use forerun::time::{Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// What a waypoint says beside positions: nothing, velocities, or accelerations, too.
const SAYS: std::ops::Range<usize> = 0..3;

/// After the point before, and what it says of one axis.
type Drawn = (i64, usize, [f64; 3]);

fn axes(said: bool, number: f64) -> Axes {
    Axes::from_fn(usize::from(said), |_| number)
}

/// One axis.
fn chunk(points: &[Drawn]) -> Result<Chunk, String> {
    let mut after = Span::ZERO;
    let waypoints = points.iter().map(|(rest, says, [p, v, a])| {
        after = after + Span::from_nanos(*rest);
        Waypoint {
            after,
            position: axes(true, *p),
            velocity: axes(*says > 0, *v),
            acceleration: axes(*says > 1, *a),
        }
    });
    Chunk::through(Stamp::from_nanos(7), waypoints.collect())
}

fn points(says: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Drawn>> {
    let numbers = [-2.0..2.0f64, -2.0..2.0, -9.0..9.0];
    proptest::collection::vec((50_000_000i64..900_000_000, says, numbers), 1..8)
}

fn due(chunk: &Chunk, index: usize) -> Stamp {
    chunk.start + chunk.waypoints[index].after
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, rng_seed: RngSeed::Fixed(31), failure_persistence: None, ..ProptestConfig::default() })]

    /// Each waypoint is met when it is due, with all that both ends of a segment say, and left without a step.
    #[test]
    fn segments_meet_what_their_ends_say(points in points(SAYS)) {
        let chunk = chunk(&points).expect("sound");
        for (index, waypoint) in chunk.waypoints.iter().enumerate() {
            let due = due(&chunk, index);
            let [met, just_before] = [due, due - Span::from_nanos(1)].map(|stamp| chunk.at(stamp));
            prop_assert!((met.position[0] - waypoint.position[0]).abs() < 1e-12);
            prop_assert!((just_before.position[0] - waypoint.position[0]).abs() < 1e-6);
            if index == 0 { continue; }
            let said = points[index].1.min(points[index - 1].1);
            if said > 0 {
                prop_assert!((just_before.velocity[0] - waypoint.velocity[0]).abs() < 1e-4, "{just_before:?} {waypoint:?}");
            }
            if said > 1 {
                prop_assert!((just_before.acceleration[0] - waypoint.acceleration[0]).abs() < 1e-2, "{just_before:?} {waypoint:?}");
            }
            let before = chunk.waypoints[index - 1];
            let left = chunk.at(due - (waypoint.after - before.after));
            if said > 0 { prop_assert!((left.velocity[0] - before.velocity[0]).abs() < 1e-9); }
            if said > 1 { prop_assert!((left.acceleration[0] - before.acceleration[0]).abs() < 1e-6); }
        }
    }

    /// Velocity is the derivative of position, acceleration that of velocity.
    #[test]
    fn velocities_and_accelerations_are_derivatives(points in points(SAYS), part in 0.1..0.9f64, which in 0usize..7) {
        let chunk = chunk(&points).expect("sound");
        prop_assume!(chunk.waypoints.len() > 1);
        let from = which % (chunk.waypoints.len() - 1);
        let (start, end) = (due(&chunk, from), due(&chunk, from + 1));
        let stamp = start + Span::from_secs(part * (end - start).secs());
        let step = Span::from_nanos(20_000);
        let [before, at, after] = [stamp - step, stamp, stamp + step].map(|stamp| chunk.at(stamp));
        let slope = |a: f64, b: f64| (b - a) / (step.secs() * 2.0);
        let tight = |bound: f64| 1e-5 * (1.0 + bound.abs());
        let velocity = slope(before.position[0], after.position[0]);
        prop_assert!((velocity - at.velocity[0]).abs() < tight(velocity), "{velocity} {at:?}");
        let acceleration = slope(before.velocity[0], after.velocity[0]);
        prop_assert!((acceleration - at.acceleration[0]).abs() < 10.0 * tight(acceleration), "{acceleration} {at:?}");
    }

    /// Positions alone are joined by straight lines.
    #[test]
    fn positions_alone_are_joined_by_straight_lines(points in points(0..1), part in 0.0..1.0f64) {
        let chunk = chunk(&points).expect("sound");
        for pair in chunk.waypoints.windows(2) {
            let (start, whole) = (chunk.start + pair[0].after, pair[1].after - pair[0].after);
            let at = chunk.at(start + Span::from_secs(part * whole.secs()));
            let (p, q) = (pair[0].position[0], pair[1].position[0]);
            prop_assert!((at.position[0] - (p + part * (q - p))).abs() < 1e-6);
            prop_assert!((at.velocity[0] - (q - p) / whole.secs()).abs() < 1e-6);
            prop_assert_eq!(at.acceleration[0], 0.0);
        }
    }

    /// It stands still before and after, and means over ticks add up to the way.
    #[test]
    fn means_over_ticks_add_up_to_the_way(points in points(SAYS), tick in 1_000_000i64..40_000_000) {
        let chunk = chunk(&points).expect("sound");
        let tick = Span::from_nanos(tick);
        let mut stamp = due(&chunk, 0) - tick * 3;
        let mut way = 0.0;
        while stamp <= chunk.end() + tick * 3 {
            way += chunk.mean_velocity(stamp, stamp + tick)[0] * tick.secs();
            stamp += tick;
        }
        let [first, last] = [0, points.len() - 1].map(|index| points[index].2[0]);
        prop_assert!((way - (last - first)).abs() < 1e-9, "{way} {first} {last}");
        let rest = chunk.at(chunk.end() + Span::from_millis(9));
        prop_assert_eq!((rest.position[0], rest.velocity[0], rest.acceleration[0]), (last, 0.0, 0.0));
    }

    /// Whatever comes is refused, or finite for ever.
    #[test]
    fn what_is_taken_is_finite(
        points in proptest::collection::vec(
            (prop_oneof![-3i64..9, any::<i32>().prop_map(|sec| i64::from(sec) * 1_000_000_000)], SAYS, [any::<f64>(), any::<f64>(), any::<f64>()]),
            0..5,
        ),
        small in any::<bool>(), when in any::<i64>(), part in 0.0..1.0f64,
    ) {
        let mut points = points;
        if small {
            for (_, _, numbers) in &mut points {
                *numbers = numbers.map(|number| if number.is_finite() { number.clamp(-1e6, 1e6) } else { 1e6 });
            }
        }
        if let Ok(chunk) = chunk(&points) {
            let between = chunk.start + Span::from_secs(part * (chunk.end() - chunk.start).secs());
            for stamp in [Stamp::from_nanos(when), between] {
                let at = chunk.at(stamp);
                for numbers in [at.position, at.velocity, at.acceleration, chunk.mean_velocity(stamp, stamp + Span::from_nanos(1))] {
                    prop_assert!(numbers.len() == 1 && numbers.is_finite(), "{chunk:?} {at:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_trajectory_is_refused_with_the_point() {
    let sound = (9, 2, [1.0, 1.0, 1.0]);
    assert!(chunk(&[sound, sound]).is_ok());
    for (points, why) in [
        (vec![], "expected one or more"),
        (vec![(-1, 0, [0.0; 3])], "point 0 is -0.000000001 s"),
        (vec![sound, (0, 0, [0.0; 3])], "more than the point before"),
        (
            vec![sound, (1, 0, [f64::NAN, 0.0, 0.0])],
            "point 1 has positions of [NaN]",
        ),
        (
            vec![(1, 1, [0.0, f64::INFINITY, 0.0])],
            "point 0 has velocities of [inf]",
        ),
        (
            vec![(1, 2, [0.0, 0.0, 2e6])],
            "point 0 has accelerations of [2000000.0]",
        ),
    ] {
        let found = chunk(&points).expect_err(why);
        assert!(found.contains(why), "{found}");
    }
    let mut odd = chunk(&[sound]).expect("sound").waypoints;
    odd[0].velocity = Axes::default();
    assert!(Chunk::through(Stamp::ZERO, odd).is_ok());
}

/// As joint_trajectory_controller accepts them.
#[test]
fn accelerations_alone_bend_no_line() {
    let points = [(0, 2, [0.0, 0.0, 5.0]), (500_000_000, 2, [1.0, 0.0, 5.0])];
    let mut waypoints = chunk(&points).expect("sound").waypoints;
    for waypoint in &mut waypoints {
        waypoint.velocity = Axes::default();
    }
    let chunk = Chunk::through(Stamp::ZERO, waypoints).expect("sound");
    let at = chunk.at(Stamp::ZERO + Span::from_millis(125));
    assert!(
        (at.position[0] - 0.25).abs() < 1e-9 && (at.velocity[0] - 2.0).abs() < 1e-9,
        "{at:?}"
    );
}
