//! Where the tip was in the last seconds.

use std::collections::VecDeque;

use rerun::{EntityPath, LineStrips3D, Radius};

use super::canvas::Canvas;
use super::colour;
use crate::time::{Span, Stamp};

/// Time between two points.
const STEP: Span = Span::from_millis(50);
/// Points: three seconds.
const POINTS: usize = 60;
/// Points a piece of one colour; the trail fades piece by piece.
const PIECE: usize = 6;

/// Draws the trail.
pub(super) struct Trail {
    entity: EntityPath,
    points: VecDeque<[f32; 3]>,
    stamp: Option<Stamp>,
}

impl Trail {
    /// Nothing is drawn yet.
    pub fn new() -> Self {
        Self {
            entity: EntityPath::from("world/tip/trail"),
            points: VecDeque::with_capacity(POINTS),
            stamp: None,
        }
    }

    /// Adds where the `tip` was at `stamp`, if it is time for a point.
    pub fn draw(&mut self, canvas: &mut Canvas, stamp: Stamp, tip: [f32; 3]) {
        if self
            .stamp
            .is_some_and(|last| stamp >= last && stamp - last < STEP)
        {
            return;
        }
        self.stamp = Some(stamp);
        if self.points.len() == POINTS {
            self.points.pop_front();
        }
        self.points.push_back(tip);
        let points = self.points.make_contiguous();
        let pieces: Vec<&[[f32; 3]]> = (0..points.len().saturating_sub(1))
            .step_by(PIECE)
            .map(|from| &points[from..points.len().min(from + PIECE + 1)])
            .collect();
        let age = |piece: usize| (piece + 1) as f32 / pieces.len() as f32;
        let colours: Vec<_> = (0..pieces.len())
            .map(|piece| colour::dimmed(colour::MEASURED, age(piece)))
            .collect();
        canvas.draw(
            &self.entity,
            &LineStrips3D::new(pieces.iter().map(|piece| piece.iter().copied()))
                .with_colors(colours)
                .with_radii([Radius::new_ui_points(1.5)]),
        );
    }
}
