//! How the candidates' costs are spread.

/// Sums over the costs of a plan's candidates.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    sum: f64,
    squares: f64,
    finite: usize,
    /// Candidates whose cost was not finite.
    pub rejected: usize,
}

impl Tally {
    pub fn add(&mut self, costs: &[f64]) {
        for cost in costs {
            if cost.is_finite() {
                self.sum += cost;
                self.squares += cost * cost;
                self.finite += 1;
            } else {
                self.rejected += 1;
            }
        }
    }

    /// Mean and standard deviation of the finite costs; zeros without any.
    pub fn spread(&self) -> (f64, f64) {
        if self.finite == 0 {
            return (0.0, 0.0);
        }
        let mean = self.sum / self.finite as f64;
        let variance = self.squares / self.finite as f64 - mean * mean;
        (mean, variance.max(0.0).sqrt())
    }
}
