//! Where the joints must be for the tip to be at a point.

use nalgebra::{DMatrix, DVector};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Axes, Limits, RobotModel};

/// Starts besides the present position.
const STARTS: usize = 24;
/// Steps from one start, at most.
const STEPS: usize = 60;
/// An error that is none `[m]`.
const EXACT: f64 = 1e-5;
/// For differences of the tip `[rad or m]`.
const NUDGE: f64 = 1e-6;

/// Joint positions that bring the tip to a point, or as close to it as was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// One an axis, within the limits `[rad or m]`.
    pub position: Axes,
    /// Distance of the tip to the point `[m]`.
    pub error: f64,
}

impl RobotModel {
    /// How the tip gets to `point` (x, y, or x, y, z `[m]` in the root frame) within `limits`: of all positions found
    /// the one that takes the least time from `here` (one an axis), every joint at full speed. An error that is not
    /// finite: no such point.
    ///
    /// Damped least squares (Levenberg-Marquardt; Wampler 1986) from `here` and from seeded random positions; the
    /// same for the same arguments.
    pub fn reach(&self, point: &[f64], here: &[f64], limits: &Limits) -> Reach {
        let axes = limits.axes();
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let nothing = Reach {
            position: Axes::zeros(axes.len()),
            error: f64::INFINITY,
        };
        let (mut best, mut least) = (nothing, f64::INFINITY);
        for start in 0..=STARTS {
            let position = Axes::from_fn(axes.len(), |axis| {
                let here = here.get(axis).copied().filter(|here| here.is_finite());
                let here = here.unwrap_or(0.0);
                let part: f64 = rng.random();
                let (lower, upper) = span(here, axes[axis].lower, axes[axis].upper);
                match start {
                    0 => here.clamp(lower, upper),
                    _ => lower + part * (upper - lower),
                }
            });
            let reach = self.descend(point, position, limits);
            let times = reach.position.iter().zip(here).zip(axes);
            let times = times.map(|((to, from), axis)| (to - from).abs() / axis.velocity);
            let time = times.fold(0.0, f64::max);
            let closer = if reach.error <= EXACT && best.error <= EXACT {
                time < least
            } else {
                start == 0 || reach.error < best.error
            };
            if closer {
                (best, least) = (reach, time);
            }
        }
        best
    }

    fn descend(&self, point: &[f64], mut position: Axes, limits: &Limits) -> Reach {
        let axes = position.len();
        let miss = |position: &Axes| {
            let tip = self.tip(position);
            DVector::from_fn(point.len().min(3), |part, _| point[part] - tip[part])
        };
        let mut left = miss(&position);
        let mut damping = 1e-3;
        for _ in 0..STEPS {
            if left.norm() <= EXACT {
                break;
            }
            let mut jacobian = DMatrix::zeros(left.len(), axes);
            for axis in 0..axes {
                let mut nudged = position;
                nudged[axis] += NUDGE;
                jacobian.set_column(axis, &((&left - miss(&nudged)) / NUDGE));
            }
            let normal = jacobian.transpose() * &jacobian + DMatrix::identity(axes, axes) * damping;
            let Some(step) = normal
                .cholesky()
                .map(|normal| normal.solve(&(jacobian.transpose() * &left)))
            else {
                break;
            };
            let next = Axes::from_fn(axes, |axis| {
                let bounds = &limits.axes()[axis];
                (position[axis] + step[axis]).clamp(bounds.lower, bounds.upper)
            });
            let then = miss(&next);
            if then.norm() < left.norm() {
                let gain = left.norm() - then.norm();
                (position, left, damping) = (next, then, (damping * 0.3).max(1e-9));
                if gain < 1e-9 {
                    break;
                }
            } else if damping > 1e6 {
                break;
            } else {
                damping *= 4.0;
            }
        }
        let error = left.norm();
        Reach { position, error }
    }
}

/// Where to begin: between the limits, or half a turn to either side where there are none.
fn span(here: f64, lower: f64, upper: f64) -> (f64, f64) {
    let half = std::f64::consts::PI;
    let lower = if lower.is_finite() {
        lower
    } else {
        here - half
    };
    let upper = if upper.is_finite() {
        upper
    } else {
        here + half
    };
    (lower.min(upper), upper)
}
