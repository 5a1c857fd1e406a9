//! Control points, evenly spaced over the horizon.

use crate::robot::{Action, Interpolation};

/// The action at `position` (0..=1 of the horizon) of `knots` `[K, U]`, K >= 2. Allocates nothing.
pub(super) fn interpolate(
    knots: &[f64],
    axes: usize,
    position: f64,
    interpolation: Interpolation,
) -> Action {
    let last = (knots.len() / axes).saturating_sub(1);
    let along = position.clamp(0.0, 1.0) * last as f64;
    let from = (along.floor() as usize).min(last.saturating_sub(1));
    let ratio = along - from as f64;
    let knot = |index: usize, axis: usize| knots[index.min(last) * axes + axis];
    Action::from_fn(axes, |axis| {
        let (a, b) = (knot(from, axis), knot(from + 1, axis));
        match interpolation {
            Interpolation::Hold if ratio < 1.0 => a,
            Interpolation::Hold => b,
            Interpolation::Linear => a + ratio * (b - a),
            Interpolation::Cubic => {
                let into = if from == 0 {
                    b - a
                } else {
                    0.5 * (b - knot(from - 1, axis))
                };
                let out_of = if from + 1 == last {
                    b - a
                } else {
                    0.5 * (knot(from + 2, axis) - a)
                };
                let (t, t2, t3) = (ratio, ratio * ratio, ratio * ratio * ratio);
                (2.0 * t3 - 3.0 * t2 + 1.0) * a
                    + (t3 - 2.0 * t2 + t) * into
                    + (3.0 * t2 - 2.0 * t3) * b
                    + (t3 - t2) * out_of
            }
        }
    })
}
