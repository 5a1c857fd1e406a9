//! Robot: what moves, in which bounds.
//!
//! Takes a URDF, gives a [`RobotModel`] (joints, [`ActionSpace`], [`Limits`] and their projection, forward
//! kinematics) and the nouns of motion: [`Action`], [`RobotState`], [`Trajectory`]. Imports `config` and
//! `time` only.

mod action_space;
mod axes;
mod command_log;
mod coupling;
mod drive;
mod error;
mod inverse;
mod joints;
mod limits;
mod markup;
mod mimic;
mod model;
mod state;
mod trajectory;
mod tree;
mod written;

pub use action_space::{ActionKind, ActionSpace};
pub use axes::{Action, Axes, MAX_AXES};
pub use command_log::CommandLog;
pub use coupling::Coupling;
pub use drive::DifferentialDrive;
pub use error::RobotError;
pub use inverse::Reach;
pub use limits::{AxisLimits, LimiterState, Limits};
pub use model::RobotModel;
pub use state::RobotState;
pub use trajectory::{Interpolation, Knot, Trajectory};
