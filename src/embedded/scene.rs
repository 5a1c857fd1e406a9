//! What an overhead camera's rays hit: the floor and the arm on it.

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

/// The arm's shapes, the topmost first.
pub(super) fn arm_shapes(links: [f64; 2], joints: &[f64]) -> [Shape; 5] {
    let value = |axis: usize| joints.get(axis).copied().unwrap_or(0.0);
    let elbow = [links[0] * value(0).cos(), links[0] * value(0).sin()];
    let angle = value(0) + value(1);
    let tip = [
        elbow[0] + links[1] * angle.cos(),
        elbow[1] + links[1] * angle.sin(),
    ];
    let (base, elbow, tip) = ([0.0; 2], elbow.map(|v| v as f32), tip.map(|v| v as f32));
    let shape = |from, to, radius, colour| Shape {
        from,
        to,
        radius,
        colour,
    };
    [
        shape(tip, tip, 0.040, [0.05, 0.65, 0.15]),
        shape(elbow, elbow, 0.030, [0.90, 0.90, 0.95]),
        shape(base, base, 0.050, [0.15, 0.15, 0.15]),
        shape(elbow, tip, 0.026, [0.95, 0.45, 0.05]),
        shape(base, elbow, 0.035, [0.10, 0.25, 0.75]),
    ]
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

/// The colour that a ray straight down at `point` `[m]` hits first.
pub(super) fn cast(shapes: &[Shape], point: [f32; 2]) -> Rgb {
    let hit = shapes.iter().find(|shape| shape.covers(point));
    hit.map_or_else(|| floor(point), |shape| shape.colour)
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
