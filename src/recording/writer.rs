//! Writes a recording.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use mcap::records::{MessageHeader, Metadata};
use mcap::{Compression, WriteOptions};
use serde::Serialize;

use super::cdr::{self, Float64MultiArray, Image, Imu, JointState, Layout, Odometry, Text, Time};
use super::entry::Header;
use super::error::{RecordingError, reason};
use super::schema::{self, Topic};
use crate::sensing::{ImuMessage, JointMessage, Message, OdometryMessage, RawImage};
use crate::time::Stamp;

/// Bytes of messages in one compressed chunk: what a sudden end may lose.
const CHUNK: u64 = 1 << 20;

/// An MCAP file under construction.
pub struct Writer {
    file: PathBuf,
    mcap: mcap::Writer<BufWriter<File>>,
    channels: Vec<Channel>,
    messages: u64,
}

struct Channel {
    topic: &'static str,
    id: u16,
    sequence: u32,
}

impl Writer {
    /// Makes the file, with its metadata record; one that is there is replaced.
    ///
    /// # Errors
    /// [`RecordingError::Write`]: no such folder, read-only or full disk.
    pub fn create(file: &Path, header: &Header) -> Result<Self, RecordingError> {
        let failed = |why: String| RecordingError::Write {
            file: file.to_owned(),
            why,
        };
        let disk = File::create(file).map_err(|why| failed(why.to_string()))?;
        let mut mcap = WriteOptions::new()
            .profile("ros2")
            .library(concat!("forerun ", env!("CARGO_PKG_VERSION")))
            .compression(Some(Compression::Zstd))
            .compression_level(1)
            .chunk_size(Some(CHUNK))
            .create(BufWriter::new(disk))
            .map_err(|why| failed(reason(&why)))?;
        let metadata = Metadata {
            name: "forerun".to_owned(),
            metadata: header.to_map(),
        };
        mcap.write_metadata(&metadata)
            .and_then(|()| mcap.flush())
            .map_err(|why| failed(reason(&why)))?;
        Ok(Self {
            file: file.to_owned(),
            mcap,
            channels: Vec::new(),
            messages: 0,
        })
    }

    /// Messages written so far.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// The URDF, once, at the beginning.
    ///
    /// # Errors
    /// [`RecordingError::Write`], as for everything that is written.
    pub fn description(&mut self, time: Stamp, urdf: &str) -> Result<(), RecordingError> {
        let text = Text {
            data: urdf.to_owned(),
        };
        self.put(&schema::DESCRIPTION, time, &text)
    }

    /// A command that was sent at `time`.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub fn command(&mut self, time: Stamp, action: &[f64]) -> Result<(), RecordingError> {
        let message = Float64MultiArray {
            layout: Layout {
                dim: Vec::new(),
                data_offset: 0,
            },
            data: action.to_vec(),
        };
        self.put(&schema::COMMAND, time, &message)
    }

    /// A sensor's message that arrived at `time`.
    ///
    /// # Errors
    /// [`RecordingError::Write`]; [`RecordingError::Refused`] for a stamp that no ROS header can hold.
    pub fn sensor(&mut self, time: Stamp, message: &Message) -> Result<(), RecordingError> {
        match message {
            Message::Image(image) => self.image(time, image),
            Message::Joints(joints) => self.joints(time, joints),
            Message::Odometry(odometry) => self.odometry(time, odometry),
            Message::Imu(imu) => self.imu(time, imu),
        }
    }

    fn image(&mut self, time: Stamp, image: &RawImage) -> Result<(), RecordingError> {
        let message = Image {
            header: self.header(&schema::IMAGE, image.stamp, "camera")?,
            height: image.height,
            width: image.width,
            encoding: image.encoding.clone(),
            is_bigendian: 0,
            step: image.step,
            data: image.data.to_vec(),
        };
        self.put(&schema::IMAGE, time, &message)
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
            header: self.header(&schema::ODOMETRY, odometry.stamp, "odom")?,
            child_frame_id: "base_link".to_owned(),
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

    /// Says in the file that `lost` messages before `time` are missing: a metadata record `forerun_gap`.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub fn gap(&mut self, time: Stamp, lost: u64) -> Result<(), RecordingError> {
        let fields = [
            ("time_ns", time.nanos().to_string()),
            ("lost", lost.to_string()),
        ];
        let metadata = Metadata {
            name: "forerun_gap".to_owned(),
            metadata: fields.map(|(key, value)| (key.to_owned(), value)).into(),
        };
        let written = self.mcap.write_metadata(&metadata);
        written.map_err(|why| self.failed(&why))
    }

    /// Writes what is buffered and the index. A recording without it can still be read up to its last chunk.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub fn finish(mut self) -> Result<u64, RecordingError> {
        let done = self.mcap.finish();
        done.map_err(|why| self.failed(&why))?;
        Ok(self.messages)
    }

    fn header(
        &self,
        topic: &Topic,
        stamp: Stamp,
        frame: &str,
    ) -> Result<cdr::Header, RecordingError> {
        let stamp = Time::of(stamp).ok_or_else(|| {
            self.refused(
                topic,
                format!("stamp {stamp} is outside of what a ROS header can hold"),
            )
        })?;
        Ok(cdr::Header {
            stamp,
            frame_id: frame.to_owned(),
        })
    }

    fn put<T: Serialize>(
        &mut self,
        topic: &Topic,
        time: Stamp,
        message: &T,
    ) -> Result<(), RecordingError> {
        let log_time = u64::try_from(time.nanos()).map_err(|_| {
            self.refused(topic, format!("time {time} lies before the clock's zero"))
        })?;
        let bytes = cdr::encode(message).map_err(|why| self.refused(topic, why))?;
        let at = self.channel(topic)?;
        let channel = &mut self.channels[at];
        let header = MessageHeader {
            channel_id: channel.id,
            sequence: channel.sequence,
            log_time,
            publish_time: log_time,
        };
        channel.sequence = channel.sequence.wrapping_add(1);
        let written = self.mcap.write_to_known_channel(&header, &bytes);
        written.map_err(|why| self.failed(&why))?;
        self.messages += 1;
        Ok(())
    }

    /// The place of a topic's channel, made when its first message comes.
    fn channel(&mut self, topic: &Topic) -> Result<usize, RecordingError> {
        if let Some(at) = self
            .channels
            .iter()
            .position(|channel| channel.topic == topic.name)
        {
            return Ok(at);
        }
        let id = self
            .mcap
            .add_schema(topic.kind, "ros2msg", topic.definition.as_bytes())
            .and_then(|schema| {
                self.mcap
                    .add_channel(schema, topic.name, "cdr", &BTreeMap::new())
            })
            .map_err(|why| self.failed(&why))?;
        self.channels.push(Channel {
            topic: topic.name,
            id,
            sequence: 0,
        });
        Ok(self.channels.len() - 1)
    }

    fn failed(&self, why: &mcap::McapError) -> RecordingError {
        RecordingError::Write {
            file: self.file.clone(),
            why: reason(why),
        }
    }

    fn refused(&self, topic: &Topic, why: String) -> RecordingError {
        RecordingError::Refused {
            file: self.file.clone(),
            topic: topic.name,
            why,
        }
    }
}
