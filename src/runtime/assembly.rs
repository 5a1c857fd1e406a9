//! What thinking is made of, kept so that it can be made again.

use std::sync::Arc;

use super::ThinkerConfig;
use crate::belief::Estimator;
use crate::cost::{CostConfig, CostFunction, Registry, TermContext};
use crate::planner::{MethodFactory, Planner};
use crate::robot::{ActionSpace, Limits, RobotModel};
use crate::world_model::{ModelError, WorldModel};

/// The makings of a [`Thinker`](super::Thinker).
#[derive(Clone)]
pub struct Assembly {
    /// What is imagined with.
    pub model: Arc<dyn WorldModel>,
    /// The robot's axes and limits.
    pub space: ActionSpace,
    /// How joints move the tip, for goals that are points; `None`: straight at them.
    pub kinematics: Option<RobotModel>,
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
        let cost = self.cost(&self.config.cost)?;
        let config = self.config.planner.clone();
        match &self.method {
            Some(method) => Planner::with_method(model, &limits, cost, config, method()),
            None => Planner::new(model, &limits, cost, config),
        }
    }

    /// The cost that `config` describes, of the registry's terms.
    pub(super) fn cost(&self, config: &CostConfig) -> Result<CostFunction, ModelError> {
        let context = TermContext {
            limits: &self.limits(),
            spec: self.model.spec(),
            config,
        };
        Ok(self.registry.build(&context)?)
    }

    /// The bounds that control projects onto.
    pub(super) fn limits(&self) -> Limits {
        self.config.control.bounds(&self.space.limits)
    }
}
