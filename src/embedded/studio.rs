//! Pictures of a robot, painted outside of its lock.

use std::sync::Arc;

use super::Rig;
use super::camera::Shot;
use super::light::Lighting;
use super::picture::Painter;
use super::plant::Scene;
use super::seed::{GOAL_LIGHT, mix};
use crate::sensing::RawImage;
use crate::time::Stamp;

/// Paints pictures of a robot. Kept outside of its lock: painting takes milliseconds, and the sender of commands
/// must not wait for them.
#[derive(Clone)]
pub(super) struct Studio {
    painter: Painter,
    rig: Rig,
}

impl Studio {
    pub(super) fn new(scene: Arc<dyn Scene>, rig: &Rig) -> Self {
        Self {
            painter: Painter::new(scene, rig.image),
            rig: rig.clone(),
        }
    }

    /// The picture of a camera's shot.
    pub(super) fn develop(&self, shot: &Shot) -> RawImage {
        shot.paint(&self.painter, self.noise())
    }

    fn noise(&self) -> f32 {
        self.rig.pixel_noise as f32
    }

    /// A goal picture of the robot at `pose`, under a light of its own.
    pub(super) fn portrait(&self, pose: &[f64], seed: u64) -> RawImage {
        let seed = mix(seed, GOAL_LIGHT);
        let light = Lighting::new(seed, &self.rig).at(Stamp::ZERO);
        self.painter
            .paint(pose, light, self.noise(), seed, Stamp::ZERO)
    }
}
