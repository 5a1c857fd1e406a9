//! How the rover and its room look from the ceiling.

use std::sync::Arc;

use super::ROVER_RADIUS;
use super::plant::Scene;
use super::room::Room;
use super::scene::{Rgb, Shape, floor};

/// The room from its ceiling, x to the right, y up.
pub(super) struct RoverScene {
    pub(super) room: Arc<Room>,
}

const NAVY: Rgb = [0.05, 0.08, 0.40];
const YELLOW: Rgb = [1.00, 0.85, 0.05];
const BROWN: Rgb = [0.35, 0.22, 0.12];

impl Scene for RoverScene {
    fn field(&self) -> f32 {
        4.2
    }

    fn ground(&self, point: [f32; 2]) -> Rgb {
        let place = point.map(f64::from);
        let mut blocks = self.room.blocks().iter();
        if blocks.any(|block| block.gap_to(place) <= 0.0) {
            BROWN
        } else {
            floor(point)
        }
    }

    fn shapes(&self, pose: &[f64]) -> Vec<Shape> {
        let value = |part: usize| pose.get(part).copied().unwrap_or(0.0);
        let (sin, cos) = value(2).sin_cos();
        let at = |ahead: f64, left: f64| {
            [
                (value(0) + ahead * cos - left * sin) as f32,
                (value(1) + ahead * sin + left * cos) as f32,
            ]
        };
        vec![
            Shape::capsule(at(0.075, -0.05), at(0.075, 0.05), 0.065, YELLOW),
            Shape::disc(at(0.0, 0.0), ROVER_RADIUS as f32, NAVY),
        ]
    }
}
