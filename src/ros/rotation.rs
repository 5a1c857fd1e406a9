//! A rotation as it is published, judged.

/// A rotation's square norm may be off by this: tf2's tolerance.
const DENORMALIZED: f64 = 0.01;

/// What is wrong with the quaternion x, y, z, w, if it is no rotation.
pub(super) fn check_rotation(rotation: [f64; 4]) -> Result<(), &'static str> {
    if !rotation.iter().all(|value| value.is_finite()) {
        return Err("a value is not finite");
    }
    let norm: f64 = rotation.iter().map(|value| value * value).sum();
    if (norm - 1.0).abs() > DENORMALIZED {
        return Err("its rotation is not of unit length");
    }
    Ok(())
}
