//! Reads recordings, whole or cut off.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use mcap::records::Record;

use super::cdr::{
    CompressedImage, Float64MultiArray, Image, Imu, JointState, Odometry, Text, decode,
};
use super::entry::{Content, Entry, Header};
use super::error::{RecordingError, reason};
use super::records::Records;
use super::schema::{COMMAND, COMPRESSED_IMAGE, DESCRIPTION, IMAGE, IMU, JOINT_STATES, ODOMETRY};
use crate::robot::{Axes, MAX_AXES};
use crate::sensing::{
    ImuMessage, JointMessage, Message, OdometryMessage, RawImage, decode_picture,
};
use crate::time::Stamp;

/// A recording on disk. It is read anew, a chunk at a time, whenever it is asked for something.
#[derive(Debug)]
pub struct Recording {
    file: PathBuf,
}

impl Recording {
    /// Looks at the file.
    ///
    /// # Errors
    /// [`RecordingError::Open`] if it can't be read or is no MCAP file.
    pub fn open(file: &Path) -> Result<Self, RecordingError> {
        let recording = Self {
            file: file.to_owned(),
        };
        recording.records()?;
        Ok(recording)
    }

    /// Every message of a topic of `docs/recording.md`, in file order; others are passed over. An error that is
    /// [`RecordingError::Cut`] is the last item.
    ///
    /// # Errors
    /// [`RecordingError::Open`], as in [`open`](Self::open).
    pub fn entries(&self) -> Result<Entries<'_>, RecordingError> {
        Ok(Entries {
            file: &self.file,
            records: self.records()?,
            schemas: HashMap::new(),
            channels: HashMap::new(),
            read: 0,
            ended: false,
        })
    }

    /// The metadata record `forerun`; `None` for a bag of another program.
    pub fn header(&self) -> Option<Header> {
        let records = self.records().ok()?.map_while(Result::ok);
        let mut headers = records.filter_map(|record| match record {
            Record::Metadata(metadata) if metadata.name == "forerun" => {
                Some(Header::from_map(&metadata.metadata))
            }
            _ => None,
        });
        headers.next()
    }

    fn records(&self) -> Result<Records, RecordingError> {
        Records::open(&self.file).map_err(|why| RecordingError::Open {
            file: self.file.clone(),
            why: reason(&why),
        })
    }
}

/// The messages of a [`Recording`].
pub struct Entries<'a> {
    file: &'a Path,
    records: Records,
    schemas: HashMap<u16, String>,
    channels: HashMap<u16, (String, Decoder)>,
    read: u64,
    ended: bool,
}

type Decoder = fn(&[u8]) -> Result<Content, String>;

impl Entries<'_> {
    /// What makes sense of a topic's messages; `None` for what the format doesn't know.
    fn decoder(topic: &str, kind: &str) -> Option<Decoder> {
        let known: [(&str, &str, Decoder); 7] = [
            (IMAGE.name, IMAGE.kind, image),
            (COMPRESSED_IMAGE.name, COMPRESSED_IMAGE.kind, compressed),
            (JOINT_STATES.name, JOINT_STATES.kind, joints),
            (ODOMETRY.name, ODOMETRY.kind, odometry),
            (IMU.name, IMU.kind, imu),
            (COMMAND.name, COMMAND.kind, command),
            (DESCRIPTION.name, DESCRIPTION.kind, description),
        ];
        let mut found = known
            .iter()
            .filter(|(name, expected, _)| *name == topic && *expected == kind);
        found.next().map(|(_, _, decoder)| *decoder)
    }

    fn message(
        &mut self,
        channel: u16,
        log_time: u64,
        data: &[u8],
    ) -> Option<Result<Entry, RecordingError>> {
        let index = self.read;
        self.read += 1;
        let (topic, decoder) = self.channels.get(&channel)?;
        let entry = decoder(data).map(|content| Entry {
            time: Stamp::from_nanos(i64::try_from(log_time).unwrap_or(i64::MAX)),
            content,
        });
        Some(entry.map_err(|why| RecordingError::Message {
            file: self.file.to_owned(),
            topic: topic.clone(),
            index,
            why,
        }))
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let record = match self.records.next() {
                Some(Ok(record)) => record,
                Some(Err(why)) => {
                    self.ended = true;
                    return Some(Err(RecordingError::Cut {
                        file: self.file.to_owned(),
                        read: self.read,
                        why: why.to_string(),
                    }));
                }
                None => {
                    self.ended = true;
                    return Some(Err(RecordingError::Cut {
                        file: self.file.to_owned(),
                        read: self.read,
                        why: "found no end of data".to_owned(),
                    }));
                }
            };
            match record {
                Record::Schema { header, .. } => {
                    self.schemas.insert(header.id, header.name);
                }
                Record::Channel(channel) => {
                    let kind = self
                        .schemas
                        .get(&channel.schema_id)
                        .map_or("", String::as_str);
                    if let Some(decoder) = Self::decoder(&channel.topic, kind) {
                        self.channels.insert(channel.id, (channel.topic, decoder));
                    }
                }
                Record::Message { header, data } => {
                    let entry = self.message(header.channel_id, header.log_time, &data);
                    if entry.is_some() {
                        return entry;
                    }
                }
                Record::DataEnd(_) => self.ended = true,
                _ => {}
            }
        }
        None
    }
}

fn image(bytes: &[u8]) -> Result<Content, String> {
    let message: Image = decode(bytes)?;
    let image = RawImage {
        stamp: message.header.stamp.stamp(),
        width: message.width,
        height: message.height,
        step: message.step,
        encoding: message.encoding,
        data: message.data.into(),
    };
    let image = if message.is_bigendian == 0 {
        image
    } else {
        image.from_big_endian()
    };
    Ok(Content::Sensor(Message::Image(image)))
}

fn compressed(bytes: &[u8]) -> Result<Content, String> {
    let message: CompressedImage = decode(bytes)?;
    let stamp = message.header.stamp.stamp();
    let image = decode_picture(&message.data, stamp)
        .map_err(|why| format!("format {:?}: {why}; expected jpeg or png", message.format))?;
    Ok(Content::Sensor(Message::Image(image)))
}

fn joints(bytes: &[u8]) -> Result<Content, String> {
    let message: JointState = decode(bytes)?;
    Ok(Content::Sensor(Message::Joints(JointMessage {
        stamp: message.header.stamp.stamp(),
        names: message.name.into(),
        position: message.position,
        velocity: message.velocity,
    })))
}

fn odometry(bytes: &[u8]) -> Result<Content, String> {
    let message: Odometry = decode(bytes)?;
    let [x, y, z, w] = message.orientation;
    let yaw = (2.0 * (w * z + x * y)).atan2(1.0 - 2.0 * (y * y + z * z));
    Ok(Content::Sensor(Message::Odometry(OdometryMessage {
        stamp: message.header.stamp.stamp(),
        pose: [message.position[0], message.position[1], yaw],
        twist: [message.linear[0], message.angular[2]],
    })))
}

fn imu(bytes: &[u8]) -> Result<Content, String> {
    let message: Imu = decode(bytes)?;
    Ok(Content::Sensor(Message::Imu(ImuMessage {
        stamp: message.header.stamp.stamp(),
        orientation: message.orientation,
    })))
}

fn command(bytes: &[u8]) -> Result<Content, String> {
    let message: Float64MultiArray = decode(bytes)?;
    let axes = Axes::from_slice(&message.data).ok_or_else(|| {
        format!(
            "found {} axes, expected at most {MAX_AXES}",
            message.data.len()
        )
    })?;
    Ok(Content::Command(axes))
}

fn description(bytes: &[u8]) -> Result<Content, String> {
    let message: Text = decode(bytes)?;
    Ok(Content::Description(message.data))
}
