//! Walls and boxes.

use rerun::{Boxes3D, Color, EntityPath, FillMode};

use super::canvas::Canvas;
use super::scene::Scene;

/// Their colour: set apart from the dark floor, duller than anything that moves.
const COLOUR: [u8; 3] = [112, 92, 74];

/// Draws what stands in the robot's way, for all time.
pub(super) fn draw(canvas: &mut Canvas, scene: &Scene) {
    let obstacles = &scene.obstacles;
    if obstacles.is_empty() {
        return;
    }
    let [r, g, b] = COLOUR;
    let centres = obstacles.iter().map(|obstacle| obstacle.centre);
    let halves = obstacles.iter().map(|obstacle| obstacle.half);
    canvas.fix(
        &EntityPath::from("world/obstacles"),
        &Boxes3D::from_centers_and_half_sizes(centres, halves)
            .with_colors([Color::from_rgb(r, g, b)])
            .with_fill_mode(FillMode::Solid),
    );
}
