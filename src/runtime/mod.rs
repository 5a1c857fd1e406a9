//! Runtime: threads, hand-overs and ports.
//!
//! Assembles the line sensing -> world model -> belief -> planner -> control on a fast (simulated) or the
//! wall clock, owns the goals' lifecycle, and copies what passes to observers. Imports all rooms above.

mod assembly;
mod commanding;
mod comparison;
mod config;
mod event;
mod examine;
mod fast;
mod follower;
mod goal_keeper;
mod handle;
mod health;
mod incumbent;
mod observers;
mod parts;
mod ports;
mod pursuit;
mod realtime;
mod shadow;
mod signals;
mod thinker;
mod wall;
mod window;

pub use assembly::Assembly;
pub use commanding::{COMMANDING, Commanding, Form};
pub use comparison::{Comparison, Shadowed, Tally};
pub use config::{PARAMETERS, ThinkerConfig};
pub use event::{Event, GoalEvent, GoalPhase};
pub use fast::FastSession;
pub use follower::Follower;
pub use goal_keeper::{Arrival, GoalKeeper};
pub use handle::{Instruction, Operator, Status};
pub use health::{Finding, HEALTH, Health, Level, level};
pub use incumbent::{Incumbent, Nowhere};
pub use observers::Observers;
pub use parts::{Counts, Parts};
pub use ports::{CommandSink, Episode, Observer, PortError, SensorSource, Task, Truth};
pub use realtime::{Sleeper, enter_fifo};
pub use signals::{ending_signals, is_ignored};
pub use thinker::{Thinker, Verdict};
pub use wall::{Surroundings, WallConfig, WallSession};
pub use window::Window;
