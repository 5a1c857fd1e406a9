//! Light that differs between episodes and wanders within them.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

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
}

impl Lighting {
    pub(super) fn new(seed: u64, drift: f64) -> Self {
        Self {
            seed,
            drift: drift.max(1e-3),
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
        let gain = rng.random_range(0.8..1.2f32);
        Light {
            gain: std::array::from_fn(|_| gain * rng.random_range(0.97..1.03f32)),
            offset: rng.random_range(-0.06..0.06),
        }
    }
}
