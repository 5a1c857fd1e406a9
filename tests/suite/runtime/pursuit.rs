//! A point becomes joint positions, or is refused.

use std::sync::Arc;

use forerun::cost::Registry;
use forerun::embedded::Room;
use forerun::robot::{Axes, RobotModel};
use forerun::runtime::{Assembly, Thinker, ThinkerConfig};
use forerun::sensing::Goal;
use forerun::time::{Span, Stamp};
use forerun::world_model::PackageModel;

use crate::arm::{Plant, model};

/// Of the tip over the root `[m]`.
const HEIGHT: f64 = 0.07;

fn thinker() -> Thinker {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/urdf/arm.urdf");
    let robot = RobotModel::load(path.as_ref()).expect("the shipped arm");
    let mut thinker = Thinker::new(Assembly {
        model: Arc::new(model()),
        space: robot.space.clone(),
        kinematics: Some(robot),
        registry: Registry::builtin(),
        method: None,
        config: ThinkerConfig::default(),
    })
    .expect("a model that fits");
    thinker.measured(&Plant::new([0.2, 0.4], Span::ZERO).state());
    thinker
}

#[test]
fn a_point_within_reach_is_accepted() {
    let mut thinker = thinker();
    for point in [
        [0.25, 0.30, HEIGHT],
        [-0.2, 0.1, HEIGHT],
        [0.0, -0.35, HEIGHT],
    ] {
        let events = thinker.pursue(Goal::Point(point), Stamp::ZERO);
        assert!(events.is_ok(), "{point:?}: {events:?}");
    }
}

#[test]
fn a_point_out_of_reach_is_refused_with_how_far_and_the_goal_stays() {
    let mut thinker = thinker();
    let kept = Goal::Point([0.25, 0.30, HEIGHT]);
    thinker.pursue(kept.clone(), Stamp::ZERO).expect("in reach");
    for (point, says) in [
        ([0.6, 0.0, HEIGHT], "0.150 m out of reach"),
        // The elbow doesn't fold so far.
        ([0.0, 0.0, HEIGHT], "out of reach"),
        ([f64::NAN, 0.1, HEIGHT], "expected finite numbers"),
        ([1e300, 0.1, HEIGHT], "[1.000e300, 0.100, 0.070] m"),
    ] {
        let refused = thinker.pursue(Goal::Point(point), Stamp::ZERO);
        let why = refused.expect_err("out of reach").to_string();
        assert!(why.contains(says), "{why}");
        assert!(why.len() < 250, "{why}");
    }
    let far = Axes::from_slice(&[0.0, -1e300]).expect("two axes");
    let refused = thinker.pursue(Goal::Joints(far), Stamp::ZERO);
    let why = refused.expect_err("beyond its limits").to_string();
    assert!(
        why.contains("elbow: found -1e300, expected -2.4 to 2.4"),
        "{why}"
    );
    assert_eq!(thinker.keeper().goal().map(Arc::as_ref), Some(&kept));
}

/// A rover with the shipped package, which has a map of room 1.
fn rover() -> Thinker {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/urdf/rover.urdf");
    let robot = RobotModel::load(path.as_ref()).expect("the shipped rover");
    Thinker::new(Assembly {
        model: Arc::new(PackageModel::load("rover").expect("the shipped package")),
        space: robot.space,
        kinematics: None,
        registry: Registry::builtin(),
        method: None,
        config: ThinkerConfig::default(),
    })
    .expect("a model that fits")
}

#[test]
fn a_point_that_the_map_knows_is_accepted() {
    let mut rover = rover();
    for point in [[1.5, 1.5, 0.0], [-1.5, 1.5, 0.0], [0.0, -1.7, 0.0]] {
        let events = rover.pursue(Goal::Point(point), Stamp::ZERO);
        assert!(events.is_ok(), "{point:?}: {events:?}");
    }
}

#[test]
fn a_point_where_nobody_ever_was_is_refused_with_how_far_and_the_goal_stays() {
    let mut rover = rover();
    let kept = Goal::Point([1.5, 1.5, 0.0]);
    rover.pursue(kept.clone(), Stamp::ZERO).expect("known");
    let room = Room::drawn(1);
    let boxes = room.blocks().iter().rev().take(2);
    let inside: Vec<[f64; 3]> = boxes
        .map(|block| [block.centre[0], block.centre[1], 0.0])
        .collect();
    for point in [inside[0], inside[1], [3.0, 0.0, 0.0], [1e9, 0.0, 0.0]] {
        let refused = rover.pursue(Goal::Point(point), Stamp::ZERO);
        let why = refused.expect_err("nobody was there").to_string();
        assert!(
            why.contains("m from any place that the model knows"),
            "{why}"
        );
    }
    let nowhere = rover.pursue(Goal::Point([f64::NAN, 0.0, 0.0]), Stamp::ZERO);
    let why = nowhere.expect_err("no number").to_string();
    assert!(why.contains("expected finite numbers"), "{why}");
    assert_eq!(rover.keeper().goal().map(Arc::as_ref), Some(&kept));
}
