//! What sensors say, as messages.

use super::cdr::{self, CompressedImage, Image, Imu, JointState, Odometry};
use super::schema::{self, Topic};
use super::{Kept, RecordingError, Writer};
use crate::sensing::{ImuMessage, JointMessage, Message, OdometryMessage, RawImage};
use crate::time::Stamp;

/// What frames are called.
#[derive(Clone, Debug)]
pub(super) struct Frames {
    pub camera: String,
    pub odometry: String,
    pub body: String,
}

impl Default for Frames {
    fn default() -> Self {
        Self {
            camera: "camera".to_owned(),
            odometry: "odom".to_owned(),
            body: "base_link".to_owned(),
        }
    }
}

impl Writer {
    /// A sensor's message that arrived at `time`.
    ///
    /// # Errors
    /// [`RecordingError::Write`]; [`RecordingError::Refused`] for a stamp that no ROS header can hold.
    pub fn sensor(&mut self, time: Stamp, message: &Message) -> Result<(), RecordingError> {
        match message {
            Message::Image(image) => self.picture(&schema::IMAGE, time, image, image.stamp),
            Message::Joints(joints) => self.joints(time, joints),
            Message::Odometry(odometry) => self.odometry(time, odometry),
            Message::Imu(imu) => self.imu(time, imu),
        }
    }

    /// A JPEG or PNG that was captured at `stamp` and arrived at `time`; `format` is what it says of itself.
    ///
    /// # Errors
    /// As [`sensor`](Self::sensor).
    pub fn compressed(
        &mut self,
        (time, stamp): (Stamp, Stamp),
        format: &str,
        data: &[u8],
    ) -> Result<(), RecordingError> {
        let topic = &schema::COMPRESSED_IMAGE;
        let message = CompressedImage {
            header: self.header(topic, stamp, &self.frames.camera)?,
            format: format.to_owned(),
            data: data.to_vec(),
        };
        self.put(topic, time, &message)
    }

    /// A message that arrived at `time`, as it came.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub fn kept(&mut self, time: Stamp, kept: &Kept, bytes: &[u8]) -> Result<(), RecordingError> {
        self.put_bytes(&kept.topic, time, bytes)
    }

    pub(super) fn picture(
        &mut self,
        topic: &Topic,
        time: Stamp,
        image: &RawImage,
        stamp: Stamp,
    ) -> Result<(), RecordingError> {
        let message = Image {
            header: self.header(topic, stamp, &self.frames.camera)?,
            height: image.height,
            width: image.width,
            encoding: image.encoding.clone(),
            is_bigendian: 0,
            step: image.step,
            data: image.data.to_vec(),
        };
        self.put(topic, time, &message)
    }

    fn joints(&mut self, time: Stamp, joints: &JointMessage) -> Result<(), RecordingError> {
        let message = JointState {
            header: self.header(&schema::JOINT_STATES, joints.stamp, "")?,
            name: joints.names.to_vec(),
            position: joints.position.clone(),
            velocity: joints.velocity.clone(),
            effort: Vec::new(),
        };
        self.put(&schema::JOINT_STATES, time, &message)
    }

    fn odometry(&mut self, time: Stamp, odometry: &OdometryMessage) -> Result<(), RecordingError> {
        let [x, y, yaw] = odometry.pose;
        let [forward, turn] = odometry.twist;
        let (sin, cos) = (0.5 * yaw).sin_cos();
        let message = Odometry {
            header: self.header(&schema::ODOMETRY, odometry.stamp, &self.frames.odometry)?,
            child_frame_id: self.frames.body.clone(),
            position: [x, y, 0.0],
            orientation: [0.0, 0.0, sin, cos],
            pose_covariance: [[0.0; 6]; 6],
            linear: [forward, 0.0, 0.0],
            angular: [0.0, 0.0, turn],
            twist_covariance: [[0.0; 6]; 6],
        };
        self.put(&schema::ODOMETRY, time, &message)
    }

    fn imu(&mut self, time: Stamp, imu: &ImuMessage) -> Result<(), RecordingError> {
        let unmeasured = [[-1.0, 0.0, 0.0], [0.0; 3], [0.0; 3]];
        let message = Imu {
            header: self.header(&schema::IMU, imu.stamp, "base_link")?,
            orientation: imu.orientation,
            orientation_covariance: [[0.0; 3]; 3],
            angular_velocity: [0.0; 3],
            angular_velocity_covariance: unmeasured,
            linear_acceleration: [0.0; 3],
            linear_acceleration_covariance: unmeasured,
        };
        self.put(&schema::IMU, time, &message)
    }

    fn header(
        &self,
        topic: &Topic,
        stamp: Stamp,
        frame: &str,
    ) -> Result<cdr::Header, RecordingError> {
        Ok(cdr::Header {
            stamp: self.stamp(topic, stamp)?,
            frame_id: frame.to_owned(),
        })
    }
}
