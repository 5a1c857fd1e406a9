//! Control: the part that must not fail.
//!
//! Takes the newest [`Trajectory`](crate::robot::Trajectory), the newest measured state and
//! [`SupervisorInputs`]; gives one [`Command`] a tick. Knows no model, no planner and no ROS; imports
//! `config`, `time` and `robot` only. A tick allocates nothing, takes no lock and makes no system call.

mod command;
mod state;

pub use command::{Command, Source};
pub use state::{Cause, Request, State, SupervisorInputs, Transition};
