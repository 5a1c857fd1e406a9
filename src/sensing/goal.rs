//! What the robot is asked to bring about.

use super::RawImage;
use crate::robot::Axes;

/// A desired state of the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Goal {
    /// Look like this picture, at rest.
    Image(RawImage),
    /// Stand at these joint positions `[rad or m]`, in the order of the action axes.
    Joints(Axes),
    /// Bring the tip here `[m]`, in the robot's base frame.
    Point([f64; 3]),
    /// Reach this latent, a row of D numbers.
    Latent(Vec<f32>),
}
