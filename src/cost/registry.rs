//! Terms by name: the built-in ones and what a caller adds.

use std::sync::Arc;

use super::{
    CostConfig, CostFunction, Effort, LimitMargin, MetricEnd, MetricRunning, ProbeDistance, Rate,
    Stop, Term,
};
use crate::robot::Limits;
use crate::world_model::{ModelError, ModelSpec};

/// What a term may know when it is made.
#[derive(Clone, Copy)]
pub struct TermContext<'a> {
    /// The robot's bounds, one entry an action axis.
    pub limits: &'a Limits,
    /// The model that imagines.
    pub spec: &'a ModelSpec,
    /// The cost's parameters.
    pub config: &'a CostConfig,
}

/// Makes a term.
pub type Factory = Arc<dyn Fn(&TermContext<'_>) -> Box<dyn Term> + Send + Sync>;

/// A weight was given to a term that nobody registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cost.{name}: there is no such term; known: {known}; mend the name or register the term")]
pub struct UnknownTerm {
    /// The unknown name.
    pub name: String,
    /// The known ones.
    pub known: String,
}

impl From<UnknownTerm> for ModelError {
    fn from(unknown: UnknownTerm) -> Self {
        Self::new(
            "configuration",
            "cost",
            unknown.name,
            unknown.known,
            "mend the name or register the term",
        )
    }
}

/// Term factories by name, each with a default weight.
#[derive(Clone)]
pub struct Registry {
    entries: Vec<(String, f64, Factory)>,
}

impl Registry {
    /// No terms at all.
    pub fn empty() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// The built-in terms with the weights of [`PARAMETERS`](super::PARAMETERS).
    pub fn builtin() -> Self {
        let mut registry = Self::empty();
        registry.add("metric", 2.0, |_| Box::new(MetricRunning));
        registry.add("metric_end", 0.0, |_| Box::new(MetricEnd));
        registry.add("probe_distance", 2.0, |_| Box::new(ProbeDistance));
        registry.add("stop", 2.0, |context| {
            Box::new(Stop::new(context.config.near))
        });
        registry.add("effort", 0.02, |context| Box::new(Effort::new(context)));
        registry.add("rate", 0.05, |context| Box::new(Rate::new(context)));
        registry.add("limit_margin", 0.1, |context| {
            Box::new(LimitMargin::new(context))
        });
        registry
    }

    /// Adds a term, or replaces the one of the same name.
    pub fn add(
        &mut self,
        name: &str,
        weight: f64,
        factory: impl Fn(&TermContext<'_>) -> Box<dyn Term> + Send + Sync + 'static,
    ) {
        self.entries.retain(|entry| entry.0 != name);
        self.entries
            .push((name.to_owned(), weight, Arc::new(factory)));
    }

    /// Names and default weights.
    pub fn terms(&self) -> impl Iterator<Item = (&str, f64)> {
        self.entries.iter().map(|entry| (entry.0.as_str(), entry.1))
    }

    /// Makes the terms whose weight isn't zero.
    ///
    /// # Errors
    /// A weight for a term that isn't registered.
    pub fn build(&self, context: &TermContext<'_>) -> Result<CostFunction, UnknownTerm> {
        let weights = &context.config.weights;
        let unknown = weights
            .iter()
            .find(|weight| self.entries.iter().all(|entry| entry.0 != weight.0));
        if let Some((name, _)) = unknown {
            let known: Vec<&str> = self.terms().map(|term| term.0).collect();
            return Err(UnknownTerm {
                name: name.clone(),
                known: known.join(", "),
            });
        }
        let terms = self.entries.iter().filter_map(|(name, default, factory)| {
            let given = weights.iter().find(|weight| weight.0 == *name);
            let weight = given.map_or(*default, |weight| weight.1);
            (weight != 0.0).then(|| (factory(context), weight))
        });
        Ok(CostFunction::new(terms.collect()))
    }
}
