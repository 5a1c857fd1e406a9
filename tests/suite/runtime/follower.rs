//! Mirrors `src/runtime/follower.rs`: what trajectories come to in commands.

use forerun::control::{Chunk, Waypoint};
use forerun::robot::{Action, Axes, RobotState};
use forerun::runtime::Follower;
use forerun::time::{Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const TICK: Span = Span::from_millis(5);

fn stamp(millis: f64) -> Stamp {
    Stamp::ZERO + Span::from_secs(1e-3 * millis)
}

/// Positions of one joint, and when they are due [ms].
fn chunk(start: Stamp, points: &[(f64, f64)]) -> Chunk {
    let waypoints = points.iter().map(|(after, position)| Waypoint {
        after: stamp(*after) - Stamp::ZERO,
        position: Axes::from_fn(1, |_| *position),
        velocity: Axes::default(),
        acceleration: Axes::default(),
    });
    Chunk::through(start, waypoints.collect()).expect("sound")
}

fn measured(stamp: Stamp, position: f64, velocity: f64) -> RobotState {
    RobotState {
        stamp,
        position: Axes::from_fn(1, |_| position),
        velocity: Axes::from_fn(1, |_| velocity),
    }
}

/// What is given until `now`.
fn run(follower: &mut Follower, now: Stamp) -> Vec<(Stamp, f64)> {
    let mut sent = Vec::new();
    follower.run(now, |stamp, action: Action| sent.push((stamp, action[0])));
    sent
}

/// The way that commands go, each held until the next one, the last one being still.
fn way(sent: &[(Stamp, f64)]) -> f64 {
    let held = sent
        .windows(2)
        .map(|pair| pair[0].1 * (pair[1].0 - pair[0].0).secs());
    held.sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: RngSeed::Fixed(32), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whenever it is asked, the same commands come, a tick apart, and go the trajectory's way; then one that stands
    /// still, and silence.
    #[test]
    fn commands_go_the_trajectorys_way_whenever_they_are_asked_for(
        steps in proptest::collection::vec((1.0..400.0f64, -2.0..2.0f64), 1..6),
        asked in proptest::collection::vec(0.0..90.0f64, 1..200),
    ) {
        let received = stamp(123.4);
        let mut due = 0.0;
        let points: Vec<(f64, f64)> = steps.iter().map(|(step, position)| { due += step; (due, *position) }).collect();
        let trajectory = chunk(received, &points);
        let late = received + Span::from_millis(3_000);
        let mut once = Follower::new(TICK, 1);
        once.follow(received, trajectory.clone(), None);
        let all = run(&mut once, late);
        let mut often = Follower::new(TICK, 1);
        often.follow(received, trajectory.clone(), None);
        let (mut pieces, mut now) = (Vec::new(), received);
        for rest in asked {
            now += Span::from_secs(1e-3 * rest);
            pieces.extend(run(&mut often, now.min(late)));
        }
        pieces.extend(run(&mut often, late));
        prop_assert_eq!(&all, &pieces);
        prop_assert_eq!(all[0].0, received);
        prop_assert!(all.windows(2).all(|pair| pair[1].0 - pair[0].0 == TICK));
        let last = all[all.len() - 1];
        prop_assert!(last.1 == 0.0 && last.0 >= trajectory.end() && last.0 < trajectory.end() + TICK * 2);
        let moved = points[points.len() - 1].1 - points[0].1;
        prop_assert!((way(&all) - moved).abs() < 1e-9, "{} {moved}", way(&all));
        prop_assert_eq!(run(&mut once, late + Span::from_millis(900)), vec![]);
    }

    /// What is said of the time ahead is what comes if nothing else does.
    #[test]
    fn what_is_expected_comes(now in 0i64..200, positions in proptest::collection::vec(-2.0..2.0f64, 2..5)) {
        let points: Vec<(f64, f64)> = positions.iter().enumerate().map(|(index, position)| (150.0 * index as f64, *position)).collect();
        let mut follower = Follower::new(TICK, 1);
        prop_assert_eq!(follower.ahead(stamp(0.0), stamp(100.0)), None);
        follower.follow(Stamp::ZERO, chunk(Stamp::ZERO, &points), None);
        let now = Stamp::ZERO + TICK * now;
        run(&mut follower, now - Span::from_nanos(1));
        let Some(ahead) = follower.ahead(now, now + Span::from_millis(200)) else {
            prop_assert!(now > stamp(points[points.len() - 1].0));
            return Ok(());
        };
        for (stamp, velocity) in run(&mut follower, now + Span::from_millis(200)) {
            let expected = ahead.sample(stamp).expect("within")[0];
            prop_assert!((expected - velocity).abs() < 1e-9, "{expected} {velocity}");
        }
    }
}

/// As MoveIt Servo sends them: the speed is that of the stream, however far the robot lags behind, and whether the next
/// one comes before the last one's end or after.
#[test]
fn a_stream_of_short_trajectories_comes_to_its_speed() {
    const SPEED: f64 = 0.4;
    for lead in [17.0, 25.0, 60.0] {
        let mut follower = Follower::new(TICK, 1);
        let mut sent = Vec::new();
        for turn in 0..100 {
            let millis = 20.0 * f64::from(turn);
            sent.extend(run(&mut follower, stamp(millis) - Span::from_nanos(1)));
            let due = SPEED * 1e-3 * (millis + lead);
            let lags = measured(stamp(millis), SPEED * 1e-3 * (millis - 80.0), SPEED);
            follower.follow(
                stamp(millis),
                chunk(stamp(millis), &[(lead, due)]),
                Some(&lags),
            );
        }
        let settled: Vec<(Stamp, f64)> = sent
            .into_iter()
            .filter(|sent| sent.0 >= stamp(500.0))
            .collect();
        let time = (settled[settled.len() - 1].0 - settled[0].0).secs();
        let mean = way(&settled) / time;
        assert!((mean - SPEED).abs() < 0.04, "{lead} ms ahead: {mean}");
    }
}

#[test]
fn a_new_trajectory_replaces_the_old_one_on_receipt() {
    let mut follower = Follower::new(TICK, 1);
    follower.follow(
        Stamp::ZERO,
        chunk(Stamp::ZERO, &[(0.0, 0.0), (1000.0, 1.0)]),
        None,
    );
    let old = run(&mut follower, stamp(202.0));
    assert_eq!(old.len(), 41);
    assert!(old.iter().all(|sent| (sent.1 - 1.0).abs() < 1e-9));
    // It was under way when it came: what would have been before is nobody's concern.
    let new = chunk(stamp(150.0), &[(0.0, 0.5), (100.0, 0.0)]);
    follower.follow(stamp(202.0), new, None);
    let new = run(&mut follower, stamp(400.0));
    assert_eq!(new[0].0, stamp(202.0));
    assert!((new[0].1 + 5.0).abs() < 1e-9, "{new:?}");
    // The tick in which it ends, and one that stands still.
    assert_eq!(new.len(), 11);
    assert!((way(&new) + 0.24).abs() < 1e-9, "{new:?}");
}

#[test]
fn the_way_to_a_first_point_begins_where_the_robot_is() {
    let begin = |measured: Option<RobotState>| {
        let mut follower = Follower::new(TICK, 1);
        let only = chunk(stamp(1000.0), &[(500.0, 1.0)]);
        follower.follow(stamp(1000.0), only, measured.as_ref());
        run(&mut follower, stamp(2000.0))
    };
    let sent = begin(Some(measured(stamp(980.0), 0.25, 0.3)));
    assert_eq!(sent.len(), 101);
    assert!(
        sent[..100].iter().all(|sent| (sent.1 - 1.5).abs() < 1e-9),
        "{sent:?}"
    );
    // Nobody knows where it is, or where it was then.
    for state in [
        None,
        Some(measured(stamp(400.0), 0.25, 0.3)),
        Some(measured(stamp(980.0), f64::NAN, 0.3)),
        Some(RobotState {
            position: Axes::zeros(2),
            ..measured(stamp(980.0), 0.25, 0.3)
        }),
    ] {
        assert!(begin(state).iter().all(|sent| sent.1 == 0.0), "{state:?}");
    }
    // Where velocities are said, it sets out at its own.
    let mut follower = Follower::new(TICK, 1);
    let mut smooth = chunk(stamp(1000.0), &[(500.0, 1.0)]);
    smooth.waypoints[0].velocity = Axes::zeros(1);
    let state = measured(stamp(1000.0), 0.25, 0.3);
    follower.follow(stamp(1000.0), smooth, Some(&state));
    let sent = run(&mut follower, stamp(2000.0));
    assert!((sent[0].1 - 0.3).abs() < 0.1, "{sent:?}");
    assert!(sent[99].1.abs() < 0.1 && (way(&sent) - 0.75).abs() < 1e-9);
}

#[test]
fn a_point_that_is_due_at_once_is_a_stop() {
    let mut follower = Follower::new(TICK, 1);
    let long = chunk(Stamp::ZERO, &[(0.0, 0.0), (1000.0, 1.0)]);
    follower.follow(Stamp::ZERO, long, None);
    run(&mut follower, stamp(100.0));
    let here = measured(stamp(100.0), 0.1, 1.0);
    follower.follow(
        stamp(102.0),
        chunk(stamp(102.0), &[(0.0, 0.1)]),
        Some(&here),
    );
    assert_eq!(run(&mut follower, stamp(900.0)), vec![(stamp(102.0), 0.0)]);
}

#[test]
fn what_was_received_a_little_before_what_was_run_is_followed() {
    let long = |start: Stamp| chunk(start, &[(0.0, 0.0), (60_000.0, 6.0)]);
    let mut follower = Follower::new(TICK, 1);
    follower.follow(stamp(1_000.0), long(stamp(1_000.0)), None);
    let last = run(&mut follower, stamp(2_000.0)).last().map(|sent| sent.0);
    // Two threads look at the clock, one after the other.
    follower.follow(stamp(1_988.0), long(stamp(1_988.0)), None);
    assert_eq!(run(&mut follower, stamp(1_990.0)), vec![]);
    let sent = run(&mut follower, stamp(2_100.0));
    assert_eq!(sent.first().map(|sent| sent.0), last);
    assert!(
        sent.iter().all(|sent| (sent.1 - 0.1).abs() < 1e-9),
        "{sent:?}"
    );
}

#[test]
fn time_that_leaps_ends_what_was_followed() {
    let long = |start: Stamp| chunk(start, &[(0.0, 0.0), (60_000.0, 6.0)]);
    let mut follower = Follower::new(TICK, 1);
    // It costs no more than the last seconds.
    follower.follow(Stamp::ZERO, long(Stamp::ZERO), None);
    let sent = run(&mut follower, stamp(1e9));
    assert_eq!(sent, vec![(stamp(1e9 - 5_000.0), 0.0)]);
}
