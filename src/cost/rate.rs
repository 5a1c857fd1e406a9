//! How abruptly the action changes.

use super::{Term, TermContext, inverse_speeds, mean_action};
use crate::world_model::Rollout;

/// Mean square of the action's change from model step to model step, relative to the velocity limits; the
/// first one against the action in force when the plan starts.
pub struct Rate {
    scale: Vec<f32>,
}

impl Rate {
    /// Scaled by the limits of `context`.
    pub fn new(context: &TermContext<'_>) -> Self {
        Self {
            scale: inverse_speeds(context),
        }
    }
}

impl Term for Rate {
    fn name(&self) -> &'static str {
        "rate"
    }

    fn evaluate(&mut self, rollout: &Rollout, out: &mut [f32]) {
        let count = (rollout.horizon * self.scale.len()) as f32;
        for (candidate, sum) in out.iter_mut().enumerate() {
            for (axis, scale) in self.scale.iter().enumerate() {
                let mut before = rollout.previous.get(axis).copied().unwrap_or(0.0);
                for step in 0..rollout.horizon {
                    let action = mean_action(rollout, step, candidate, axis);
                    let change = (action - before) * scale;
                    *sum += change * change / count;
                    before = action;
                }
            }
        }
    }
}
