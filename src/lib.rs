//! Forerun: a robot control runtime with a world model inside.
//!
//! The rooms, in the order in which data flows; `ARCHITECTURE.md` is the map.

pub mod belief;
pub mod cli;
pub mod config;
pub mod control;
pub mod cost;
pub mod embedded;
pub mod evaluation;
pub mod planner;
pub mod recording;
pub mod robot;
#[cfg(feature = "ros")]
pub mod ros;
pub mod runtime;
pub mod sensing;
pub mod time;
#[cfg(feature = "viewer")]
pub mod viewer;
pub mod world_model;
