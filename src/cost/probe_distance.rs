//! How far there is to go where the goal is a pose or joint positions.

use super::Term;
use super::metric::mean_distance;
use crate::world_model::Rollout;

/// Mean distance of the wanted quantities ([`Rollout::wanted`]: joints `[rad]`, the tip `[m]`) along the horizon,
/// scaled to model steps at full speed; of a body on wheels with the turn that comes before the way. Zero for goals that have a latent.
pub struct ProbeDistance;

impl Term for ProbeDistance {
    fn name(&self) -> &'static str {
        "probe_distance"
    }

    fn evaluate(&mut self, rollout: &Rollout, out: &mut [f32]) {
        if !rollout.wanted.is_empty() {
            mean_distance(rollout, out);
        }
    }
}
