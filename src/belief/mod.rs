//! Belief: what is true at the moment a plan will start.
//!
//! Takes observations and the commands that were really sent ([`Estimator::observe`], [`Estimator::sent`]);
//! gives a [`Belief`] at the plan's start t0 ([`Estimator::at`]), rolled forward through the model. Imports
//! everything up to `world_model`. It may not plan, judge or command.

mod config;
mod context;
mod estimator;
mod frames;
mod start;

pub use config::{BeliefConfig, PARAMETERS};
pub use estimator::{Estimator, History, Seen};

use crate::robot::{Action, LimiterState, Trajectory};
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
    /// Latents of the context, oldest first, the last one at t0: `[C, D]`.
    pub latents: Vec<f32>,
    /// Action rows between them, oldest first: [C - 1, A*U].
    pub actions: Vec<f32>,
    /// What the model mispredicts a step at present `[D]`, added to every imagined step (offset-free predictive
    /// control: Pannocchia and Rawlings, "Disturbance models for offset-free model-predictive control", 2003);
    /// empty: nothing.
    pub disturbance: Vec<f32>,
    /// The limiter's state at t0.
    pub limiter: LimiterState,
    /// What is committed from `now` up to t0: commands that the new plan can't change any more, a knot a
    /// command tick, strictly before t0.
    pub committed: Trajectory,
    /// Commands sent before t0 whose effect the latent at t0 does not contain yet, one a command tick, oldest
    /// first; empty unless the delay measured here is longer than the model's.
    pub in_flight: Vec<Action>,
    /// Model steps that were rolled from the newest frame to t0.
    pub steps: usize,
    /// One-step surprise of the newest frame `[model steps]`; `None` before two frames.
    pub surprise: Option<f64>,
}

impl Belief {
    /// The latent at t0 `[D]`; `latent_len` is D. Empty if the belief is.
    pub fn latent(&self, latent_len: usize) -> &[f32] {
        let start = self.latents.len().saturating_sub(latent_len);
        self.latents.get(start..).unwrap_or(&[])
    }

    /// True if latents and limiter state are finite.
    pub fn is_finite(&self) -> bool {
        self.latents.iter().all(|value| value.is_finite())
            && self.limiter.position.is_finite()
            && self.limiter.command.is_finite()
    }
}
