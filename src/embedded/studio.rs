//! Pictures of the arm, painted outside of its lock.

use super::ArmParameters;
use super::camera::Shot;
use super::light::Lighting;
use super::picture::Painter;
use super::scene::arm_shapes;
use super::seed::{GOAL_LIGHT, mix};
use crate::sensing::RawImage;
use crate::time::Stamp;

/// Paints pictures of the arm. Kept outside of its lock: painting takes milliseconds, and the sender of commands
/// must not wait for them.
#[derive(Clone)]
pub(super) struct Studio {
    painter: Painter,
    parameters: ArmParameters,
}

impl Studio {
    pub(super) fn new(parameters: &ArmParameters) -> Self {
        Self {
            painter: Painter::new(parameters.image),
            parameters: parameters.clone(),
        }
    }

    /// The picture of a camera's shot.
    pub(super) fn develop(&self, shot: &Shot) -> RawImage {
        shot.paint(&self.painter, self.parameters.links, self.noise())
    }

    fn noise(&self) -> f32 {
        self.parameters.pixel_noise as f32
    }

    /// A goal picture of the arm at `joints`, under a light of its own.
    pub(super) fn portrait(&self, joints: &[f64], seed: u64) -> RawImage {
        let seed = mix(seed, GOAL_LIGHT);
        let light = Lighting::new(seed, &self.parameters).at(Stamp::ZERO);
        let shapes = arm_shapes(self.parameters.links, joints);
        self.painter
            .paint(&shapes, light, self.noise(), seed, Stamp::ZERO)
    }
}

/// A picture of the arm at `joints` `[rad]` under a light drawn from `seed`: how goal pictures are taken.
pub fn photograph(joints: &[f64], parameters: &ArmParameters, seed: u64) -> RawImage {
    Studio::new(parameters).portrait(joints, seed)
}
