//! How a robot is commanded.

use crate::config::{ConfigError, Parameters, Record};

/// In which form commands leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Commanding {
    /// One command a tick.
    #[default]
    Stream,
    /// Pieces of joint trajectory ([`Chunker`](crate::control::Chunker)).
    Trajectory,
    /// None: somebody else, the incumbent, drives the robot, and is compared with what the commands would have been.
    Shadow,
}

/// The record behind [`Commanding`].
pub const COMMANDING: &[Record] = &[Record::text(
    "command",
    "stream",
    &["stream", "trajectory", "shadow"],
)
.about(
    "how the robot is commanded: one velocity command a tick, joint trajectories for ros2_control, or not at all, \
     in the shadow of whoever drives it",
)];

impl Commanding {
    /// Reads `command`.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        Ok(match parameters.text("command")? {
            "trajectory" => Self::Trajectory,
            "shadow" => Self::Shadow,
            _ => Self::Stream,
        })
    }
}
