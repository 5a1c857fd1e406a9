//! What an encoder sees.

use crate::robot::{Axes, RobotState};
use crate::time::Stamp;

/// One synchronised look at the world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// The stamp that everything here was brought to: the frame's capture, or the measurement's where
    /// there is no image.
    pub stamp: Stamp,
    /// The picture as `[3, H, W]` in 0..1, RGB; empty for robots without a camera.
    pub image: Vec<f32>,
    /// Measured velocity at `stamp`, one an action axis `[rad/s, m/s]`.
    pub velocity: Axes,
    /// Measured state nearest to `stamp`, for models that read joints.
    pub state: RobotState,
}
