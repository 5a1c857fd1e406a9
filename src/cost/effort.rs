//! How hard the robot is driven.

use super::{Term, TermContext, inverse_speeds, mean_action};
use crate::world_model::Rollout;

/// Mean square of the actions, relative to the velocity limits.
pub struct Effort {
    scale: Vec<f32>,
}

impl Effort {
    /// Scaled by the limits of `context`.
    pub fn new(context: &TermContext<'_>) -> Self {
        Self {
            scale: inverse_speeds(context),
        }
    }
}

impl Term for Effort {
    fn name(&self) -> &'static str {
        "effort"
    }

    fn evaluate(&mut self, rollout: &Rollout, out: &mut [f32]) {
        let count = (rollout.horizon * self.scale.len()) as f32;
        for (candidate, sum) in out.iter_mut().enumerate() {
            for step in 0..rollout.horizon {
                for (axis, scale) in self.scale.iter().enumerate() {
                    let action = mean_action(rollout, step, candidate, axis) * scale;
                    *sum += action * action / count;
                }
            }
        }
    }
}
