//! Coming to rest where the goal is.

use super::Term;
use crate::world_model::Rollout;

/// Mean over the horizon of `exp(-d / near) * motion`, both in model steps: moving near the goal costs, so
/// that a robot doesn't swing through it.
pub struct Stop {
    near: f32,
}

impl Stop {
    /// `near` `[model steps]`: distance at which the term has fallen to 1/e.
    pub fn new(near: f64) -> Self {
        Self { near: near as f32 }
    }
}

impl Term for Stop {
    fn name(&self) -> &'static str {
        "stop"
    }

    fn evaluate(&mut self, rollout: &Rollout, out: &mut [f32]) {
        for step in 0..rollout.horizon {
            let distances = rollout.distance_at(step + 1).iter();
            let pairs = distances.zip(rollout.motion_at(step));
            for (sum, (distance, motion)) in out.iter_mut().zip(pairs) {
                *sum += (-distance / self.near).exp() * motion / rollout.horizon as f32;
            }
        }
    }
}
