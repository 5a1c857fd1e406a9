//! One transform as it is published, judged.

use nalgebra::{Isometry3, Quaternion, Translation3, UnitQuaternion};

use super::rotation::check_rotation;
use crate::time::Stamp;

/// Bytes of a frame's name, at most.
const NAME: usize = 255;

/// A transform as it is published: where `child` lies in `parent`.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// Frame that it lies in.
    pub parent: &'a str,
    /// Frame that lies there.
    pub child: &'a str,
    /// ROS time.
    pub stamp: Stamp,
    /// `[m]`.
    pub translation: [f64; 3],
    /// Quaternion x, y, z, w, of unit length.
    pub rotation: [f64; 4],
}

impl Placed<'_> {
    /// The child's pose in its parent, if it is one.
    pub(super) fn pose(&self) -> Result<Isometry3<f64>, String> {
        let Self { parent, child, .. } = self;
        if parent.len().max(child.len()) > NAME {
            return Err(format!("a frame's name is longer than {NAME} bytes"));
        }
        let says = |what: &str| format!("{child} in {parent}: {what}");
        let wrong = |what| Err(says(what));
        if parent.is_empty() || child.is_empty() {
            return wrong("a frame has no name");
        }
        if parent == child {
            return wrong("a frame in itself closes a loop");
        }
        let ([x, y, z], [i, j, k, w]) = (self.translation, self.rotation);
        if ![x, y, z].iter().all(|value| value.is_finite()) {
            return wrong("a value is not finite");
        }
        check_rotation(self.rotation).map_err(says)?;
        let rotation = UnitQuaternion::from_quaternion(Quaternion::new(w, i, j, k));
        Ok(Isometry3::from_parts(Translation3::new(x, y, z), rotation))
    }
}
