//! Tests of `robot`.

mod command_log;
mod hostile;
mod limits;
mod model;
mod written;
