//! A camera: rate, latency, jitter, lost frames.

use std::collections::VecDeque;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::Rig;
use super::light::{Light, Lighting};
use super::picture::Painter;
use crate::robot::Axes;
use crate::sensing::RawImage;
use crate::time::{Span, Stamp};

/// What decides a frame: the picture is painted when it arrives, by whoever asks, without holding up the robot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shot {
    stamp: Stamp,
    pose: Axes,
    light: Light,
    grain: u64,
}

impl Shot {
    /// The picture, with pixel noise of standard deviation `noise`.
    pub(super) fn paint(&self, painter: &Painter, noise: f32) -> RawImage {
        painter.paint(&self.pose, self.light, noise, self.grain, self.stamp)
    }
}

/// Takes frames on its own grid; each is seen some time later, or never.
#[derive(Debug)]
pub(super) struct Camera {
    period: Span,
    latency: Span,
    jitter: Span,
    drops: f64,
    flicker: f32,
    /// When the next frame is taken.
    pub(super) due: Stamp,
    frame: u64,
    on_the_way: VecDeque<(Stamp, Shot)>,
}

impl Camera {
    pub(super) fn new(rig: &Rig) -> Self {
        Self {
            period: Span::from_secs(1.0 / rig.camera_rate.clamp(0.1, 1000.0)),
            latency: rig.camera_latency,
            jitter: rig.camera_jitter,
            drops: rig.drops,
            flicker: rig.flicker as f32,
            due: Stamp::ZERO,
            frame: 0,
            on_the_way: VecDeque::new(),
        }
    }

    /// Takes a frame of the robot at `pose` under `lighting`; noise and luck are drawn from `seed` and the
    /// frame's number.
    pub(super) fn capture(&mut self, pose: Axes, lighting: &Lighting, seed: u64) {
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
        let shot = Shot {
            stamp,
            pose,
            light,
            grain: rng.random(),
        };
        let arrival = stamp + self.latency + Span::from_secs(late.abs() * self.jitter.secs());
        let arrival = self
            .on_the_way
            .back()
            .map_or(arrival, |last| arrival.max(last.0));
        self.on_the_way.push_back((arrival, shot));
    }

    /// The next frame that arrived by `now`.
    pub(super) fn arrived(&mut self, now: Stamp) -> Option<Shot> {
        let arrived = self.on_the_way.pop_front_if(|next| next.0 <= now);
        arrived.map(|(_, shot)| shot)
    }

    /// Loses what is on its way.
    pub(super) fn clear(&mut self) {
        self.on_the_way.clear();
    }
}
