//! Every imagined future, in metres, coloured by what it costs.

use rerun::{EntityPath, LineStrips3D, Points3D, Radius, Transform3D};

use super::canvas::Canvas;
use super::colour;
use super::robot::LIFT;
use super::scene::Scene;

/// An imagined path: what it costs, and the tip a model step `[m]`, t0 included.
type Path = (f32, Vec<[f32; 3]>);

/// Costs above this quantile share the darkest colour, so that one absurd future doesn't make all the
/// others look alike.
const DEAREST: f32 = 0.9;

/// Draws what the planner imagined.
pub(super) struct Imagination {
    planar: bool,
    candidates: EntityPath,
    chosen: EntityPath,
    steps: EntityPath,
}

impl Imagination {
    /// A probe that reads x and y only has no height: its paths are drawn at the measured tip's.
    pub fn new(canvas: &mut Canvas, scene: &Scene) -> Self {
        let lift = if scene.is_planar() { LIFT } else { 0.0 };
        canvas.fix(
            &EntityPath::from("world/imagined"),
            &Transform3D::from_translation([0.0, 0.0, lift]),
        );
        Self {
            planar: scene.is_planar(),
            candidates: EntityPath::from("world/imagined/candidates"),
            chosen: EntityPath::from("world/imagined/chosen"),
            steps: EntityPath::from("world/imagined/steps"),
        }
    }

    /// Draws all `paths`, the chosen one first in the list; `height` is the measured tip's `[m]`.
    pub fn draw(&self, canvas: &mut Canvas, paths: &[Path], height: f32) {
        let Some((chosen, others)) = paths.split_first() else {
            return;
        };
        let place = |path: &[[f32; 3]]| -> Vec<[f32; 3]> {
            let height_of = |z: f32| if self.planar { height } else { z };
            path.iter()
                .filter(|point| point.iter().all(|value| value.is_finite()))
                .map(|&[x, y, z]| [x, y, height_of(z)])
                .collect()
        };
        let (cheapest, range) = cost_range(paths);
        let relative = |cost: f32| (cost - cheapest) / range;
        canvas.draw(
            &self.candidates,
            &LineStrips3D::new(others.iter().map(|(_, path)| place(path)))
                .with_colors(others.iter().map(|(cost, _)| colour::cost(relative(*cost))))
                .with_radii([Radius::new_ui_points(0.8)]),
        );
        let path = place(&chosen.1);
        let white = colour::dimmed(colour::CHOSEN, 1.0);
        canvas.draw(
            &self.steps,
            &Points3D::new(path.iter().copied())
                .with_colors([white])
                .with_radii([Radius::new_ui_points(3.0)]),
        );
        canvas.draw(
            &self.chosen,
            &LineStrips3D::new([path])
                .with_colors([white])
                .with_radii([Radius::new_ui_points(2.2)]),
        );
    }

    /// Takes the paths away: nobody plans any more.
    pub fn clear(&self, canvas: &mut Canvas) {
        let nothing: [Vec<[f32; 3]>; 0] = [];
        canvas.draw(&self.candidates, &LineStrips3D::new(nothing.clone()));
        canvas.draw(&self.chosen, &LineStrips3D::new(nothing));
        canvas.draw(&self.steps, &Points3D::new([[0.0f32; 3]; 0]));
    }
}

/// The lowest finite cost, and how far above it the darkest colour lies.
fn cost_range(paths: &[Path]) -> (f32, f32) {
    let mut costs: Vec<f32> = paths.iter().map(|path| path.0).collect();
    costs.retain(|cost| cost.is_finite());
    costs.sort_by(f32::total_cmp);
    let dearest = ((costs.len() as f32 - 1.0) * DEAREST).max(0.0).ceil() as usize;
    match (costs.first(), costs.get(dearest)) {
        (Some(&low), Some(&high)) => (low, (high - low).max(f32::MIN_POSITIVE)),
        _ => (0.0, 1.0),
    }
}
