//! Control points, evenly spaced over the horizon.

use crate::robot::{Action, Interpolation};

/// Which knots make up the action at one moment, and with what weights: the same for all candidates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blend {
    /// The first of them.
    from: usize,
    /// How many.
    count: usize,
    weights: [f64; 4],
}

impl Blend {
    /// At `position` (0..=1 of the horizon) among `knots` >= 2.
    pub fn at(position: f64, knots: usize, interpolation: Interpolation) -> Self {
        let last = knots.saturating_sub(1);
        let along = position.clamp(0.0, 1.0) * last as f64;
        let from = (along.floor() as usize).min(last.saturating_sub(1));
        let t = along - from as f64;
        let few = |from, weights: [f64; 2]| Self {
            from,
            count: (knots - from).min(2),
            weights: [weights[0], weights[1], 0.0, 0.0],
        };
        match interpolation {
            Interpolation::Hold if t < 1.0 => few(from, [1.0, 0.0]),
            Interpolation::Hold => few(from, [0.0, 1.0]),
            Interpolation::Linear => few(from, [1.0 - t, t]),
            Interpolation::Cubic => {
                // Hermite's polynomials; a tangent is half of the way between the neighbours (Catmull-Rom), at
                // the ends the whole way to the only one.
                let (t2, t3) = (t * t, t * t * t);
                let (into, out_of) = (t3 - 2.0 * t2 + t, t3 - t2);
                let (first, end) = (from == 0, from + 1 == last);
                let mut weights = [0.0, 2.0 * t3 - 3.0 * t2 + 1.0, 3.0 * t2 - 2.0 * t3, 0.0];
                let (at, half) = if first { (1, 1.0) } else { (0, 0.5) };
                weights[at] -= half * into;
                weights[2] += half * into;
                let (at, half) = if end { (2, 1.0) } else { (3, 0.5) };
                weights[at] += half * out_of;
                weights[1] -= half * out_of;
                if first {
                    weights.rotate_left(1);
                }
                let from = from - usize::from(!first);
                Self {
                    from,
                    count: (knots - from).min(4),
                    weights,
                }
            }
        }
    }

    /// The action that `knots` `[K, U]` make.
    #[inline]
    pub fn of(&self, knots: &[f64], axes: usize) -> Action {
        let mut action = Action::zeros(axes);
        let rows = knots[self.from * axes..].chunks_exact(axes);
        for (knot, weight) in rows.zip(&self.weights[..self.count]) {
            for (slot, value) in action.iter_mut().zip(knot) {
                *slot += weight * value;
            }
        }
        action
    }
}
