//! How a verb can fail, and the exit status that says so.

use crate::config::{ConfigError, likeness, nearest};
use crate::recording::RecordingError;
use crate::robot::RobotError;
use crate::runtime::PortError;
use crate::world_model::ModelError;

/// Why a verb did not do its job.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The job itself failed.
    #[error("{0}")]
    Job(String),
    /// A signal ended it.
    #[error("interrupted")]
    Interrupted(i32),
    /// The command line or the configuration is wrong.
    #[error("{0}")]
    Usage(String),
    /// A parameter is wrong.
    #[error(transparent)]
    Parameters(#[from] ConfigError),
    /// The package is refused.
    #[error(transparent)]
    Package(#[from] ModelError),
    /// The URDF can't be used.
    #[error(transparent)]
    Robot(#[from] RobotError),
    /// A recording can't be written or read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

#[cfg(feature = "ros")]
impl From<crate::ros::RosError> for Failure {
    fn from(why: crate::ros::RosError) -> Self {
        match why {
            crate::ros::RosError::Usage(why) => Self::Usage(why),
            crate::ros::RosError::Failed(why) => Self::Job(why),
            crate::ros::RosError::Unconfigured(why) => match why.downcast::<Self>() {
                Ok(failure) => *failure,
                Err(why) => Self::Job(why.to_string()),
            },
        }
    }
}

impl Failure {
    /// The exit status.
    pub fn status(&self) -> u8 {
        match self {
            Self::Job(_) | Self::Port(_) | Self::Recording(_) => 1,
            Self::Interrupted(signal) => u8::try_from(128 + signal).unwrap_or(1),
            Self::Usage(_) | Self::Parameters(_) | Self::Robot(_) => 2,
            Self::Package(_) => 3,
        }
    }

    /// An unknown name, with the nearest known one suggested.
    pub fn unknown(kind: &str, found: &str, known: &[&str]) -> Self {
        let nearest = nearest(known.iter().copied(), |name| likeness(name, found));
        let hint = nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"));
        Self::Usage(format!(
            "unknown {kind} {found:?}, expected one of: {}{hint}",
            known.join(", ")
        ))
    }
}
