//! ROS 2 messages as they go over the wire: a 4-byte encapsulation, then CDR.

use byteorder::{BigEndian, LittleEndian};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::time::Stamp;

/// `builtin_interfaces/msg/Time`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Time {
    pub sec: i32,
    pub nanosec: u32,
}

impl Time {
    /// `None` past the year 2038, the end of the message's range.
    pub fn of(stamp: Stamp) -> Option<Self> {
        let nanos = stamp.nanos();
        Some(Self {
            sec: i32::try_from(nanos.div_euclid(1_000_000_000)).ok()?,
            nanosec: nanos.rem_euclid(1_000_000_000) as u32,
        })
    }

    pub fn stamp(self) -> Stamp {
        Stamp::from_nanos(i64::from(self.sec) * 1_000_000_000 + i64::from(self.nanosec))
    }
}

/// `std_msgs/msg/Header`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub stamp: Time,
    pub frame_id: String,
}

/// `sensor_msgs/msg/Image`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Image {
    pub header: Header,
    pub height: u32,
    pub width: u32,
    pub encoding: String,
    pub is_bigendian: u8,
    pub step: u32,
    #[serde(with = "serde_bytes")]
    pub data: Vec<u8>,
}

/// `sensor_msgs/msg/CompressedImage`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CompressedImage {
    pub header: Header,
    pub format: String,
    #[serde(with = "serde_bytes")]
    pub data: Vec<u8>,
}

/// `sensor_msgs/msg/JointState`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct JointState {
    pub header: Header,
    pub name: Vec<String>,
    pub position: Vec<f64>,
    pub velocity: Vec<f64>,
    pub effort: Vec<f64>,
}

/// `std_msgs/msg/MultiArrayDimension`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Dimension {
    pub label: String,
    pub size: u32,
    pub stride: u32,
}

/// `std_msgs/msg/MultiArrayLayout`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Layout {
    pub dim: Vec<Dimension>,
    pub data_offset: u32,
}

/// `std_msgs/msg/Float64MultiArray`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Float64MultiArray {
    pub layout: Layout,
    pub data: Vec<f64>,
}

/// `std_msgs/msg/String`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Text {
    pub data: String,
}

/// `nav_msgs/msg/Odometry`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Odometry {
    pub header: Header,
    pub child_frame_id: String,
    pub position: [f64; 3],
    /// x, y, z, w.
    pub orientation: [f64; 4],
    pub pose_covariance: [[f64; 6]; 6],
    pub linear: [f64; 3],
    pub angular: [f64; 3],
    pub twist_covariance: [[f64; 6]; 6],
}

/// `sensor_msgs/msg/Imu`. What is not measured has a covariance that begins with -1.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Imu {
    pub header: Header,
    /// x, y, z, w.
    pub orientation: [f64; 4],
    pub orientation_covariance: [[f64; 3]; 3],
    pub angular_velocity: [f64; 3],
    pub angular_velocity_covariance: [[f64; 3]; 3],
    pub linear_acceleration: [f64; 3],
    pub linear_acceleration_covariance: [[f64; 3]; 3],
}

/// Little-endian, as every common DDS writes it.
pub(super) fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0, 1, 0, 0];
    let body = cdr_encoding::to_vec::<T, LittleEndian>(message).map_err(|why| why.to_string())?;
    bytes.extend(body);
    Ok(bytes)
}

/// Either byte order, as the encapsulation says.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let (head, body) = bytes
        .split_at_checked(4)
        .ok_or_else(|| format!("found {} bytes, expected at least 4", bytes.len()))?;
    let decoded = match head {
        [0, 1, ..] => cdr_encoding::from_bytes::<T, LittleEndian>(body),
        [0, 0, ..] => cdr_encoding::from_bytes::<T, BigEndian>(body),
        other => {
            return Err(format!(
                "found encapsulation {:02x?}, expected plain CDR",
                &other[..2]
            ));
        }
    };
    decoded
        .map(|(message, _)| message)
        .map_err(|why| why.to_string())
}
