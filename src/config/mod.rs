//! Configuration: what a parameter is.
//!
//! Takes parameter [`Record`]s and YAML; gives validated [`Parameters`]. Imports nothing.

mod record;

pub use record::{Default, Record, Value};
