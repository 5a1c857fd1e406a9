//! Embedded robots: real physics to try the line on, without hardware.
//!
//! Gives an arm ([`arm`]) as the ports of `runtime`: sensor source, command sink and task. Lazy: it
//! integrates when it is polled, on a fixed grid, so that its bits depend on seed and commands only. Imports
//! `runtime` and below.

mod arm;
mod camera;
mod explore;
mod light;
mod parameters;
mod picture;
mod scene;
mod seed;
mod servo;
mod studio;

pub use arm::{ArmSink, ArmSource, ArmTask, arm};
pub use explore::{EXPLORER_PARAMETERS, Explorer, ExplorerParameters};
pub use parameters::{ArmParameters, PARAMETERS};
pub use studio::photograph;
