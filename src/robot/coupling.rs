//! Bounds on sums of axes: what the wheels of a body can do, however its twist is made up.

use super::limits::{AxisState, finite, within};
use super::{Action, AxisLimits, LimiterState, Limits};

/// A weighted sum of the axes that has bounds of its own, e.g. the rim speed of a wheel, v + omega b / 2
/// [m/s]. Its positions are not bounded.
#[derive(Clone, Debug, PartialEq)]
pub struct Coupling {
    /// E.g. the wheel joint's name.
    pub name: String,
    /// One weight an axis.
    pub weights: Vec<f64>,
    /// Bounds of the sum's speed and its changes.
    pub limits: AxisLimits,
}

impl Coupling {
    fn of(&self, action: &[f64]) -> f64 {
        let products = self.weights.iter().zip(action);
        products.map(|(weight, value)| weight * value).sum()
    }
}

impl Limits {
    /// [`Limits::project`] where axes are coupled. `state`: one entry an axis.
    ///
    /// What is wanted is slowed down as a whole until every sum fits, which keeps the curvature of a twist's path.
    /// From the last command the new one lies on the straight line to it, as far as all accelerations allow: both
    /// ends fit, so everything between them does. Position goes before the rest, as without coupling.
    pub(super) fn advance_together(&self, state: &mut LimiterState, wanted: &Action, dt: f64) {
        for value in state.command.iter_mut() {
            *value = finite(*value);
        }
        let before = state.command;
        let at = |index: usize| AxisState {
            position: state.position[index],
            command: before[index],
            acceleration: finite(state.acceleration[index]),
        };
        let mut goal = before;
        for (index, axis) in self.axes().iter().enumerate() {
            let wanted = axis.slowed(wanted.get(index).copied().unwrap_or(0.0));
            goal[index] = axis.slowed(within(wanted, axis.reachable_by_jerk(at(index), dt)));
        }
        self.slow_down(&mut goal);

        let share = self.reachable_share(&before, &goal, dt);
        let mut out = goal;
        for (index, axis) in self.axes().iter().enumerate() {
            let from = axis.slowed(before[index]);
            let along = axis.slowed(from + share * (goal[index] - from));
            out[index] = within(along, axis.reachable_by_position(at(index), dt));
        }
        self.slow_down(&mut out);

        for (index, command) in out.iter().enumerate() {
            state.take(index, before[index], *command, dt);
        }
    }

    /// How much of the way from `before` to `goal` the accelerations of axes and sums allow in `dt`, 0..=1.
    fn reachable_share(&self, before: &Action, goal: &Action, dt: f64) -> f64 {
        let share = |from: f64, to: f64, limits: &AxisLimits| {
            let (low, high) = limits.reachable_by_acceleration(from, dt);
            let nearest = within(to, (low, high));
            if nearest == to {
                1.0
            } else {
                finite((nearest - from) / (to - from)).clamp(0.0, 1.0)
            }
        };
        let axes = self.axes().iter().zip(before.iter().zip(goal.iter()));
        let axes = axes.map(|(axis, (from, to))| share(*from, *to, axis));
        let sums = self.couplings().iter();
        let sums = sums.map(|sum| share(sum.of(before), sum.of(goal), &sum.limits));
        axes.chain(sums).fold(1.0, f64::min)
    }

    /// Scales `action` towards standing still until every sum is within its speed.
    fn slow_down(&self, action: &mut Action) {
        let shares = self.couplings().iter().map(|coupling| {
            let (speed, most) = (coupling.of(action).abs(), coupling.limits.velocity);
            if speed > most { most / speed } else { 1.0 }
        });
        let share = shares.fold(1.0, f64::min);
        if share < 1.0 {
            for value in action.iter_mut() {
                *value *= share;
            }
        }
    }
}
