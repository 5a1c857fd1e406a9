//! Bounds of every axis, and the projection onto them that imagination and control share.

use super::{Action, Axes};

/// The bounds of one axis. Infinity where there is no bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisLimits {
    /// Lowest position [rad or m].
    pub lower: f64,
    /// Highest position [rad or m].
    pub upper: f64,
    /// Largest speed [rad/s or m/s].
    pub velocity: f64,
    /// Largest acceleration, speeding up [rad/s^2 or m/s^2].
    pub acceleration: f64,
    /// Largest deceleration, slowing down [rad/s^2 or m/s^2].
    pub deceleration: f64,
    /// Largest jerk [rad/s^3 or m/s^3].
    pub jerk: f64,
}

/// The bounds of all axes of velocity commands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    axes: Vec<AxisLimits>,
}

/// What the projection must remember from one command to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LimiterState {
    /// Position estimate: measured, plus the commands sent since [rad or m].
    pub position: Axes,
    /// The last command [rad/s or m/s].
    pub command: Action,
    /// The last command's change a second [rad/s^2 or m/s^2].
    pub acceleration: Axes,
}
