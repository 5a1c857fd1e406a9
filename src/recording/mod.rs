//! Recording: what passes on the line, kept on disk.
//!
//! Takes sensor [`Message`](crate::sensing::Message)s and commands with the time at which they passed; gives
//! an MCAP file that ROS 2 tools, Rerun and the recipe read (`docs/recording.md`), and reads such files back,
//! its own as well as a robot's bag, whole or cut off. A [`Recorder`] sits between a session and its ports. Owns its CDR structs: no ROS is needed. Imports
//! `runtime` and the rooms below it, no other edge.

mod cdr;
mod entry;
mod error;
mod reader;
mod recorder;
mod records;
mod schema;
mod writer;

pub use entry::{Content, Entry, Header};
pub use error::RecordingError;
pub use reader::{Entries, Recording};
pub use recorder::{Recorded, Recorder};
pub use writer::Writer;
