//! Embedded robots: real physics to try the line on, without hardware.
//!
//! Gives an [`arm`] and a [`rover`], or either by its name ([`Kind`]), as the ports of `runtime`: sensor source,
//! command sink and task. Lazy: they integrate when they are polled, on a fixed grid, so that their bits depend on
//! seed and commands only. Imports `runtime` and below.

mod arm;
mod camera;
mod errand;
mod explore;
mod kind;
mod light;
mod picture;
mod plant;
mod rig;
mod room;
mod rover;
mod rover_parameters;
mod rover_scene;
mod scene;
mod seed;
mod servo;
mod simulation;
mod studio;
mod ways;

pub use arm::{ARM_PARAMETERS, ARM_RIG_PARAMETERS, ArmParameters, arm, photograph_arm};
pub use explore::{EXPLORER_PARAMETERS, Explorer, ExplorerParameters};
pub use kind::{Embodiment, Kind};
pub use rig::Rig;
pub use room::{Block, Room};
pub use rover::{ROVER_RADIUS, photograph_rover, rover};
pub use rover_parameters::{ROVER_PARAMETERS, ROVER_RIG_PARAMETERS, RoverParameters};
pub use simulation::{EmbeddedTask, Sink, Source};
pub use ways::Ways;
