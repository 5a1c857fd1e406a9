//! Control: the part that must not fail.
//!
//! Takes the newest [`Trajectory`](crate::robot::Trajectory), the newest measured state and requests; gives
//! one [`Command`] a tick. Knows no model, no planner and no ROS; imports `config`, `time` and `robot` only.
//! A tick allocates nothing, takes no lock and makes no system call.

mod backup;
mod chunk;
mod chunker;
mod command;
mod controller;
mod following;
mod history;
mod parameters;
mod repeats;
mod state;
mod supervisor;

pub use backup::{Backup, BoundedDeceleration};
pub use chunk::{Chunk, Waypoint};
pub use chunker::{Astray, Chunker, INTERVAL};
pub use command::{Command, Source};
pub use controller::{Controller, PlanInForce, Tick, TickInputs};
pub use following::Behind;
pub use parameters::{ControlConfig, PARAMETERS};
pub use repeats::Repeats;
pub use state::{Cause, Request, State, SupervisorInputs, Transition};
pub use supervisor::{Refusal, Standing, Thresholds};
