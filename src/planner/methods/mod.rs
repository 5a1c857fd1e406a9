//! How candidates are searched: one file a method.

mod cross_entropy;
mod predictive_sampling;
mod random_shooting;

pub use cross_entropy::CrossEntropy;
pub use predictive_sampling::PredictiveSampling;
pub use random_shooting::RandomShooting;

use std::sync::Arc;

use rand_distr::{Distribution, StandardNormal};

use super::{PlannerConfig, Problem};
use crate::world_model::ModelError;

/// A search that can be stopped at any time.
///
/// The planner calls `base` once and then `refine` for as long as the budget lasts. Before the first refinement
/// the plan is the last one, shifted by the exact time passed, so an interrupted search always has a valid
/// plan. [`Problem::evaluate`] keeps the best candidate: a published cost never rises.
pub trait Method: Send {
    /// Name in configuration and evidence.
    fn name(&self) -> &'static str;

    /// Begins a plan: forgets the last search. Imagines nothing.
    fn base(&mut self, problem: &mut Problem);

    /// One bounded quantum: at most [`Problem::rows`] candidates, evaluated once.
    ///
    /// # Errors
    /// Those of the model.
    fn refine(&mut self, problem: &mut Problem) -> Result<(), ModelError>;
}

/// Makes a method.
pub type MethodFactory = Arc<dyn Fn() -> Box<dyn Method> + Send + Sync>;

/// Names of the built-in methods.
pub const METHODS: &[&str] = &["predictive_sampling", "random_shooting", "cross_entropy"];

/// The built-in method that `config` names, with its settings.
pub fn method(config: &PlannerConfig) -> Option<Box<dyn Method>> {
    match config.method.as_str() {
        "predictive_sampling" => Some(Box::new(PredictiveSampling::new(config.shrink))),
        "random_shooting" => Some(Box::new(RandomShooting::default())),
        "cross_entropy" => Some(Box::new(CrossEntropy::new(
            config.elites,
            config.smoothing,
            config.least_spread,
        ))),
        _ => None,
    }
}

/// Fills up to [`Problem::rows`] with normal knots around `centre` `[K, U]`, `sigma` relative to full speed.
fn propose_normal(problem: &mut Problem, centre: &[f64], sigma: f64) {
    while problem.proposed() < problem.rows() {
        problem.propose_random(|rng, index, speed| {
            let noise: f64 = StandardNormal.sample(rng);
            centre[index] + sigma * speed * noise
        });
    }
}
