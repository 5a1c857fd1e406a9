//! Keeping away from the ends of the joints.

use super::{Term, TermContext};
use crate::world_model::Rollout;

/// Mean square of how deep the commanded positions are in the margin before their limits: 0 outside it, 1 at
/// the limit.
pub struct LimitMargin {
    margin: f32,
    bounds: Vec<(f32, f32)>,
}

impl LimitMargin {
    /// Bounds from `context`; its margin `[rad or m]` > 0.
    pub fn new(context: &TermContext<'_>) -> Self {
        let axes = context.limits.axes().iter();
        Self {
            margin: context.config.margin as f32,
            bounds: axes
                .map(|axis| (axis.lower as f32, axis.upper as f32))
                .collect(),
        }
    }
}

impl Term for LimitMargin {
    fn name(&self) -> &'static str {
        "limit_margin"
    }

    fn evaluate(&mut self, rollout: &Rollout, out: &mut [f32]) {
        let count = (rollout.horizon * self.bounds.len()) as f32;
        for (candidate, sum) in out.iter_mut().enumerate() {
            for step in 1..=rollout.horizon {
                let positions = rollout.position(step, candidate);
                for (position, (lower, upper)) in positions.iter().zip(&self.bounds) {
                    let room = (position - lower).min(upper - position);
                    let depth = (1.0 - room / self.margin).max(0.0);
                    *sum += depth * depth / count;
                }
            }
        }
    }
}
