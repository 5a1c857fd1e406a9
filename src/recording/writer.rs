//! Writes a recording.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use mcap::records::{MessageHeader, Metadata};
use mcap::{Compression, WriteOptions};
use serde::Serialize;

use super::beside::make_beside;
use super::cdr::{self, Float64MultiArray, Layout, Text, Time};
use super::entry::Header;
use super::error::{RecordingError, reason};
use super::schema::{self, Topic};
use super::sensors::Frames;
use crate::time::{Span, Stamp};

/// Bytes of messages in one compressed chunk: what a sudden end may lose.
const CHUNK: u64 = 1 << 20;

/// An MCAP file under construction.
pub struct Writer {
    file: PathBuf,
    /// The file that was asked for: this one, or one that it lies beside.
    asked: PathBuf,
    mcap: mcap::Writer<BufWriter<File>>,
    header: Header,
    channels: Vec<Channel>,
    shift: Span,
    pub(super) frames: Frames,
    messages: u64,
}

struct Channel {
    topic: &'static str,
    id: u16,
    sequence: u32,
}

impl Writer {
    /// Makes the file, with its metadata record. One that is there is replaced, once the disk has taken the
    /// beginning of the new one.
    ///
    /// # Errors
    /// [`RecordingError::Write`]: no such folder, read-only or full disk. Then everything is as it was.
    pub fn create(file: &Path, header: &Header) -> Result<Self, RecordingError> {
        if !file.metadata().is_ok_and(|found| found.is_file()) {
            let existed = file.exists();
            let disk = File::create(file).map_err(|why| failed(file, why.to_string()))?;
            let begun = Self::begin((file, file), disk, header);
            return begun.inspect_err(|_| {
                if !existed {
                    discard(file);
                }
            });
        }
        let (successor, disk) = make_beside(file).map_err(|why| failed(file, why.to_string()))?;
        let begun = Self::begin((file, file), disk, header).and_then(|writer| {
            let renamed = std::fs::rename(&successor, file);
            renamed.map_err(|why| failed(file, why.to_string()))?;
            Ok(writer)
        });
        begun.inspect_err(|_| discard(&successor))
    }

    /// Makes the file, or, where one is there already, `FILE-2.mcap` beside it, or `FILE-3.mcap`, and so on: nothing
    /// is replaced.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_beside(file: &Path, header: &Header) -> Result<Self, RecordingError> {
        let (free, disk) = make_beside(file).map_err(|why| failed(file, why.to_string()))?;
        Self::begin((&free, file), disk, header).inspect_err(|_| discard(&free))
    }

    /// Makes the file that follows this one, beside it: of the same robot, frames by the same names.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub(super) fn successor(&self) -> Result<Self, RecordingError> {
        let mut next = Self::create_beside(&self.asked, &self.header)?;
        next.frames.clone_from(&self.frames);
        Ok(next)
    }

    fn begin(
        (file, asked): (&Path, &Path),
        disk: File,
        header: &Header,
    ) -> Result<Self, RecordingError> {
        let failed = |why: mcap::McapError| failed(file, reason(&why));
        let mut mcap = WriteOptions::new()
            .profile("ros2")
            .library(concat!("forerun ", env!("CARGO_PKG_VERSION")))
            .compression(Some(Compression::Zstd))
            .compression_level(1)
            .chunk_size(Some(CHUNK))
            .create(BufWriter::new(disk))
            .map_err(failed)?;
        let metadata = Metadata {
            name: "forerun".to_owned(),
            metadata: header.to_map(),
        };
        mcap.write_metadata(&metadata)
            .and_then(|()| mcap.flush())
            .map_err(failed)?;
        Ok(Self {
            file: file.to_owned(),
            asked: asked.to_owned(),
            mcap,
            header: header.clone(),
            channels: Vec::new(),
            shift: Span::ZERO,
            frames: Frames::default(),
            messages: 0,
        })
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Messages written so far.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// From now on every stamp is written so much later than it is given: the file's clock minus the session's.
    pub fn shift(&mut self, shift: Span) {
        self.shift = shift;
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

    /// A command that the robot was sent at `time`.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub fn command(&mut self, time: Stamp, action: &[f64]) -> Result<(), RecordingError> {
        self.action(&schema::COMMAND, time, action)
    }

    pub(super) fn action(
        &mut self,
        topic: &Topic,
        time: Stamp,
        action: &[f64],
    ) -> Result<(), RecordingError> {
        let message = Float64MultiArray {
            layout: Layout {
                dim: Vec::new(),
                data_offset: 0,
            },
            data: action.to_vec(),
        };
        self.put(topic, time, &message)
    }

    /// Says in the file that `lost` messages before `time`, the file's own, are missing: a metadata record `forerun_gap`.
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
        written.map_err(|why| failed(&self.file, reason(&why)))
    }

    /// Writes what is buffered and the index. A recording without it can still be read up to its last chunk.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub fn finish(mut self) -> Result<u64, RecordingError> {
        let done = self.mcap.finish();
        done.map_err(|why| failed(&self.file, reason(&why)))?;
        Ok(self.messages)
    }

    /// The names of the axes.
    pub(super) fn axes(&self) -> &[String] {
        &self.header.axes
    }

    /// `stamp` in the file's time.
    pub(super) fn stamp(&self, topic: &Topic, stamp: Stamp) -> Result<Time, RecordingError> {
        let stamp = stamp + self.shift;
        Time::of(stamp).ok_or_else(|| {
            self.refused(
                topic,
                format!("stamp {stamp} is outside of what a ROS header can hold"),
            )
        })
    }

    pub(super) fn put<T: Serialize>(
        &mut self,
        topic: &Topic,
        time: Stamp,
        message: &T,
    ) -> Result<(), RecordingError> {
        let bytes = cdr::encode(message).map_err(|why| self.refused(topic, why))?;
        self.put_bytes(topic, time, &bytes)
    }

    pub(super) fn put_bytes(
        &mut self,
        topic: &Topic,
        time: Stamp,
        bytes: &[u8],
    ) -> Result<(), RecordingError> {
        let time = time + self.shift;
        let log_time = u64::try_from(time.nanos()).map_err(|_| {
            self.refused(topic, format!("time {time} lies before the clock's zero"))
        })?;
        let at = self.channel(topic)?;
        let channel = &mut self.channels[at];
        let header = MessageHeader {
            channel_id: channel.id,
            sequence: channel.sequence,
            log_time,
            publish_time: log_time,
        };
        channel.sequence = channel.sequence.wrapping_add(1);
        let written = self.mcap.write_to_known_channel(&header, bytes);
        written.map_err(|why| failed(&self.file, reason(&why)))?;
        self.messages += 1;
        Ok(())
    }

    /// The place of a topic's channel, made when its first message comes.
    fn channel(&mut self, topic: &Topic) -> Result<usize, RecordingError> {
        let mut known = self.channels.iter();
        if let Some(at) = known.position(|channel| channel.topic == topic.name) {
            return Ok(at);
        }
        let schema = self
            .mcap
            .add_schema(topic.kind, "ros2msg", topic.definition.as_bytes());
        let made = schema.and_then(|schema| {
            self.mcap
                .add_channel(schema, topic.name, "cdr", &BTreeMap::new())
        });
        let id = made.map_err(|why| failed(&self.file, reason(&why)))?;
        self.channels.push(Channel {
            topic: topic.name,
            id,
            sequence: 0,
        });
        Ok(self.channels.len() - 1)
    }

    fn refused(&self, topic: &Topic, why: String) -> RecordingError {
        RecordingError::Refused {
            file: self.file.clone(),
            topic: topic.name,
            why,
        }
    }
}

fn failed(file: &Path, why: String) -> RecordingError {
    RecordingError::Write {
        file: file.to_owned(),
        why,
    }
}

/// What was begun says nothing; it stays if it can't be removed either.
fn discard(file: &Path) {
    std::fs::remove_file(file).ok();
}
