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
}

/// The record behind [`Commanding`].
pub const COMMANDING: &[Record] = &[Record::text("command", "stream", &["stream", "trajectory"])
    .about(
        "how the robot is commanded: one velocity command a tick, or joint trajectories for ros2_control",
    )];

impl Commanding {
    /// Reads `command`.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        Ok(match parameters.text("command")? {
            "trajectory" => Self::Trajectory,
            _ => Self::Stream,
        })
    }
}
