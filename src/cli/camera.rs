//! Short words for the camera's parameters.

use clap::Args;

use super::Failure;
use crate::config::Parameters;
use crate::embedded::Kind;

/// What a command line says of the camera.
#[derive(Clone, Debug, Args)]
pub(super) struct Camera {
    /// Picture size `[px]`: image_width and image_height of the robot.
    #[arg(long, value_name = "WIDTHxHEIGHT")]
    size: Option<String>,
    /// Frames a second `[Hz]`: camera_rate of the robot.
    #[arg(long, value_name = "HZ")]
    camera_rate: Option<String>,
    /// Fraction of frames that never arrive: drops of the robot.
    #[arg(long, value_name = "FRACTION")]
    drops: Option<String>,
}

impl Camera {
    /// `parameters` with what was given for `robot`.
    ///
    /// # Errors
    /// What is no size; what the parameters' records don't allow.
    pub(super) fn apply(
        &self,
        robot: Kind,
        parameters: &Parameters,
    ) -> Result<Parameters, Failure> {
        let robot = robot.name();
        let mut changed = parameters.clone();
        if let Some(size) = &self.size {
            let (width, height) = size.split_once('x').ok_or_else(|| {
                Failure::Usage(format!(
                    "--size: found {size:?}, expected WIDTHxHEIGHT, e.g. 640x480"
                ))
            })?;
            let set = [
                format!("{robot}.image_width={width}"),
                format!("{robot}.image_height={height}"),
            ];
            changed = changed.with_overrides("--size WIDTHxHEIGHT", &set)?;
        }
        if let Some(rate) = &self.camera_rate {
            let set = [format!("{robot}.camera_rate={rate}")];
            changed = changed.with_overrides("--camera-rate", &set)?;
        }
        if let Some(drops) = &self.drops {
            changed = changed.with_overrides("--drops", &[format!("{robot}.drops={drops}")])?;
        }
        Ok(changed)
    }
}
