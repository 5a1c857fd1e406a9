//! Why messages can't be used.

use super::ConvertError;
use crate::config::Number;
use crate::time::{Span, Stamp};

/// Why a message could not be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SensingError {
    /// The picture can't be converted.
    #[error(transparent)]
    Image(#[from] ConvertError),
    /// A joint of the robot is not in the message.
    #[error(
        "joint_states: no joint named {missing} among {found}; publish it, or mend the name in the URDF"
    )]
    MissingJoint {
        /// The robot's joint.
        missing: String,
        /// What the message has.
        found: String,
    },
    /// Fields of unequal length, or no position.
    #[error("joint_states: {names} names and {positions} positions; expected one position a name")]
    Ragged {
        /// Names in the message.
        names: usize,
        /// Positions in the message.
        positions: usize,
    },
    /// One joint, several positions.
    #[error("joint_states: joint {0} is named twice; publish each once")]
    Twice(String),
    /// Not-a-number or infinity.
    #[error("joint_states: a value is not finite; check the driver")]
    NotFinite,
    /// The same of a body, where an orientation may be none.
    #[error("odom: a value is not finite, or the orientation not of unit length; check the driver")]
    NoPose,
    /// More than any robot does.
    #[error("{topic}: found {found}, expected at most 1e9; check the driver")]
    Beyond {
        /// The topic.
        topic: &'static str,
        /// What is there.
        found: Number,
    },
    /// It was measured before what came last.
    #[error(
        "{topic}: an older stamp than the last one's, by {by}; look for a second publisher, or a clock that was set"
    )]
    Late {
        /// The topic.
        topic: &'static str,
        /// How much older.
        by: Span,
    },
    /// No measured state yet, for a second of frames.
    #[error(
        "image at {0}: no joint state or odometry came before it, in a second of images; publish it"
    )]
    NoState(Stamp),
}

impl SensingError {
    /// The field or topic at fault: what is wrong with it may differ from message to message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Image(why) => why.field,
            Self::MissingJoint { .. } => "missing joint",
            Self::Ragged { .. } => "ragged",
            Self::Twice(_) => "joint twice",
            Self::NotFinite => "joint_states",
            Self::NoPose => "odom",
            Self::Beyond { .. } => "beyond",
            Self::Late { topic: "image", .. } => "late image",
            Self::Late { .. } => "late state",
            Self::NoState(_) => "no state",
        }
    }
}
