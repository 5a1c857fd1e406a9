//! Belief: what is true at the moment a plan will start.
//!
//! Takes observations and the commands that were really sent; gives a [`Belief`] at the plan's start t0,
//! rolled forward through the model. Imports everything up to `world_model`.

use crate::robot::{LimiterState, Trajectory};
use crate::time::Stamp;

/// The state from which a plan is made.
#[derive(Clone, Debug, Default)]
pub struct Belief {
    /// t0, when the plan starts: newest frame + n model periods.
    pub stamp: Stamp,
    /// When the belief was made.
    pub now: Stamp,
    /// Stamp of the newest frame it rests on.
    pub frame: Stamp,
    /// Latents of the context, oldest first, the last one at t0: [C, D].
    pub latents: Vec<f32>,
    /// Action rows between them, oldest first: [C - 1, A*U].
    pub actions: Vec<f32>,
    /// The limiter's state at t0.
    pub limiter: LimiterState,
    /// What is committed from `now` up to t0: commands that the new plan can't change any more.
    pub committed: Trajectory,
    /// Model steps that were rolled from the newest frame to t0.
    pub steps: usize,
    /// One-step surprise of the newest frame [model steps]; `None` before two frames.
    pub surprise: Option<f64>,
}
