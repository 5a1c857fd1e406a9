//! Tests of `robot`.

mod command_log;
mod coupling;
mod drive;
mod hostile;
mod inverse;
mod limits;
mod model;
mod written;
