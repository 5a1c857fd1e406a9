//! Light that differs between episodes and wanders within them.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Rig;
use crate::time::Stamp;

/// Brightness and colour of the light at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Light {
    /// Factor on each channel.
    pub(super) gain: [f32; 3],
    /// Added to every channel, of full scale.
    pub(super) offset: f32,
}

/// A light that wanders smoothly between settings drawn from a seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lighting {
    seed: u64,
    drift: f64,
    range: f32,
}

impl Lighting {
    pub(super) fn new(seed: u64, rig: &Rig) -> Self {
        Self {
            seed,
            drift: rig.light_drift.max(1e-3),
            range: rig.light_range as f32,
        }
    }

    /// The light at `stamp`: a cosine blend of two settings.
    pub(super) fn at(&self, stamp: Stamp) -> Light {
        let phase = stamp.secs() / self.drift;
        let (index, ratio) = (phase.floor(), phase.fract());
        let ratio = (0.5 - 0.5 * (std::f64::consts::PI * ratio).cos()) as f32;
        let (a, b) = (self.setting(index as u64), self.setting(index as u64 + 1));
        let blend = |a: f32, b: f32| a + ratio * (b - a);
        Light {
            gain: std::array::from_fn(|channel| blend(a.gain[channel], b.gain[channel])),
            offset: blend(a.offset, b.offset),
        }
    }

    fn setting(&self, index: u64) -> Light {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(index.wrapping_add(1));
        let mut draw = |centre: f32, spread: f32| {
            centre + self.range * spread * rng.random_range(-1.0..1.0f32)
        };
        let gain = draw(1.0, 0.2);
        Light {
            gain: std::array::from_fn(|_| gain * draw(1.0, 0.03)),
            offset: draw(0.0, 0.06),
        }
    }
}
