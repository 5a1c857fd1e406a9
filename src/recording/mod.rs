//! Recording: what passes on the line, and what the line thinks, kept on disk.
//!
//! Takes sensor [`Message`](crate::sensing::Message)s and commands with the time at which they passed, the
//! [`Event`](crate::runtime::Event)s that say why, and messages of topics that nobody here reads ([`KEPT`]); gives
//! an MCAP file that ROS 2 tools, Rerun and the recipe read (`docs/recording.md`), and reads such files back,
//! its own as well as a robot's bag, whole or cut off. A [`Recorder`] sits between a session and its ports. Owns its
//! CDR structs: no ROS is needed. Imports `runtime` and the rooms below it, no other edge.

mod beside;
mod cdr;
mod entry;
mod error;
mod kept;
mod latched;
mod passed;
mod reader;
mod recorder;
mod records;
mod schema;
mod sensors;
mod series;
mod taps;
mod thoughts;
mod waiting;
mod writer;

pub use entry::{Content, Entry, Header};
pub use error::RecordingError;
pub use kept::{KEPT, Kept};
pub use latched::Latched;
pub use reader::{Entries, Recording};
pub use recorder::{Recorded, Recorder, Timeline};
pub use schema::Topic;
pub use taps::Ear;
pub use writer::Writer;
