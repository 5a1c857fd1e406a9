//! From rays to a noisy 8-bit picture.

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::light::Light;
use super::plant::Scene;
use super::scene::{Rgb, Shape, bounds, cast};
use crate::sensing::RawImage;
use crate::time::Stamp;

/// Rays from the top of a picture to its bottom, at least: 4 x 4 a pixel where it has 64 rows.
const RAYS: u32 = 256;
/// Normal numbers that pixel noise is taken from.
const NOISE: usize = 1 << 16;

/// Draws a robot as an overhead camera sees it, x to the right, y up, the origin in the centre.
#[derive(Clone)]
pub(super) struct Painter {
    scene: Arc<dyn Scene>,
    width: u32,
    height: u32,
    rays: u32,
    background: Arc<[Rgb]>,
    noise: Arc<[f32]>,
}

impl Painter {
    pub(super) fn new(scene: Arc<dyn Scene>, [width, height]: [u32; 2]) -> Self {
        let (width, height) = (width.clamp(1, 4096), height.clamp(1, 4096));
        let rays = RAYS.div_ceil(height);
        let mut rng = ChaCha8Rng::seed_from_u64(0x6e6f_6973);
        let noise = (0..NOISE)
            .map(|_| StandardNormal.sample(&mut rng))
            .collect();
        let mut painter = Self {
            scene,
            width,
            height,
            rays,
            background: Arc::from([]),
            noise,
        };
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let ground = |point| painter.scene.ground(point);
        painter.background = pixels.map(|(x, y)| painter.average(x, y, ground)).collect();
        painter
    }

    /// A picture of the robot at `pose` under `light`, with noise of standard deviation `noise` drawn from `seed`.
    pub(super) fn paint(
        &self,
        pose: &[f64],
        light: Light,
        noise: f32,
        seed: u64,
        stamp: Stamp,
    ) -> RawImage {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut data = Vec::with_capacity(self.background.len() * 3);
        let shapes = self.scene.shapes(pose);
        let (columns, rows) = self.window(&shapes);
        for y in 0..self.height {
            let mut grain = rng.random_range(0..NOISE);
            for x in 0..self.width {
                let inside = rows.contains(&y) && columns.contains(&x);
                let colour = if inside {
                    self.average(x, y, |point| {
                        cast(&shapes, point).unwrap_or_else(|| self.scene.ground(point))
                    })
                } else {
                    self.background[(y * self.width + x) as usize]
                };
                for (channel, base) in colour.iter().enumerate() {
                    let value =
                        base * light.gain[channel] + light.offset + noise * self.noise[grain];
                    data.push((value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8);
                    grain = (grain + 1) % NOISE;
                }
            }
        }
        RawImage {
            stamp,
            width: self.width,
            height: self.height,
            step: self.width * 3,
            encoding: "rgb8".to_owned(),
            data: data.into(),
        }
    }

    /// The mean colour of the rays through pixel (`x`, `y`).
    fn average(&self, x: u32, y: u32, colour: impl Fn([f32; 2]) -> Rgb) -> Rgb {
        let mut sum = [0.0; 3];
        let scale = self.scene.field() / (self.height * self.rays) as f32;
        let (half_wide, half_high) = (
            (self.width * self.rays) as f32 / 2.0,
            (self.height * self.rays) as f32 / 2.0,
        );
        for row in 0..self.rays {
            for column in 0..self.rays {
                let across = ((x * self.rays + column) as f32 + 0.5 - half_wide) * scale;
                let up = (half_high - ((y * self.rays + row) as f32 + 0.5)) * scale;
                let hit = colour([across, up]);
                for channel in 0..3 {
                    sum[channel] += hit[channel];
                }
            }
        }
        sum.map(|value| value / (self.rays * self.rays) as f32)
    }

    /// The columns and rows that `shapes` may touch.
    fn window(&self, shapes: &[Shape]) -> (std::ops::Range<u32>, std::ops::Range<u32>) {
        let (low, high) = bounds(shapes);
        let pixel = self.scene.field() / self.height as f32;
        let at =
            |metres: f32, size: u32| (metres / pixel + size as f32 / 2.0).clamp(0.0, size as f32);
        let columns = at(low[0], self.width).floor() as u32..at(high[0], self.width).ceil() as u32;
        let rows = at(-high[1], self.height).floor() as u32..at(-low[1], self.height).ceil() as u32;
        (columns, rows)
    }
}
