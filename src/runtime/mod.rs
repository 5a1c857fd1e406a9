//! Runtime: threads, hand-overs and ports.
//!
//! Assembles the line sensing -> world model -> belief -> planner -> control on a fast (simulated) or the
//! wall clock, owns the goals' lifecycle, and copies what passes to observers. Imports all rooms above.

mod event;
mod handle;
mod ports;

pub use event::{Event, GoalEvent, GoalPhase};
pub use handle::{Instruction, Operator, Status};
pub use ports::{CommandSink, Episode, Observer, PortError, SensorSource, Task, Truth};
