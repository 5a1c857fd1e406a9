//! The cross-entropy method on knots (Rubinstein 1999; Pinneri et al., "Sample-efficient Cross-Entropy Method
//! for Real-time Planning", 2020).

use rand_distr::{Distribution, StandardNormal};

use super::Method;
use crate::planner::{Problem, Proposal};
use crate::world_model::ModelError;

/// Fits a normal distribution over knots to the elites, refinement by refinement. The mean itself is always a
/// candidate.
#[derive(Debug)]
pub struct CrossEntropy {
    elites: f64,
    smoothing: f64,
    least_spread: f64,
    refinements: usize,
    mean: Vec<f64>,
    deviation: Vec<f64>,
    drawn: Vec<f64>,
    order: Vec<(f64, usize)>,
}

impl CrossEntropy {
    /// `elites`: fraction of the candidates that the next distribution is fitted to; `smoothing`: weight of the
    /// old distribution in the new one; `least_spread`: smallest standard deviation, relative to the first one.
    pub fn new(elites: f64, smoothing: f64, least_spread: f64) -> Self {
        Self {
            elites,
            smoothing,
            least_spread,
            refinements: 0,
            mean: Vec::new(),
            deviation: Vec::new(),
            drawn: Vec::new(),
            order: Vec::new(),
        }
    }
}

impl Method for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn base(&mut self, problem: &mut Problem) {
        self.refinements = 0;
        self.mean.clear();
        self.mean.extend_from_slice(problem.warm());
        self.deviation.clear();
        let (sigma, axes) = (problem.sigma(), problem.axes());
        let speeds = problem.speeds();
        let deviations = (0..problem.warm().len()).map(|index| sigma * speeds[index % axes]);
        self.deviation.extend(deviations);
    }

    fn refine(&mut self, problem: &mut Problem) -> Result<(), ModelError> {
        if self.refinements == 0 {
            problem.propose_fixed();
        } else {
            problem
                .propose(Proposal::Random)
                .copy_from_slice(&self.mean);
        }
        while problem.proposed() < problem.rows() {
            problem.propose_random(|rng, index, _| {
                let noise: f64 = StandardNormal.sample(rng);
                self.mean[index] + self.deviation[index] * noise
            });
        }
        self.drawn.clear();
        self.drawn.extend_from_slice(problem.knots());
        let costs = problem.evaluate()?;
        self.order.clear();
        let finite = costs.iter().enumerate().filter(|cost| cost.1.is_finite());
        self.order
            .extend(finite.map(|(index, cost)| (*cost, index)));
        self.fit(problem.sigma(), problem.axes(), problem.speeds());
        self.refinements += 1;
        Ok(())
    }
}

impl CrossEntropy {
    fn fit(&mut self, sigma: f64, axes: usize, speeds: &[f64]) {
        let count = ((self.order.len() as f64 * self.elites).ceil() as usize).max(2);
        if self.order.len() < count {
            return;
        }
        self.order
            .sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let width = self.mean.len();
        for index in 0..width {
            let elites = self.order[..count].iter();
            let values = elites.map(|elite| self.drawn[elite.1 * width + index]);
            let mean = values.clone().sum::<f64>() / count as f64;
            let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64;
            let floor = self.least_spread * sigma * speeds[index % axes];
            let old = self.smoothing;
            self.mean[index] = old * self.mean[index] + (1.0 - old) * mean;
            let deviation = old * self.deviation[index] + (1.0 - old) * variance.sqrt();
            self.deviation[index] = deviation.max(floor);
        }
    }
}
