//! How far there is to go.

use super::Term;
use crate::world_model::Rollout;

/// Mean metric distance along the horizon `[model steps]`. Zero for goals without a latent: there
/// [`ProbeDistance`](super::ProbeDistance) counts.
pub struct MetricRunning;

/// Distance at the horizon's end `[model steps]`, whatever it is measured by. Alone, re-planned each step, it dawdles.
pub struct MetricEnd;

impl Term for MetricRunning {
    fn name(&self) -> &'static str {
        "metric"
    }

    fn evaluate(&mut self, rollout: &Rollout, out: &mut [f32]) {
        if rollout.wanted.is_empty() {
            mean_distance(rollout, out);
        }
    }
}

impl Term for MetricEnd {
    fn name(&self) -> &'static str {
        "metric_end"
    }

    fn evaluate(&mut self, rollout: &Rollout, out: &mut [f32]) {
        out.copy_from_slice(rollout.distance_at(rollout.horizon));
    }
}

/// The mean of steps 1..=H of the rollout's distance, for every candidate.
pub(super) fn mean_distance(rollout: &Rollout, out: &mut [f32]) {
    for step in 1..=rollout.horizon {
        for (sum, distance) in out.iter_mut().zip(rollout.distance_at(step)) {
            *sum += distance / rollout.horizon as f32;
        }
    }
}
