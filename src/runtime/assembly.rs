//! What thinking is made of, kept so that it can be made again.

use std::sync::Arc;

use crate::belief::{BeliefConfig, Estimator};
use crate::control::ControlConfig;
use crate::cost::{CostConfig, Registry, TermContext};
use crate::planner::{MethodFactory, Planner, PlannerConfig};
use crate::robot::{ActionSpace, Limits};
use crate::time::Span;
use crate::world_model::{ModelError, WorldModel};

/// What thinking can be told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThinkerConfig {
    /// Belief's.
    pub belief: BeliefConfig,
    /// The planner's.
    pub planner: PlannerConfig,
    /// The cost's.
    pub cost: CostConfig,
    /// Control's: what is imagined is bounded as control will bound it.
    pub control: ControlConfig,
    /// Time near and still that counts as reached.
    pub hold: Span,
    /// Measured speed that counts as still, as a fraction of the velocity limits.
    pub still: f64,
    /// How long a goal may take; `None`: for ever.
    pub time_limit: Option<Span>,
}

/// The makings of a [`Thinker`](super::Thinker).
#[derive(Clone)]
pub struct Assembly {
    /// What is imagined with.
    pub model: Arc<dyn WorldModel>,
    /// The robot's axes and limits.
    pub space: ActionSpace,
    /// The cost's terms: the built-in ones and a caller's.
    pub registry: Registry,
    /// Replaces the configured search method.
    pub method: Option<MethodFactory>,
    /// Parameters.
    pub config: ThinkerConfig,
}

impl Assembly {
    pub(super) fn estimator(&self) -> Result<Estimator, ModelError> {
        Estimator::new(self.model.as_ref(), self.limits(), self.config.belief)
    }

    pub(super) fn planner(&self) -> Result<Planner, ModelError> {
        let limits = self.limits();
        let model = self.model.as_ref();
        let context = TermContext {
            limits: &limits,
            spec: model.spec(),
            config: &self.config.cost,
        };
        let cost = self.registry.build(&context).map_err(|unknown| {
            ModelError::new(
                "configuration",
                "cost",
                unknown.name,
                unknown.known,
                "mend the name or register the term",
            )
        })?;
        let config = self.config.planner.clone();
        match &self.method {
            Some(method) => Planner::with_method(model, &limits, cost, config, method()),
            None => Planner::new(model, &limits, cost, config),
        }
    }

    /// The bounds that control projects onto.
    fn limits(&self) -> Limits {
        self.space
            .limits
            .with_position_margin(self.config.control.margin)
    }
}
