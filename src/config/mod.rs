//! Configuration: what a parameter is, and the one set of values that a session runs with.
//!
//! Takes parameter [`Record`]s (each room declares its own) gathered into a [`Schema`], ROS 2 parameter files
//! and `name=value` overrides; gives a validated [`Parameters`], default files and tables. A set of changes is
//! applied as a whole or not at all, with every violation listed. Imports nothing.

mod alike;
mod brief;
mod error;
mod number;
mod parameters;
mod plain;
mod qos;
mod record;
mod scalar;
mod schema;
mod text;
mod tree;
mod yaml;

pub use alike::{likeness, nearest};
pub use error::{ConfigError, Violation};
pub use number::{Number, Numbers};
pub use parameters::Parameters;
pub use plain::{Unread, read_opened, read_plain};
pub use qos::is_ros_own;
pub use record::{Default, Record, Value};
pub use schema::Schema;
