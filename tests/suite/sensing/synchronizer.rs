//! Messages to observations: one time line, any driver's habits, nothing kept of what is wrong.

use std::sync::Arc;

use forerun::robot::{ActionKind, Axes};
use forerun::sensing::{
    Complaints, ImageSpec, JointMessage, Message, Observation, OdometryMessage, RawImage,
    SensingError, Synchronizer,
};
use forerun::time::{Span, Stamp};
use proptest::prelude::*;

const SPEC: ImageSpec = ImageSpec {
    width: 2,
    height: 2,
};

fn axes() -> Vec<String> {
    vec!["shoulder".to_owned(), "elbow".to_owned()]
}

fn arm() -> Synchronizer {
    Synchronizer::new(ActionKind::JointVelocity, axes(), Some(SPEC))
}

fn rover() -> Synchronizer {
    let axes = ["v", "omega"].map(str::to_owned);
    Synchronizer::new(ActionKind::BodyTwist, axes.into(), None)
}

fn at(millis: i64) -> Stamp {
    Stamp::ZERO + Span::from_millis(millis)
}

fn joints(millis: i64, position: [f64; 2], velocity: [f64; 2]) -> JointMessage {
    JointMessage {
        stamp: at(millis),
        names: axes().into(),
        position: position.to_vec(),
        velocity: velocity.to_vec(),
    }
}

fn frame(millis: i64) -> RawImage {
    RawImage {
        stamp: at(millis),
        width: 2,
        height: 2,
        step: 6,
        encoding: "rgb8".to_owned(),
        data: vec![0, 51, 102, 153, 204, 255, 0, 0, 0, 255, 255, 255].into(),
    }
}

fn look(synchronizer: &mut Synchronizer, millis: i64) -> Observation {
    synchronizer
        .absorb(&Message::Image(frame(millis)))
        .expect("a usable frame")
        .expect("a frame gives an observation")
}

fn feed(synchronizer: &mut Synchronizer, message: JointMessage) {
    let given = synchronizer
        .absorb(&Message::Joints(message))
        .expect("usable joint states");
    assert!(
        given.is_none(),
        "with a camera only frames give observations"
    );
}

#[test]
fn a_frame_gets_the_state_interpolated_at_its_stamp() {
    let mut synchronizer = arm();
    feed(&mut synchronizer, joints(10, [0.0, 1.0], [1.0, -2.0]));
    feed(&mut synchronizer, joints(20, [0.4, 0.0], [3.0, -1.0]));
    let seen = look(&mut synchronizer, 12);
    assert_eq!(seen.stamp, at(12));
    for (found, wanted) in seen.velocity.iter().zip([1.4, -1.8]) {
        assert!((found - wanted).abs() < 1e-12);
    }
    for (found, wanted) in seen.state.position.iter().zip([0.08, 0.8]) {
        assert!((found - wanted).abs() < 1e-12);
    }
    assert_eq!(seen.image.len(), 12);
    assert!(
        (seen.image[1] - 153.0 / 255.0).abs() < 1e-6,
        "planes, not pixels"
    );
}

#[test]
fn a_frame_outside_of_what_is_known_gets_the_nearest_state() {
    let mut synchronizer = arm();
    feed(&mut synchronizer, joints(10, [0.0, 0.0], [1.0, 1.0]));
    feed(&mut synchronizer, joints(20, [0.1, 0.1], [2.0, 2.0]));
    assert_eq!(*look(&mut synchronizer, 0).velocity, [1.0, 1.0]);
    assert_eq!(*look(&mut synchronizer, 500).velocity, [2.0, 2.0]);
}

#[test]
fn joints_are_found_by_name_whatever_else_is_there() {
    let mut synchronizer = arm();
    let message = JointMessage {
        stamp: at(1),
        names: ["gripper", "elbow", "shoulder"].map(str::to_owned).into(),
        position: vec![f64::NAN, 0.2, 0.1],
        velocity: vec![f64::NAN, 2.0, 1.0],
    };
    feed(&mut synchronizer, message);
    let state = synchronizer.state().expect("a state");
    assert_eq!(
        (&*state.position, &*state.velocity),
        (&[0.1, 0.2][..], &[1.0, 2.0][..])
    );
}

#[test]
fn without_velocities_they_are_differences_over_50_ms() {
    let mut synchronizer = arm();
    for tick in 0..20 {
        let position = [0.03 * f64::from(tick), -0.01 * f64::from(tick)];
        let mut message = joints(10 * i64::from(tick), position, [0.0; 2]);
        message.velocity.clear();
        feed(&mut synchronizer, message);
        let velocity = synchronizer.state().expect("a state").velocity;
        let wanted = if tick < 5 { [0.0, 0.0] } else { [3.0, -1.0] };
        for (found, wanted) in velocity.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-9, "{tick}: {found}");
        }
    }
}

#[test]
fn a_robot_without_a_camera_observes_with_every_state() {
    let mut synchronizer = Synchronizer::new(ActionKind::JointVelocity, axes(), None);
    let message = Message::Joints(joints(10, [0.1, 0.2], [1.0, 2.0]));
    let seen = synchronizer
        .absorb(&message)
        .expect("usable")
        .expect("seen");
    assert_eq!((seen.stamp, seen.image.len()), (at(10), 0));
    assert!(
        synchronizer.absorb(&message).expect("usable").is_none(),
        "the same again is no news"
    );
    let image = Message::Image(frame(10));
    assert!(synchronizer.absorb(&image).expect("passed over").is_none());
}

#[test]
fn the_state_of_another_part_passes_by() {
    let odometry = Message::Odometry(OdometryMessage {
        stamp: at(20),
        pose: [1.0, 2.0, 0.5],
        twist: [0.3, -0.1],
    });
    let mut arm = arm();
    feed(&mut arm, joints(10, [0.1, 0.2], [1.0, 2.0]));
    let before = *arm.state().expect("a state");
    assert_eq!(
        arm.absorb(&odometry),
        Ok(None),
        "of the base that it stands on"
    );
    assert_eq!(arm.state(), Some(&before));

    let mut rover = rover();
    let wheels = Message::Joints(joints(30, [0.1, 0.2], [1.0, 2.0]));
    assert_eq!(rover.absorb(&wheels), Ok(None), "of its wheels");
    assert_eq!(rover.state(), None);
}

#[test]
fn odometry_is_a_state() {
    let mut synchronizer = rover();
    let odometry = OdometryMessage {
        stamp: at(10),
        pose: [1.0, 2.0, 0.5],
        twist: [0.3, -0.1],
    };
    let seen = synchronizer.absorb(&Message::Odometry(odometry));
    let seen = seen.expect("usable").expect("seen");
    assert_eq!(
        (&*seen.state.position, &*seen.velocity),
        (&[1.0, 2.0, 0.5][..], &[0.3, -0.1][..])
    );
}

#[test]
fn what_is_wrong_is_refused_and_nothing_of_it_kept() {
    let mut synchronizer = arm();
    feed(&mut synchronizer, joints(10, [0.1, 0.2], [1.0, 2.0]));
    let before = (
        *synchronizer.state().expect("a state"),
        synchronizer.frame(),
    );

    let names: Arc<[String]> = ["shoulder".to_owned()].into();
    let missing = JointMessage {
        names,
        position: vec![0.1],
        ..joints(20, [0.0; 2], [0.0; 2])
    };
    let ragged = JointMessage {
        position: vec![0.1],
        ..joints(20, [0.0; 2], [0.0; 2])
    };
    let cases = [
        (Message::Joints(missing), "elbow"),
        (Message::Joints(ragged), "2 names and 1 positions"),
        (
            Message::Joints(joints(20, [f64::NAN, 0.0], [0.0; 2])),
            "not finite",
        ),
        (
            Message::Joints(joints(20, [0.0; 2], [0.0, f64::INFINITY])),
            "not finite",
        ),
        (
            Message::Joints(joints(20, [1e300, 0.0], [0.0; 2])),
            "joint_states: found 1e300, expected at most 1e9",
        ),
        (
            Message::Joints(JointMessage {
                names: ["shoulder", "elbow", "elbow"].map(str::to_owned).into(),
                position: vec![0.1; 3],
                ..joints(20, [0.0; 2], [0.0; 2])
            }),
            "elbow is named twice",
        ),
        (
            Message::Image(RawImage {
                encoding: "yuv420".into(),
                ..frame(20)
            }),
            "rgb8, bgr8",
        ),
        (
            Message::Image(RawImage {
                height: 3,
                ..frame(20)
            }),
            "12 bytes",
        ),
    ];
    for (message, says) in cases {
        let why = synchronizer.absorb(&message).expect_err(says).to_string();
        assert!(why.contains(says), "{why}");
        let after = (
            *synchronizer.state().expect("a state"),
            synchronizer.frame(),
        );
        assert_eq!(before, after, "{why}");
    }
    let mut rover = rover();
    let lost = Message::Odometry(OdometryMessage {
        stamp: at(20),
        pose: [f64::NAN; 3],
        twist: [0.0; 2],
    });
    let refused = rover.absorb(&lost);
    assert_eq!(refused, Err(SensingError::NoPose));
    assert_eq!(rover.state(), None);
}

/// As ros2_control's joint_state_broadcaster says it of joints without a velocity interface.
#[test]
fn a_velocity_that_is_no_number_was_not_measured() {
    let mut synchronizer = arm();
    feed(&mut synchronizer, joints(0, [0.1, 0.2], [f64::NAN; 2]));
    feed(&mut synchronizer, joints(100, [0.2, 0.5], [f64::NAN, 9.0]));
    let velocity = synchronizer.state().expect("a state").velocity;
    assert!((velocity[0] - 1.0).abs() < 1e-9, "{velocity:?}");
    assert!((velocity[1] - 9.0).abs() < 1e-9, "{velocity:?}");
}

#[test]
fn joints_of_another_device_pass_by() {
    let mut synchronizer = arm();
    let gripper = |millis| {
        Message::Joints(JointMessage {
            stamp: at(millis),
            names: ["finger".to_owned()].into(),
            position: vec![0.03],
            velocity: Vec::new(),
        })
    };
    // Of a robot that nobody sees for a second, it may be the name that is wrong.
    assert_eq!(synchronizer.absorb(&gripper(0)), Ok(None));
    assert_eq!(synchronizer.absorb(&gripper(990)), Ok(None));
    let why = synchronizer.absorb(&gripper(1000)).expect_err("no joint");
    assert!(
        why.to_string()
            .contains("no joint named shoulder among finger"),
        "{why}"
    );
    feed(&mut synchronizer, joints(1010, [0.1, 0.2], [0.0; 2]));
    assert_eq!(synchronizer.absorb(&gripper(1020)), Ok(None));
    assert_eq!(synchronizer.state().expect("a state").stamp, at(1010));
    // Whose positions nobody can tell are nobody's.
    let mut nameless = joints(1030, [0.1, 0.2], [0.0; 2]);
    nameless.names = Vec::new().into();
    let why = synchronizer.absorb(&Message::Joints(nameless));
    let (names, positions) = (0, 2);
    assert_eq!(why, Err(SensingError::Ragged { names, positions }));
}

#[test]
fn wheels_that_turn_before_odometry_comes_cost_frames_no_grace() {
    let axes = ["x", "yaw"].map(str::to_owned).into();
    let mut rover = Synchronizer::new(ActionKind::BodyTwist, axes, Some(SPEC));
    let wheels = rover.absorb(&Message::Joints(joints(0, [0.1, 0.2], [0.0; 2])));
    assert_eq!(wheels, Ok(None));
    assert_eq!(rover.absorb(&Message::Image(frame(5_000))), Ok(None));
}

#[test]
fn frames_before_the_first_state_are_passed_over_for_a_second_and_refused_from_then_on() {
    let mut synchronizer = arm();
    let look_for = |synchronizer: &mut Synchronizer, millis| {
        synchronizer.absorb(&Message::Image(frame(millis)))
    };
    for turn in 0..2 {
        let start = 100_000 * turn;
        for early in (0..1_000).step_by(33) {
            assert_eq!(look_for(&mut synchronizer, start + early), Ok(None));
        }
        let late = start + 1_000;
        let refused = Err(SensingError::NoState(at(late)));
        assert_eq!(look_for(&mut synchronizer, late), refused);
        assert_eq!(synchronizer.frame(), None, "nothing of it is kept");
        feed(&mut synchronizer, joints(late, [0.1, 0.2], [1.0, 2.0]));
        let seen = look_for(&mut synchronizer, late + 10).expect("usable");
        assert!(seen.is_some(), "a state is there");
        synchronizer.clear();
    }
}

#[test]
fn the_same_complaint_is_made_once_even_among_others() {
    let mut complaints = Complaints::default();
    let errors = |millis| {
        let mut synchronizer = arm();
        let early = synchronizer.absorb(&Message::Image(frame(millis)));
        assert_eq!(early, Ok(None));
        let orphan = synchronizer.absorb(&Message::Image(frame(millis + 1_000)));
        let broken = joints(millis, [f64::NAN, 0.0], [0.0; 2]);
        let broken = synchronizer.absorb(&Message::Joints(broken));
        [orphan.expect_err("refused"), broken.expect_err("refused")]
    };
    for round in 0..5 {
        for why in errors(round) {
            assert_eq!(complaints.is_new(why.kind()), round == 0, "{why}");
        }
    }
}

#[test]
fn clearing_forgets_everything() {
    let mut synchronizer = arm();
    feed(&mut synchronizer, joints(10, [0.0; 2], [0.0; 2]));
    look(&mut synchronizer, 12);
    synchronizer.clear();
    assert_eq!((synchronizer.state(), synchronizer.frame()), (None, None));
    feed(&mut synchronizer, joints(1, [0.0; 2], [0.0; 2]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// However messages are shuffled in time, states only move forward and what comes out is finite and lies
    /// between its neighbours.
    #[test]
    fn any_order_of_stamps_gives_sane_states(stamps in prop::collection::vec(0i64..3000, 1..400), asked in 0i64..3000) {
        let mut synchronizer = arm();
        let mut newest = 0;
        for stamp in &stamps {
            let value = *stamp as f64 * 1e-3;
            let states = joints(*stamp, [value, -value], [value, 1.0]);
            let taken = synchronizer.absorb(&Message::Joints(states));
            prop_assert_eq!(taken.is_err(), *stamp < newest);
            newest = newest.max(*stamp);
            prop_assert_eq!(synchronizer.state().expect("a state").stamp, at(newest));
        }
        let seen = look(&mut synchronizer, asked);
        let value = seen.velocity[0];
        prop_assert!(value.is_finite() && seen.state.is_finite());
        let known = |stamp: i64| stamp as f64 * 1e-3;
        prop_assert!((0.0..=known(newest)).contains(&value));
        if asked >= newest {
            prop_assert_eq!(value, known(newest));
        }
        prop_assert_eq!(seen.state.position, Axes::from_slice(&[value, -value]).expect("two axes"));
    }
}

#[test]
fn what_is_older_than_the_last_one_is_refused_and_the_same_again_is_nothing() {
    let mut synchronizer = arm();
    feed(&mut synchronizer, joints(100, [1.0, 2.0], [0.0; 2]));
    look(&mut synchronizer, 100);
    let again = Message::Joints(joints(100, [5.0, 5.0], [0.0; 2]));
    assert_eq!(synchronizer.absorb(&again), Ok(None));
    let by = Span::from_millis(10);
    for (message, topic) in [
        (
            Message::Joints(joints(90, [5.0, 5.0], [0.0; 2])),
            "joint_states",
        ),
        (Message::Image(frame(90)), "image"),
    ] {
        let error = synchronizer.absorb(&message).expect_err("too old");
        assert_eq!(error, SensingError::Late { topic, by });
        assert!(error.to_string().contains("by 10.0 ms"), "{error}");
    }
    let state = synchronizer.state().expect("a state");
    assert_eq!((state.stamp, state.position[0]), (at(100), 1.0));
    assert_eq!(synchronizer.frame(), Some(at(100)));
}
