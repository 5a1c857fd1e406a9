//! What an overhead camera's rays hit: the floor and the shapes on it.

/// Colour, linear in 0..1.
pub(super) type Rgb = [f32; 3];

const FLOOR: Rgb = [0.78, 0.78, 0.74];
const GRID: Rgb = [0.70, 0.70, 0.66];
/// Distance between grid lines and their width `[m]`.
const GRID_SPACING: f32 = 0.25;
const GRID_WIDTH: f32 = 0.02;

/// A disc (`from` = `to`) or a capsule on the floor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    from: [f32; 2],
    to: [f32; 2],
    radius: f32,
    colour: Rgb,
}

/// The corners of the box around `shapes` `[m]`.
pub(super) fn bounds(shapes: &[Shape]) -> ([f32; 2], [f32; 2]) {
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    for shape in shapes {
        for axis in 0..2 {
            low[axis] = low[axis].min(shape.from[axis].min(shape.to[axis]) - shape.radius);
            high[axis] = high[axis].max(shape.from[axis].max(shape.to[axis]) + shape.radius);
        }
    }
    (low, high)
}

/// The colour of the shape that a ray straight down at `point` `[m]` hits first, if it hits one.
pub(super) fn cast(shapes: &[Shape], point: [f32; 2]) -> Option<Rgb> {
    let hit = shapes.iter().find(|shape| shape.covers(point));
    hit.map(|shape| shape.colour)
}

/// The floor's colour at `point` `[m]`.
pub(super) fn floor(point: [f32; 2]) -> Rgb {
    let on_line = |v: f32| {
        let offset = (v / GRID_SPACING).rem_euclid(1.0);
        offset.min(1.0 - offset) * GRID_SPACING < GRID_WIDTH / 2.0
    };
    if on_line(point[0]) || on_line(point[1]) {
        GRID
    } else {
        FLOOR
    }
}

impl Shape {
    pub(super) fn disc(centre: [f32; 2], radius: f32, colour: Rgb) -> Self {
        Self::capsule(centre, centre, radius, colour)
    }

    pub(super) fn capsule(from: [f32; 2], to: [f32; 2], radius: f32, colour: Rgb) -> Self {
        Self {
            from,
            to,
            radius,
            colour,
        }
    }

    fn covers(&self, point: [f32; 2]) -> bool {
        let along = [self.to[0] - self.from[0], self.to[1] - self.from[1]];
        let offset = [point[0] - self.from[0], point[1] - self.from[1]];
        let length = along[0] * along[0] + along[1] * along[1];
        let ratio = if length > 0.0 {
            ((offset[0] * along[0] + offset[1] * along[1]) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let (x, y) = (offset[0] - ratio * along[0], offset[1] - ratio * along[1]);
        x * x + y * y <= self.radius * self.radius
    }
}
