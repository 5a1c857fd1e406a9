//! The embedded arm behind ROS topics.

use std::sync::Arc;

use super::{ArmLab, Failure};
use crate::embedded::{ArmParameters, arm};
use crate::ros::{
    DdsProfile, ServedRobot, apply_profile, arguments, ros_parameter, serve_robot, stop_on_signals,
};
use crate::time::WallClock;

/// Serves the arm on the wall clock until SIGINT or SIGTERM.
pub(super) fn serve_arm(
    parameters: ArmParameters,
    seed: u64,
    dds_profile: &str,
) -> Result<(), Failure> {
    let profile = ros_parameter(&arguments(), "dds_profile");
    let profile = DdsProfile::parse(profile.as_deref().unwrap_or(dds_profile));
    // SAFETY: the command line calls this before anything that starts a thread.
    unsafe { apply_profile(&profile) }?;
    let stop = stop_on_signals()?;
    let robot = ArmLab::urdf()?;
    let (source, sink, _) = arm(&robot, parameters, seed)?;
    let served = ServedRobot {
        name: robot.name.clone(),
        source: Box::new(source),
        sink: Box::new(sink),
        space: robot.space.clone(),
        urdf: robot.urdf.clone(),
    };
    Ok(serve_robot(served, Arc::new(WallClock::new()), &stop)?)
}
