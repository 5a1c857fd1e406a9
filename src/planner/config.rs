//! The planner's own parameters.

use super::{Budget, ImaginationConfig};
use crate::config::{ConfigError, Default, Parameters, Record};
use crate::robot::Interpolation;
use crate::time::{Span, Stamp};

/// What the planner can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannerConfig {
    /// How candidates are rolled out.
    pub imagination: ImaginationConfig,
    /// The method's name, one of [`METHODS`](super::METHODS).
    pub method: String,
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

impl std::default::Default for PlannerConfig {
    fn default() -> Self {
        Self {
            imagination: ImaginationConfig::default(),
            method: "predictive_sampling".to_owned(),
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
    Record {
        name: "planner.method",
        description: "how candidates are searched",
        unit: "",
        default: Default::Text("predictive_sampling"),
        range: None,
        choices: super::METHODS,
        too_low: "",
        too_high: "",
        live: false,
    },
    Record {
        name: "planner.interpolation",
        description: "how an action runs between two knots",
        unit: "",
        default: Default::Text("linear"),
        range: None,
        choices: &["hold", "linear", "cubic"],
        too_low: "",
        too_high: "",
        live: false,
    },
    integer(
        "planner.candidates",
        8,
        (4.0, 4096.0),
        "",
        "candidates a refinement",
        "misses better futures",
        "doesn't meet the deadline",
    ),
    integer(
        "planner.horizon",
        4,
        (1.0, 64.0),
        "model steps",
        "how far a candidate looks ahead",
        "shortsighted, can't brake in time",
        "trusts drifting predictions",
    ),
    integer(
        "planner.knots",
        3,
        (2.0, 16.0),
        "",
        "control points a candidate",
        "can't turn, then drive",
        "too many directions to search",
    ),
    integer(
        "planner.iterations",
        1,
        (1.0, 100.0),
        "",
        "refinements a plan, at most",
        "rough plans",
        "uses the whole budget",
    ),
    integer(
        "planner.model_steps",
        64,
        (4.0, 1e6),
        "model steps",
        "rows through the model a plan, at most",
        "misses better futures",
        "uses the whole budget",
    ),
    integer(
        "planner.threads",
        1,
        (1.0, 16.0),
        "",
        "rollout threads; the result doesn't depend on it",
        "slow plans",
        "takes cores from the command thread",
    ),
    integer(
        "planner.seed",
        0,
        (0.0, 9e15),
        "",
        "seed of all random numbers",
        "",
        "",
    ),
    double(
        "planner.budget",
        0.02,
        (0.001, 0.5),
        "s",
        "from a plan's beginning to its delivery",
        "plans are cut short",
        "reacts late",
    ),
    double(
        "planner.sigma",
        0.7,
        (0.01, 2.0),
        "of the velocity limit",
        "spread of random knots far from the goal",
        "timid",
        "wild",
    ),
    double(
        "planner.sigma_range",
        4.0,
        (0.1, 100.0),
        "model steps",
        "distance from which on sigma counts in full",
        "restless near the goal",
        "slow in the middle",
    ),
    double(
        "planner.sigma_min",
        0.07,
        (0.0, 1.0),
        "",
        "smallest factor on sigma near the goal",
        "stops before the goal",
        "restless at the goal",
    ),
    double(
        "planner.point_scale",
        0.09,
        (0.001, 10.0),
        "m",
        "how far the tip moves in a model step at full speed",
        "far from a point goal for ever",
        "claims point goals too early",
    ),
];

const fn integer(
    name: &'static str,
    default: i64,
    range: (f64, f64),
    unit: &'static str,
    description: &'static str,
    too_low: &'static str,
    too_high: &'static str,
) -> Record {
    Record {
        name,
        description,
        unit,
        default: Default::Integer(default),
        range: Some(range),
        choices: &[],
        too_low,
        too_high,
        live: false,
    }
}

const fn double(
    name: &'static str,
    default: f64,
    range: (f64, f64),
    unit: &'static str,
    description: &'static str,
    too_low: &'static str,
    too_high: &'static str,
) -> Record {
    Record {
        default: Default::Double(default),
        ..integer(name, 0, range, unit, description, too_low, too_high)
    }
}

impl PlannerConfig {
    /// Reads the `planner.` parameters, and `control.rate`, which it shares with control.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        let interpolation = parameters.text("planner.interpolation")?;
        let default = ImaginationConfig::default();
        Ok(Self {
            imagination: ImaginationConfig {
                horizon: parameters.count("planner.horizon")?,
                knots: parameters.count("planner.knots")?,
                interpolation: Self::interpolation(interpolation).unwrap_or(default.interpolation),
                chunk: default.chunk,
                threads: parameters.count("planner.threads")?,
                tick: Span::from_secs(1.0 / parameters.double("control.rate")?),
            },
            method: parameters.text("planner.method")?.to_owned(),
            candidates: parameters.count("planner.candidates")?,
            iterations: parameters.count("planner.iterations")?,
            model_steps: parameters.count("planner.model_steps")?,
            budget: Span::from_secs(parameters.double("planner.budget")?),
            sigma: parameters.double("planner.sigma")?,
            sigma_range: parameters.double("planner.sigma_range")?,
            sigma_min: parameters.double("planner.sigma_min")?,
            seed: parameters.count("planner.seed")? as u64,
            point_scale: parameters.double("planner.point_scale")?,
        })
    }
}
