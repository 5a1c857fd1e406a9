//! The weighted sum.

use super::Term;
use crate::world_model::{Rollout, all_finite};

/// A weighted sum of terms.
pub struct CostFunction {
    terms: Vec<(Box<dyn Term>, f64)>,
    /// Unweighted, a term `[N]`.
    values: Vec<Vec<f32>>,
    costs: Vec<f64>,
}

impl CostFunction {
    /// The sum of `terms`, each with its weight.
    pub fn new(terms: Vec<(Box<dyn Term>, f64)>) -> Self {
        Self {
            values: vec![Vec::new(); terms.len()],
            terms,
            costs: Vec::new(),
        }
    }

    /// True if a term reads [`Rollout::quantities`].
    pub fn needs_quantities(&self) -> bool {
        self.terms.iter().any(|term| term.0.needs_quantities())
    }

    /// The cost of every candidate `[N]`; infinite where imagination or a term isn't finite. Allocates only
    /// when N grows.
    pub fn evaluate(&mut self, rollout: &Rollout) -> &[f64] {
        self.costs.clear();
        self.costs.resize(rollout.candidates, 0.0);
        for ((term, weight), values) in self.terms.iter_mut().zip(&mut self.values) {
            values.clear();
            values.resize(rollout.candidates, 0.0);
            term.evaluate(rollout, values);
            for (cost, value) in self.costs.iter_mut().zip(values.iter()) {
                *cost += *weight * f64::from(*value);
            }
        }
        for (candidate, cost) in self.costs.iter_mut().enumerate() {
            if !cost.is_finite() || !is_finite(rollout, candidate) {
                *cost = f64::INFINITY;
            }
        }
        &self.costs
    }

    /// The costs of the last evaluation `[N]`.
    pub fn costs(&self) -> &[f64] {
        &self.costs
    }

    /// Name and weighted value of every term for `candidate` of the last evaluation.
    pub fn contributions(&self, candidate: usize) -> impl Iterator<Item = (&'static str, f64)> {
        let terms = self.terms.iter().zip(&self.values);
        terms.map(move |((term, weight), values)| {
            let value = values.get(candidate).copied().unwrap_or(f32::NAN);
            (term.name(), weight * f64::from(value))
        })
    }
}

fn is_finite(rollout: &Rollout, candidate: usize) -> bool {
    (0..=rollout.horizon).all(|step| {
        rollout.distance_at(step)[candidate].is_finite()
            && all_finite(rollout.latent(step, candidate).iter().copied())
    })
}
