//! Cost: what an imagined future is worth.
//!
//! Takes a [`Rollout`], gives a cost a candidate and term: a weighted sum of [`Term`]s, built from a
//! [`Registry`] that callers can add to. Imports everything up to `world_model`. It may not imagine or choose.

mod config;
mod effort;
mod function;
mod limit_margin;
mod metric;
mod probe_distance;
mod rate;
mod registry;
mod stop;

pub use config::{CostConfig, PARAMETERS, weight};
pub use effort::Effort;
pub use function::CostFunction;
pub use limit_margin::LimitMargin;
pub use metric::{MetricEnd, MetricRunning};
pub use probe_distance::ProbeDistance;
pub use rate::Rate;
pub use registry::{Factory, Registry, TermContext, UnknownTerm};
pub use stop::Stop;

use crate::world_model::Rollout;

/// One term of the cost: a number a candidate, >= 0, unweighted.
pub trait Term: Send {
    /// Name in configuration, evidence and viewer.
    fn name(&self) -> &'static str;
    /// Writes the term of every candidate `[N]`; `out` comes filled with zeros. Non-finite means infinitely bad.
    fn evaluate(&mut self, rollout: &Rollout, out: &mut [f32]);
    /// True if the term reads [`Rollout::quantities`].
    fn needs_quantities(&self) -> bool {
        false
    }
}

/// The mean action of `candidate` in model step `step` on `axis`: the mean over the row's A parts.
fn mean_action(rollout: &Rollout, step: usize, candidate: usize, axis: usize) -> f32 {
    let axes = rollout.previous.len();
    let row = rollout.action(step, candidate);
    let parts = row.len() / axes.max(1);
    let sum: f32 = row.iter().skip(axis).step_by(axes.max(1)).sum();
    sum / parts.max(1) as f32
}

/// `1 / v_max` of every axis `[U]`.
fn inverse_speeds(context: &TermContext<'_>) -> Vec<f32> {
    let axes = context.limits.axes().iter();
    axes.map(|axis| (1.0 / axis.velocity) as f32).collect()
}
