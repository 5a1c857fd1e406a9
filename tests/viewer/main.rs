//! The viewer, looked at from outside: what a recording holds, that it tells the truth about a session, and
//! that no viewer can hold anybody up.

#[path = "../support/fake_viewer.rs"]
mod fake_viewer;
mod live;
mod prediction;
mod program;
mod recording;
mod rover;
#[path = "../support/rrd.rs"]
mod rrd;
#[path = "../support/session.rs"]
mod session;
mod tip;

use std::path::Path;

use forerun::robot::RobotModel;
use forerun::sensing::ImageSpec;
use forerun::time::Span;
use forerun::viewer::Scene;
use forerun::world_model::ModelSpec;

const SECONDS: f64 = 4.0;
const SEED: u64 = 7;
const PROBE_ERROR: f64 = 0.012;

fn robot() -> RobotModel {
    let urdf = concat!(env!("CARGO_MANIFEST_DIR"), "/urdf/arm.urdf");
    RobotModel::load(Path::new(urdf)).expect("urdf/arm.urdf")
}

fn model(robot: &RobotModel) -> ModelSpec {
    ModelSpec {
        name: "arm".into(),
        version: "1.0.0".into(),
        family: "jepa".into(),
        arithmetic: "int8 on avx2".into(),
        action_kind: robot.space.kind,
        axes: robot.space.names.clone(),
        period: Span::from_secs(session::PERIOD),
        context: 1,
        stacked_frames: 1,
        action_block: 2,
        latent_len: 18,
        delay: Span::from_millis(20),
        image: Some(ImageSpec {
            width: 64,
            height: 64,
        }),
        reached: 0.33,
        surprise: 1.2,
        parts: Vec::new(),
        quantities: Vec::new(),
        tip: vec![4, 5],
        probe_error: PROBE_ERROR,
    }
}

fn scene() -> Scene {
    let robot = robot();
    let model = model(&robot);
    Scene::new(robot)
        .with_spec(&model)
        .with_budget(Span::from_millis(20))
}
