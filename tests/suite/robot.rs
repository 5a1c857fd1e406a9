//! Tests of `robot`.

mod command_log;
mod limits;
mod model;
