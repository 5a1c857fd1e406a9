//! Predictive sampling (Howell et al., "Predictive Sampling: Real-time Behaviour Synthesis with MuJoCo", 2022).

use super::{Method, propose_normal};
use crate::planner::Problem;
use crate::world_model::ModelError;

/// Random knots around the last plan; the best wins. Further refinements sample around the best so far with a
/// shrinking spread.
#[derive(Debug)]
pub struct PredictiveSampling {
    shrink: f64,
    refinements: i32,
    centre: Vec<f64>,
}

impl PredictiveSampling {
    /// `shrink`: factor on the spread from one refinement to the next.
    pub fn new(shrink: f64) -> Self {
        Self {
            shrink,
            refinements: 0,
            centre: Vec::new(),
        }
    }
}

impl Method for PredictiveSampling {
    fn name(&self) -> &'static str {
        "predictive_sampling"
    }

    fn base(&mut self, _problem: &mut Problem) {
        self.refinements = 0;
    }

    fn refine(&mut self, problem: &mut Problem) -> Result<(), ModelError> {
        self.centre.clear();
        if self.refinements == 0 {
            problem.propose_fixed();
            self.centre.extend_from_slice(problem.warm());
        } else {
            self.centre.extend_from_slice(problem.best_knots());
        }
        let sigma = problem.sigma() * self.shrink.powi(self.refinements);
        propose_normal(problem, &self.centre, sigma);
        self.refinements += 1;
        problem.evaluate().map(|_| ())
    }
}
