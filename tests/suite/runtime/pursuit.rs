//! A point becomes joint positions, or is refused.

use std::sync::Arc;

use forerun::cli::{Contender, Lab};
use forerun::control::{Cause, State};
use forerun::cost::Registry;
use forerun::embedded::{EmbeddedTask, Kind, Room};
use forerun::robot::{Axes, RobotModel};
use forerun::runtime::{Assembly, FastSession, Instruction, Task, Thinker, ThinkerConfig};
use forerun::sensing::Goal;
use forerun::time::{Span, Stamp};
use forerun::world_model::{
    Dynamics, Encoder, Head, LatentMap, Metric, ModelError, ModelSpec, PackageModel, WorldModel,
};

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

/// The shipped rover with another map.
struct Remapped(PackageModel, LatentMap);

impl WorldModel for Remapped {
    fn spec(&self) -> &ModelSpec {
        self.0.spec()
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>, ModelError> {
        self.0.encoder()
    }

    fn dynamics(&self) -> Result<Box<dyn Dynamics>, ModelError> {
        self.0.dynamics()
    }

    fn metric(&self) -> Result<Box<dyn Metric>, ModelError> {
        self.0.metric()
    }

    fn probe(&self) -> Result<Option<Box<dyn Head>>, ModelError> {
        self.0.probe()
    }

    fn map(&self) -> Option<&LatentMap> {
        Some(&self.1)
    }

    fn goal_latent(
        &self,
        encoder: &mut dyn Encoder,
        goal: &Goal,
    ) -> Result<Option<Vec<f32>>, ModelError> {
        self.0.goal_latent(encoder, goal)
    }
}

/// A rover with `model` at the start of `seed` that has seen where it is, as an active session and the truth.
fn started(model: Arc<dyn WorldModel>, seed: u64) -> (FastSession, EmbeddedTask) {
    let lab = Lab::with_model(Kind::Rover, model).expect("a model that fits");
    let (mut session, mut task) = lab.fast(Contender::Model, seed, vec![]).expect("a lab");
    session.reset(seed);
    task.reset(seed).expect("a start");
    while session.thinker().surprise().is_none() {
        session.tick().expect("a tick");
    }
    let activated = session.instruct(Instruction::Activate);
    activated.expect("fresh inputs");
    (session, task)
}

/// What becomes of a goal 0.3 m ahead of a rover that has seen where it is, by a map of a place there and of one where
/// `here` says.
fn sent_ahead(here: impl Fn([f64; 2]) -> [f64; 2]) -> Result<(), String> {
    const SEED: u64 = 5;
    let package = || PackageModel::load("rover").expect("the shipped package");
    let at = started(Arc::new(package()), SEED).1.state().position;
    let ahead = [at[0] + 0.3 * at[2].cos(), at[1] + 0.3 * at[2].sin()];
    let package = package();
    let places = [ahead, here([at[0], at[1]])].concat();
    let places = places.into_iter().map(|part| part as f32).collect();
    let latents = vec![0.0; 2 * package.spec().latent_len];
    let mut metric = package.metric().expect("a metric");
    let map = LatentMap::new(&latents, places, 2, 0.08, metric.as_mut()).expect("a map");
    let (mut session, _) = started(Arc::new(Remapped(package, map)), SEED);
    let goal = Goal::Point([ahead[0], ahead[1], 0.0]);
    let sent = session.instruct(Instruction::Pursue(goal));
    sent.map_err(|why| why.to_string())
}

#[test]
fn a_point_that_no_known_way_leads_to_is_refused() {
    let why = sent_ahead(|here| here).expect_err("two places 0.3 m apart, at a spacing of 0.08 m");
    assert!(why.contains("where no way is known to from"), "{why}");
    // Where the robot is no place of the map: it may come to one.
    sent_ahead(|_| [3.0, 3.0]).expect("accepted");
}

/// It can't go aside: to come nearer it must turn, and turning must not count as unrest at the goal.
#[test]
fn a_point_beside_a_body_on_wheels_is_reached() {
    let package: Arc<dyn WorldModel> = Arc::new(PackageModel::load("rover").expect("the package"));
    for seed in [3, 8, 13, 18, 25, 33, 40, 44, 54, 59] {
        let (mut session, task) = started(package.clone(), seed);
        let [x, y, yaw] = *task.state().position else {
            panic!("a pose");
        };
        let aside = if seed % 2 == 0 { 0.14 } else { -0.14 };
        let point = [x - aside * yaw.sin(), y + aside * yaw.cos(), 0.0];
        let sent = session.instruct(Instruction::Pursue(Goal::Point(point)));
        sent.expect("a place that is known");
        let began = session.now();
        while session.state() != (State::Holding, Cause::Reached) {
            session.tick().expect("a tick");
            let distance = session.thinker().distance();
            assert!(
                session.now() - began < Span::from_secs(20.0),
                "seed {seed}: still {distance:?} model steps from {point:.2?}"
            );
        }
    }
}
