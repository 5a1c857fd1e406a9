//! One transform as it is published, judged.

use nalgebra::{Isometry3, Quaternion, Translation3, UnitQuaternion};

use crate::time::Stamp;

/// Bytes of a frame's name, at most.
const NAME: usize = 255;
/// A rotation's square norm may be off by this: tf2's tolerance.
const DENORMALIZED: f64 = 0.01;

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
        let wrong = |what: &str| Err(format!("{child} in {parent}: {what}"));
        if parent.is_empty() || child.is_empty() {
            return wrong("a frame has no name");
        }
        if parent == child {
            return wrong("a frame in itself closes a loop");
        }
        let ([x, y, z], [i, j, k, w]) = (self.translation, self.rotation);
        let rotation = Quaternion::new(w, i, j, k);
        if ![x, y, z, i, j, k, w].iter().all(|value| value.is_finite()) {
            return wrong("a value is not finite");
        }
        let off = rotation.norm_squared() - 1.0;
        if !(-DENORMALIZED..=DENORMALIZED).contains(&off) {
            return wrong("its rotation is not of unit length");
        }
        let rotation = UnitQuaternion::from_quaternion(rotation);
        Ok(Isometry3::from_parts(Translation3::new(x, y, z), rotation))
    }
}
