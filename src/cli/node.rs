//! `forerun node`: the line behind ROS 2 topics, on a robot that meets it only there.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::{ArmLab, Failure};
use crate::robot::RobotModel;
use crate::ros::{
    DdsProfile, NodeOptions, PARAMETERS, RosNode, Settings, apply_profile, arguments,
    ros_parameter, stop_on_signals,
};
use crate::runtime::{Surroundings, WallSession};
use crate::time::WallClock;
use crate::world_model::PackageModel;

/// Runs the ROS 2 node until SIGINT or SIGTERM: `image`, `joint_states` in, `command` out; goals and services
/// under `~/`.
#[derive(Debug, Args)]
pub struct Node {
    /// Package name or folder.
    #[arg(long, default_value = "arm")]
    model: String,
    /// URDF of the robot; without it the embedded arm's.
    #[arg(long)]
    urdf: Option<PathBuf>,
    /// Activate once the inputs are fresh; also `-p autostart:=true`.
    #[arg(long)]
    autostart: bool,
    /// Fast DDS profile: auto, none, or a file; also `-p dds_profile:=PATH`.
    #[arg(long, default_value = "auto")]
    dds_profile: String,
}

impl Node {
    pub(super) fn run(self) -> Result<(), Failure> {
        let profile = ros_parameter(&arguments(), "dds_profile");
        let profile = DdsProfile::parse(profile.as_deref().unwrap_or(&self.dds_profile));
        // SAFETY: the command line calls this before anything that starts a thread.
        unsafe { apply_profile(&profile) }?;
        let stop = stop_on_signals()?;
        let robot = match &self.urdf {
            Some(file) => RobotModel::load(file)?,
            None => ArmLab::urdf()?,
        };
        let clock = WallClock::new();
        let options = NodeOptions {
            name: "forerun".to_owned(),
            robot: robot.name.clone(),
            space: robot.space.clone(),
            settings: Settings {
                autostart: self.autostart,
                ..Settings::default()
            },
        };
        let model = PackageModel::load(&self.model)?;
        model.fits(&robot.space)?;
        let (node, source, sink) = RosNode::start(options, Arc::new(clock))?;
        if let Some((name, _)) = node.parameters().first() {
            let known: Vec<&str> = PARAMETERS.iter().map(|record| record.name).collect();
            return Err(Failure::unknown("parameter", name, &known));
        }

        let lab = ArmLab::with_model(robot, Arc::new(model));
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
