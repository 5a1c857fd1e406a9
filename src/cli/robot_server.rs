//! An embedded robot behind ROS topics.

use super::Failure;
use crate::config::Parameters;
use crate::embedded::{Embodiment, Kind};
use crate::ros::{DdsProfile, ServedRobot, apply_profile, serve_robot, stop_on_signals};

/// Serves the robot `kind` on the wall clock until SIGINT, SIGTERM or SIGHUP.
pub(super) fn serve(kind: Kind, parameters: Parameters, seed: u64) -> Result<(), Failure> {
    let profile = DdsProfile::parse(parameters.text("dds_profile")?);
    // SAFETY: the command line calls this before anything that starts a thread.
    unsafe { apply_profile(&profile) }?;
    let stop = stop_on_signals()?;
    let robot = kind.robot()?;
    let embodiment = Embodiment::from_parameters(kind, &parameters)?;
    let (source, sink, _) = embodiment.start(&robot, seed)?;
    let served = ServedRobot {
        name: robot.name.clone(),
        source: Box::new(source),
        sink: Box::new(sink),
        space: robot.space.clone(),
        parameters,
        urdf: robot.urdf.clone(),
    };
    Ok(serve_robot(served, &stop)?)
}
