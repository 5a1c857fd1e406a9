//! What a sensor delivers, exactly as it is recorded.

use std::sync::Arc;

use super::RawImage;
use crate::time::Stamp;

/// Joint positions and velocities as a driver sends them: any order, fields may be missing.
#[derive(Clone, Debug, PartialEq)]
pub struct JointMessage {
    /// When it was measured.
    pub stamp: Stamp,
    /// One name a joint.
    pub names: Arc<[String]>,
    /// Positions `[rad or m]`; empty if not measured.
    pub position: Vec<f64>,
    /// Velocities `[rad/s or m/s]`; empty if not measured.
    pub velocity: Vec<f64>,
}

/// Planar odometry as a driver sends it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OdometryMessage {
    /// When it was measured.
    pub stamp: Stamp,
    /// x `[m]`, y `[m]`, yaw `[rad]`.
    pub pose: [f64; 3],
    /// v `[m/s]`, omega `[rad/s]`.
    pub twist: [f64; 2],
}

/// An inertial unit's orientation: training may read it, the line doesn't.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImuMessage {
    /// When it was measured.
    pub stamp: Stamp,
    /// Quaternion x, y, z, w of the body in a frame whose z is up.
    pub orientation: [f64; 4],
}

/// One message from a sensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A camera frame.
    Image(RawImage),
    /// Joint states.
    Joints(JointMessage),
    /// Odometry.
    Odometry(OdometryMessage),
    /// Orientation.
    Imu(ImuMessage),
}
