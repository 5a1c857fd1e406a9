//! The test suite: one binary, one module a room, in the order of the rooms.

mod arm;
mod belief;
mod cli;
mod config;
mod control;
mod cost;
mod embedded;
mod evaluation;
mod metric;
mod planner;
mod recording;
mod robot;
#[cfg(feature = "ros")]
mod ros;
mod runtime;
mod sensing;
mod time;
mod world_model;
