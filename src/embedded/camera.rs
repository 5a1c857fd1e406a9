//! A camera: rate, latency, jitter, lost frames.

use std::collections::VecDeque;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::ArmParameters;
use super::light::Lighting;
use super::picture::Painter;
use super::scene::arm_shapes;
use crate::sensing::RawImage;
use crate::time::{Span, Stamp};

/// Takes frames on its own grid; each is seen some time later, or never.
#[derive(Debug)]
pub(super) struct Camera {
    painter: Painter,
    links: [f64; 2],
    period: Span,
    latency: Span,
    jitter: Span,
    drops: f64,
    noise: f32,
    flicker: f32,
    /// When the next frame is taken.
    pub(super) due: Stamp,
    frame: u64,
    on_the_way: VecDeque<(Stamp, RawImage)>,
}

impl Camera {
    pub(super) fn new(parameters: &ArmParameters) -> Self {
        Self {
            painter: Painter::new(parameters.image),
            links: parameters.links,
            period: Span::from_secs(1.0 / parameters.camera_rate.clamp(0.1, 1000.0)),
            latency: parameters.camera_latency,
            jitter: parameters.camera_jitter,
            drops: parameters.drops,
            noise: parameters.pixel_noise as f32,
            flicker: parameters.flicker as f32,
            due: Stamp::ZERO,
            frame: 0,
            on_the_way: VecDeque::new(),
        }
    }

    /// Takes a frame of the arm at `joints` under `lighting`; noise and luck are drawn from `seed` and the
    /// frame's number.
    pub(super) fn capture(&mut self, joints: &[f64], lighting: &Lighting, seed: u64) {
        let stamp = self.due;
        self.due += self.period;
        self.frame += 1;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(self.frame);
        if rng.random_bool(self.drops.clamp(0.0, 1.0)) {
            return;
        }
        let late: f64 = StandardNormal.sample(&mut rng);
        let flicker: f32 = StandardNormal.sample(&mut rng);
        let mut light = lighting.at(stamp);
        light.gain = light.gain.map(|gain| gain * (1.0 + self.flicker * flicker));
        let shapes = arm_shapes(self.links, joints);
        let image = self
            .painter
            .paint(&shapes, light, self.noise, rng.random(), stamp);
        let arrival = stamp + self.latency + Span::from_secs(late.abs() * self.jitter.secs());
        let arrival = self
            .on_the_way
            .back()
            .map_or(arrival, |last| arrival.max(last.0));
        self.on_the_way.push_back((arrival, image));
    }

    /// The next frame that arrived by `now`.
    pub(super) fn arrived(&mut self, now: Stamp) -> Option<(Stamp, RawImage)> {
        self.on_the_way.pop_front_if(|next| next.0 <= now)
    }

    /// Loses what is on its way.
    pub(super) fn clear(&mut self) {
        self.on_the_way.clear();
    }
}
