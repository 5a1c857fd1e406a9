//! What a session is made of, and what it counts.

use super::{CommandSink, Observer, SensorSource, Thinker};
use crate::control::Controller;
use crate::sensing::Synchronizer;

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Command ticks.
    pub ticks: u64,
    /// Plans.
    pub plans: u64,
    /// Model steps in them.
    pub model_steps: u64,
    /// Frames encoded.
    pub frames: u64,
    /// Messages refused.
    pub refused: u64,
    /// Stops: transitions out of Tracking into Braking.
    pub stops: u64,
}

/// The parts of a session.
pub struct Parts {
    /// Raw messages.
    pub source: Box<dyn SensorSource>,
    /// Commands.
    pub sink: Box<dyn CommandSink>,
    /// Messages to observations.
    pub synchronizer: Synchronizer,
    /// Observations to plans.
    pub thinker: Thinker,
    /// Plans to commands.
    pub controller: Controller,
    /// Who looks on.
    pub observers: Vec<Box<dyn Observer>>,
}
