//! What thinking and the session can be told.

use crate::belief::BeliefConfig;
use crate::config::{ConfigError, Parameters, Record};
use crate::control::ControlConfig;
use crate::cost::CostConfig;
use crate::planner::PlannerConfig;
use crate::sensing::Goal;
use crate::time::Span;

/// What thinking can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct ThinkerConfig {
    /// Belief's.
    pub belief: BeliefConfig,
    /// The planner's.
    pub planner: PlannerConfig,
    /// The cost's.
    pub cost: CostConfig,
    /// Control's: what is imagined is bounded as control will bound it.
    pub control: ControlConfig,
    /// After so long without a frame a plan is made from the rolled belief.
    pub replan: Span,
    /// Distance that counts as there, in the goal's own unit; `None`: as the model says.
    pub reached: Option<f64>,
    /// Distance that counts as there for a point `[m]`; `None`: `reached`, in steps of `planner.point_scale`.
    pub tolerance: Option<f64>,
    /// Time near and still that counts as reached.
    pub hold: Span,
    /// Measured speed that counts as still, as a fraction of the velocity limits.
    pub still: f64,
    /// How long a goal may take; `None`: for ever.
    pub time_limit: Option<Span>,
}

impl Default for ThinkerConfig {
    fn default() -> Self {
        Self {
            belief: BeliefConfig::default(),
            planner: PlannerConfig::default(),
            cost: CostConfig::default(),
            control: ControlConfig::default(),
            replan: Span::from_millis(50),
            reached: None,
            tolerance: None,
            hold: Span::from_millis(1000),
            still: 0.1,
            time_limit: None,
        }
    }
}

/// The records behind [`ThinkerConfig`] that are no other room's, and those of the session around it.
pub const PARAMETERS: &[Record] = &[
    Record::double("goal.reached", 0.0, (0.0, 100.0), "model steps")
        .about("distance that counts as there; 0: as the package says")
        .beyond("never claims a goal", "claims goals from afar"),
    Record::double("goal.tolerance", 0.0, (0.0, 10.0), "m")
        .about("distance that counts as there for a pose goal; 0: goal.reached, in steps of planner.point_scale")
        .beyond("never claims a goal", "claims goals from afar"),
    Record::double("goal.hold", 1.0, (0.0, 60.0), "s")
        .about("time near and still that counts as reached")
        .beyond("claims a goal while swinging through", "claims late"),
    Record::double("goal.still", 0.1, (0.001, 1.0), "of the velocity limits")
        .about("measured speed that counts as still")
        .beyond("noise never counts as still", "claims a goal while moving"),
    Record::double("goal.time_limit", 0.0, (0.0, 86_400.0), "s")
        .about("how long a goal may take; 0: for ever (`run`: 15)")
        .beyond("gives up on the way", "tries a goal out of reach for ever"),
    Record::double("runtime.replan", 0.05, (0.005, 1.0), "s")
        .about("after so long without a frame a plan is made from the rolled belief")
        .beyond("plans without news", "the plan in force grows stale"),
    Record::integer("runtime.fifo_priority", 80, (0, 99), "")
        .about("FIFO priority asked for command and sender threads; 0: the normal class")
        .beyond(
            "late ticks on a busy machine",
            "keeps the kernel's own threads waiting",
        ),
    Record::boolean("autostart", false)
        .about("configure and activate by itself, once, when the inputs are fresh"),
];

impl ThinkerConfig {
    /// Distance from `goal` that counts as there, where the package says `packaged` `[model steps]`.
    pub fn near(&self, goal: Option<&Goal>, packaged: f64) -> f64 {
        match (goal, self.tolerance) {
            (Some(Goal::Point(_)), Some(tolerance)) => tolerance / self.planner.point_scale,
            _ => self.reached.unwrap_or(packaged),
        }
    }

    /// Distance from a point that counts as there `[m]`, where the package says `packaged` `[model steps]`.
    pub fn tolerance(&self, packaged: f64) -> f64 {
        let steps = self.near(None, packaged);
        self.tolerance.unwrap_or(steps * self.planner.point_scale)
    }

    /// Reads the parameters of thinking and of every room that it is made of.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        let reached = parameters.double("goal.reached")?;
        let tolerance = parameters.double("goal.tolerance")?;
        let limit = parameters.double("goal.time_limit")?;
        Ok(Self {
            belief: BeliefConfig::from_parameters(parameters)?,
            planner: PlannerConfig::from_parameters(parameters)?,
            cost: CostConfig::from_parameters(parameters)?,
            control: ControlConfig::from_parameters(parameters)?,
            replan: Span::from_secs(parameters.double("runtime.replan")?),
            reached: (reached > 0.0).then_some(reached),
            tolerance: (tolerance > 0.0).then_some(tolerance),
            hold: Span::from_secs(parameters.double("goal.hold")?),
            still: parameters.double("goal.still")?,
            time_limit: (limit > 0.0).then(|| Span::from_secs(limit)),
        })
    }
}
