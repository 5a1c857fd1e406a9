//! Mirrors `src/ros/trajectories_in.rs`: messages of whoever commands by trajectories.

use forerun::ros::trajectory;
use forerun::time::{Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use r2r::builtin_interfaces::msg::{Duration, Time};
use r2r::trajectory_msgs::msg::{JointTrajectory, JointTrajectoryPoint};

const NOW: Stamp = Stamp::from_nanos(5_000_000_000);
/// ROS minus session time.
const OFFSET: Span = Span::from_nanos(1_700_000_000_000_000_000);

fn names() -> Vec<String> {
    ["shoulder", "elbow", "wrist"].map(str::to_owned).to_vec()
}

fn point(
    millis: i64,
    joints: usize,
    says: usize,
    number: impl Fn(usize) -> f64,
) -> JointTrajectoryPoint {
    let row = |kind: usize| match kind <= says {
        true => (0..joints).map(|joint| number(10 * kind + joint)).collect(),
        false => Vec::new(),
    };
    JointTrajectoryPoint {
        positions: row(0),
        velocities: row(1),
        accelerations: row(2),
        effort: Vec::new(),
        time_from_start: Duration {
            sec: millis.div_euclid(1000) as i32,
            nanosec: millis.rem_euclid(1000) as u32 * 1_000_000,
        },
    }
}

/// Two points, at 0.1 s and 0.6 s.
fn message() -> JointTrajectory {
    JointTrajectory {
        joint_names: names(),
        points: vec![
            point(100, 3, 2, |index| index as f64),
            point(600, 3, 2, |index| -(index as f64)),
        ],
        ..JointTrajectory::default()
    }
}

/// The numbers of a row, sorted otherwise.
fn sorted<T: Clone>(row: &[T], order: &[usize]) -> Vec<T> {
    if row.is_empty() {
        return Vec::new();
    }
    order.iter().map(|index| row[*index].clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, rng_seed: RngSeed::Fixed(33), failure_persistence: None, ..ProptestConfig::default() })]

    /// Joints may come in any order.
    #[test]
    fn the_order_of_joints_changes_nothing(
        order in Just(vec![0, 1, 2]).prop_shuffle(), says in 0usize..3,
        numbers in proptest::collection::vec(-3.0..3.0f64, 60), steps in proptest::collection::vec(1i64..900, 1..6),
    ) {
        let mut due = 0;
        let points = steps.iter().enumerate().map(|(which, step)| {
            due += step;
            point(due, 3, says, |index| numbers[(which * 7 + index) % 60])
        });
        let message = JointTrajectory { joint_names: names(), points: points.collect(), ..JointTrajectory::default() };
        let other = JointTrajectory {
            joint_names: sorted(&message.joint_names, &order),
            points: message.points.iter().map(|point| JointTrajectoryPoint {
                positions: sorted(&point.positions, &order),
                velocities: sorted(&point.velocities, &order),
                accelerations: sorted(&point.accelerations, &order),
                ..point.clone()
            }).collect(),
            ..message.clone()
        };
        let read = |message: &JointTrajectory| trajectory(message, &names(), (NOW, OFFSET), true);
        let chunk = read(&message).expect("sound");
        prop_assert_eq!(&chunk, &read(&other).expect("sound"));
        for (waypoint, point) in chunk.waypoints.iter().zip(&message.points) {
            prop_assert_eq!(&waypoint.position[..], &point.positions[..]);
            prop_assert_eq!(&waypoint.velocity[..], &point.velocities[..]);
            prop_assert_eq!(&waypoint.acceleration[..], &point.accelerations[..]);
        }
    }

    /// Whatever comes is taken or refused with a sentence.
    #[test]
    fn nothing_that_comes_is_a_crash(
        sec in any::<i32>(), nanosec in any::<u32>(), joints in proptest::collection::vec("shoulder|elbow|wrist|", 0..5),
        points in proptest::collection::vec((any::<i32>(), any::<u32>(), 0usize..5, 0usize..3, any::<f64>()), 0..4),
    ) {
        let points = points.into_iter().map(|(sec, nanosec, joints, says, number)| JointTrajectoryPoint {
            time_from_start: Duration { sec, nanosec },
            ..point(0, joints, says, |_| number)
        });
        let mut message = JointTrajectory { joint_names: joints, points: points.collect(), ..JointTrajectory::default() };
        message.header.stamp = Time { sec, nanosec };
        match trajectory(&message, &names(), (NOW, OFFSET), true) {
            Ok(chunk) => prop_assert!(chunk.at(NOW).position.is_finite()),
            Err(why) => prop_assert!(why.starts_with("joint_trajectory: "), "{why}"),
        }
    }
}

#[test]
fn it_begins_on_receipt_or_when_its_stamp_says() {
    let read = |stamp: Time| {
        let mut message = message();
        message.header.stamp = stamp;
        trajectory(&message, &names(), (NOW, OFFSET), true)
    };
    let started = |stamp| read(stamp).expect("sound").start;
    assert_eq!(started(Time::default()), NOW);
    let at = |sec, nanosec| Time { sec, nanosec };
    let later = started(at(1_700_000_007, 500_000_000));
    assert_eq!(later, Stamp::from_nanos(7_500_000_000));
    // Half of it has passed.
    let begun = started(at(1_700_000_004, 700_000_000));
    assert_eq!(begun, Stamp::from_nanos(4_700_000_000));
    let why = read(at(1_700_000_001, 0)).expect_err("it is over");
    assert!(why.contains("ended 3.400 s before it came"), "{why}");
}

/// Unless its controller is told to allow it, as ours is by `shadow.moving_end`.
#[test]
fn who_ends_moving_is_refused_and_rest_may_be_off_by_a_rounding() {
    let read = |speed: f64, moving_end| {
        let mut message = message();
        message.points[1].velocities = vec![0.0, speed, 0.0];
        trajectory(&message, &names(), (NOW, OFFSET), moving_end)
    };
    assert!(read(0.0, false).is_ok() && read(1e-8, false).is_ok() && read(0.5, true).is_ok());
    for speed in [1e-6, -0.5] {
        let why = read(speed, false).expect_err("it moves");
        assert!(why.contains("ends while elbow moves"), "{why}");
    }
    let mut silent = message();
    silent.points[1].velocities.clear();
    assert!(trajectory(&silent, &names(), (NOW, OFFSET), false).is_ok());
}

#[test]
fn accelerations_without_velocities_are_taken() {
    let mut message = message();
    for point in &mut message.points {
        point.velocities.clear();
    }
    let chunk = trajectory(&message, &names(), (NOW, OFFSET), false).expect("sound");
    assert_eq!(chunk.waypoints[0].acceleration.len(), 3);
}

#[test]
fn what_joint_trajectory_controller_refuses_is_refused_by_name() {
    type Spoil = fn(&mut JointTrajectory);
    let spoilt: [(Spoil, &str); 13] = [
        (
            |message| message.joint_names[1] = "knee".to_owned(),
            "found joint knee; expected shoulder, elbow, wrist",
        ),
        (
            |message| {
                message.joint_names.pop();
            },
            "joint wrist is left out",
        ),
        (
            |message| message.joint_names[2] = "elbow".to_owned(),
            "joint elbow is there twice",
        ),
        (
            |message| message.points[1].positions.clear(),
            "point 1 has 0 positions; expected 3",
        ),
        (
            |message| message.points[0].velocities.push(0.0),
            "point 0 has 4 velocities; expected 3",
        ),
        (
            |message| message.points[0].accelerations.truncate(1),
            "point 0 has 1 accelerations; expected 3",
        ),
        (
            |message| message.points[1].positions[2] = f64::NAN,
            "point 1 has positions of",
        ),
        (
            |message| message.points.swap(0, 1),
            "point 1 is 0.100000000 s after the start",
        ),
        (
            |message| message.points[0].time_from_start.sec = -1,
            "expected 0 or more",
        ),
        (
            |message| message.points = vec![message.points[0].clone(); 10_001],
            "10001 points; expected 10000 at most",
        ),
        (
            |message| message.points[1].effort = vec![0.0; 3],
            "point 1 has efforts; expected none",
        ),
        // A message without points stops nobody, whatever joints it names.
        (|message| message.points.clear(), "no point at all"),
        (
            |message| *message = JointTrajectory::default(),
            "joint shoulder is left out",
        ),
    ];
    for (spoil, expected) in spoilt {
        let mut message = message();
        spoil(&mut message);
        let why = trajectory(&message, &names(), (NOW, OFFSET), true).expect_err(expected);
        assert!(why.contains(expected), "{why}");
    }
}
