//! What was measured.

use super::Axes;
use crate::time::Stamp;

/// The measured state of a robot, in the order of its action axes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RobotState {
    /// When it was measured.
    pub stamp: Stamp,
    /// Joint positions `[rad or m]`; for a twist robot x `[m]`, y `[m]`, yaw `[rad]`.
    pub position: Axes,
    /// Joint velocities `[rad/s or m/s]`; for a twist robot v `[m/s]`, omega `[rad/s]`.
    pub velocity: Axes,
}

impl RobotState {
    /// True if every number is finite.
    pub fn is_finite(&self) -> bool {
        self.position.is_finite() && self.velocity.is_finite()
    }
}
