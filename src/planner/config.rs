//! The planner's own parameters.

use super::front::FEWEST;
use super::{Budget, ImaginationConfig};
use crate::config::{ConfigError, Parameters, Record, Violation};
use crate::robot::Interpolation;
use crate::time::{Span, Stamp};

/// What the planner can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannerConfig {
    /// How candidates are rolled out.
    pub imagination: ImaginationConfig,
    /// The method's name, one of [`METHODS`](super::METHODS).
    pub method: String,
    /// Of predictive sampling: factor on sigma from one refinement to the next.
    pub shrink: f64,
    /// Of the cross-entropy method: fraction of the candidates that the next distribution is fitted to.
    pub elites: f64,
    /// Of the cross-entropy method: weight of the old distribution in the new one.
    pub smoothing: f64,
    /// Of the cross-entropy method: smallest standard deviation, relative to the first one.
    pub least_spread: f64,
    /// Candidates a refinement, N.
    pub candidates: usize,
    /// Refinements a plan, at most.
    pub iterations: usize,
    /// Model steps a plan, at most.
    pub model_steps: usize,
    /// From a plan's beginning to its delivery.
    pub budget: Span,
    /// Standard deviation of random knots far from the goal, as a fraction of the velocity limit.
    pub sigma: f64,
    /// Distance from which on `sigma` counts in full `[model steps]`.
    pub sigma_range: f64,
    /// Smallest factor on `sigma` near the goal.
    pub sigma_min: f64,
    /// Seed of all random numbers.
    pub seed: u64,
    /// How far the tip moves in a model step at full speed `[m]`; the scale of point goals.
    pub point_scale: f64,
}

impl Default for PlannerConfig {
    fn default() -> Self {
        Self {
            imagination: ImaginationConfig::default(),
            method: "predictive_sampling".to_owned(),
            shrink: 0.6,
            elites: 0.25,
            smoothing: 0.1,
            least_spread: 0.1,
            candidates: 8,
            iterations: 1,
            model_steps: 64,
            budget: Span::from_millis(20),
            sigma: 0.7,
            sigma_range: 4.0,
            sigma_min: 0.07,
            seed: 0,
            point_scale: 0.09,
        }
    }
}

impl PlannerConfig {
    /// The budget of one plan; `deadline` on the wall clock only.
    pub fn budget(&self, deadline: Option<Stamp>) -> Budget {
        Budget {
            deadline,
            model_steps: self.model_steps,
            iterations: self.iterations,
        }
    }

    /// The interpolation of that name: `hold`, `linear` or `cubic`.
    pub fn interpolation(name: &str) -> Option<Interpolation> {
        match name {
            "hold" => Some(Interpolation::Hold),
            "linear" => Some(Interpolation::Linear),
            "cubic" => Some(Interpolation::Cubic),
            _ => None,
        }
    }
}

/// The records behind [`PlannerConfig`].
pub const PARAMETERS: &[Record] = &[
    Record::text("planner.method", "predictive_sampling", super::METHODS)
        .about("how candidates are searched"),
    Record::double("planner.budget", 0.02, (0.001, 0.5), "s")
        .about("from a plan's beginning to its delivery")
        .beyond("plans are cut short", "reacts late"),
    Record::integer("planner.candidates", 8, (4, 4096), "")
        .about("candidates a refinement")
        .beyond("misses better futures", "doesn't meet the deadline"),
    Record::integer("planner.horizon", 4, (1, 64), "model steps")
        .about("how far a candidate looks ahead")
        .beyond(
            "shortsighted, can't brake in time",
            "trusts drifting predictions",
        ),
    Record::integer("planner.iterations", 1, (1, 100), "")
        .about("refinements a plan, at most")
        .beyond("rough plans", "uses the whole budget"),
    Record::integer("planner.model_steps", 64, (4, MOST_STEPS), "model steps")
        .about("rows through the model a plan, at most")
        .beyond("misses better futures", "uses the whole budget"),
    Record::integer("planner.knots", 3, (2, 16), "")
        .about("control points a candidate")
        .beyond("can't turn, then drive", "too many directions to search"),
    Record::text(
        "planner.interpolation",
        "linear",
        &["hold", "linear", "cubic"],
    )
    .about("how an action runs between two knots"),
    Record::double("planner.sigma", 0.7, (0.01, 2.0), "of the velocity limits")
        .about("spread of random knots far from the goal")
        .beyond("timid", "wild"),
    Record::double("planner.sigma_range", 4.0, (0.1, 100.0), "model steps")
        .about("distance from which on sigma counts in full")
        .beyond("restless near the goal", "slow in the middle"),
    Record::double("planner.sigma_min", 0.07, (0.0, 1.0), "")
        .about("smallest factor on sigma near the goal")
        .beyond("stops before the goal", "restless at the goal"),
    Record::double("planner.shrink", 0.6, (0.05, 1.0), "")
        .about("predictive sampling: factor on sigma from one refinement to the next")
        .beyond(
            "refines around its first find only",
            "later refinements find no detail",
        ),
    Record::double("planner.elites", 0.25, (0.01, 1.0), "of the candidates")
        .about("cross-entropy: the best, which the next distribution is fitted to")
        .beyond(
            "settles on its first find",
            "hardly learns from a refinement",
        ),
    Record::double("planner.smoothing", 0.1, (0.0, 0.99), "")
        .about("cross-entropy: weight of the old distribution in the new one")
        .beyond("jumps after lucky draws", "learns slowly"),
    Record::double("planner.least_spread", 0.1, (0.0, 1.0), "of sigma")
        .about("cross-entropy: smallest spread of the fitted distribution")
        .beyond("stops searching too early", "finds no detail"),
    Record::double("planner.point_scale", 0.09, (0.001, 10.0), "m")
        .about("how far the tip moves in a model step at full speed")
        .beyond(
            "far from a point goal for ever",
            "claims point goals too early",
        ),
    Record::integer("planner.threads", 1, (1, 16), "")
        .about("rollout threads; the result doesn't depend on it")
        .beyond("slow plans", "takes cores from the command thread"),
    Record::integer("planner.seed", 0, (0, 9_000_000_000_000_000), "")
        .about("seed of all random numbers"),
];

const MOST_STEPS: i64 = 1_000_000;

impl PlannerConfig {
    /// Reads the `planner.` parameters, and `control.rate`, which it shares with control.
    ///
    /// # Errors
    /// Fewer model steps than the fewest candidates need to look as far as they shall.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        let interpolation = parameters.text("planner.interpolation")?;
        let default = ImaginationConfig::default();
        let candidates = parameters.count("planner.candidates")?;
        let threads = parameters.count("planner.threads")?;
        let (horizon, model_steps) = (
            parameters.count("planner.horizon")?,
            parameters.count("planner.model_steps")?,
        );
        if model_steps < FEWEST * horizon {
            return Err(ConfigError {
                origin: format!("planner.horizon {horizon}"),
                violations: vec![Violation::OutOfRange {
                    name: "planner.model_steps",
                    found: model_steps as f64,
                    lowest: (FEWEST * horizon) as f64,
                    highest: MOST_STEPS as f64,
                    unit: "model steps",
                    consequence: "four candidates that look so far don't fit",
                }],
            });
        }
        Ok(Self {
            imagination: ImaginationConfig {
                horizon,
                knots: parameters.count("planner.knots")?,
                interpolation: Self::interpolation(interpolation).unwrap_or(default.interpolation),
                chunk: ImaginationConfig::rows(candidates, threads),
                threads,
                tick: Span::from_secs(1.0 / parameters.double("control.rate")?),
            },
            method: parameters.text("planner.method")?.to_owned(),
            shrink: parameters.double("planner.shrink")?,
            elites: parameters.double("planner.elites")?,
            smoothing: parameters.double("planner.smoothing")?,
            least_spread: parameters.double("planner.least_spread")?,
            candidates,
            iterations: parameters.count("planner.iterations")?,
            model_steps,
            budget: Span::from_secs(parameters.double("planner.budget")?),
            sigma: parameters.double("planner.sigma")?,
            sigma_range: parameters.double("planner.sigma_range")?,
            sigma_min: parameters.double("planner.sigma_min")?,
            seed: parameters.count("planner.seed")? as u64,
            point_scale: parameters.double("planner.point_scale")?,
        })
    }
}
