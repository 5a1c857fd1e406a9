//! `forerun node`: the line behind ROS 2 topics, on a robot that meets it only there.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::parameters::{Reader, Settings, Which};
use super::{Failure, Lab};
use crate::robot::RobotModel;
use crate::ros::{
    DdsProfile, NodeOptions, RosNode, apply_profile, arguments, ros_parameters, stop_on_signals,
};
use crate::runtime::{Surroundings, WallSession};
use crate::time::WallClock;
use crate::world_model::{PackageModel, Precisions, locate, model_roots};

/// Runs the ROS 2 node until SIGINT or SIGTERM: `image` and `joint_states` in, `command` out, or, where commands are
/// body twists, `image` and `odom` in, `cmd_vel` out; goals and services under `~/`.
#[derive(Debug, Args)]
pub struct Node {
    #[command(flatten)]
    which: Which,
    /// Package name or folder; without it that of the embedded robot's name.
    #[arg(long)]
    model: Option<String>,
    /// URDF of the robot; without it the embedded robot's.
    #[arg(long)]
    urdf: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Node {
    pub(super) fn run(self) -> Result<(), Failure> {
        let kind = self.which.robot;
        let node = Reader::Node.node(kind);
        let parameters = self.settings.read(Reader::Node, kind)?;
        let parameters = ros_parameters(&arguments(), node, parameters)?;
        let profile = DdsProfile::parse(parameters.text("dds_profile")?);
        // SAFETY: the command line calls this before anything that starts a thread.
        unsafe { apply_profile(&profile) }?;
        let stop = stop_on_signals()?;
        let robot = match &self.urdf {
            Some(file) => RobotModel::load(file)?,
            None => kind.robot()?,
        };
        let clock = WallClock::new();
        let options = NodeOptions {
            name: node.to_owned(),
            robot: robot.name.clone(),
            space: robot.space.clone(),
            parameters: parameters.clone(),
        };
        let precisions = Precisions::from_parameters(&parameters)?;
        let model = self.model.as_deref().unwrap_or(kind.name());
        let model = PackageModel::open(&locate(model, &model_roots())?, precisions)?;
        model.fits(&robot.space)?;
        let (node, source, sink) = RosNode::start(options, Arc::new(clock))?;

        let layout = model.manifest().model.layout.clone();
        let lab = Lab::with_model(kind, Arc::new(model))?
            .of(robot)
            .configured(&parameters)?
            .trained_in(layout);
        if let Some(warning) = lab.elsewhere() {
            eprintln!("{warning}. A robot of your own may be elsewhere: a node can't see where");
        }
        let observers = node.observer().into_iter();
        let observers = observers.map(|observer| Box::new(observer) as _).collect();
        let model = lab.model().clone();
        let parts = lab.line(model, None, Box::new(source), Box::new(sink), observers)?;
        let surroundings = Surroundings {
            clock,
            second_commander: node.second_commander(),
        };
        let session = WallSession::start_in(surroundings, parts, lab.wall_config())?;
        let served = node.serve(session.operator(), &stop);
        session.stop();
        Ok(served?)
    }
}
