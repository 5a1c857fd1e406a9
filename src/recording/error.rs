//! How writing and reading recordings fail.

use std::path::PathBuf;

/// What is wrong with a recording, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file can't be made or written: no such folder, read-only or full disk.
    #[error("{}: can't be written: {why}; choose a folder that is writable and has room", file.display())]
    Write {
        /// The recording.
        file: PathBuf,
        /// What the system says.
        why: String,
    },
    /// A message that has no place in the format.
    #[error("{}: {topic}: {why}; it was not written", file.display())]
    Refused {
        /// The recording.
        file: PathBuf,
        /// Where it should have gone.
        topic: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The file can't be opened, or is no MCAP file.
    #[error("{}: {why}; expected an MCAP file by `forerun collect` or `ros2 bag record -s mcap`", file.display())]
    Open {
        /// The recording.
        file: PathBuf,
        /// What was found.
        why: String,
    },
    /// The file ends in the middle of a record; everything before it was read.
    #[error("{}: cut off or damaged after {read} messages: {why}; what lies before it can be used", file.display())]
    Cut {
        /// The recording.
        file: PathBuf,
        /// Messages read up to there.
        read: u64,
        /// What was found.
        why: String,
    },
    /// One message can't be decoded; reading goes on after it.
    #[error("{}: {topic}: message {index} can't be decoded: {why}", file.display())]
    Message {
        /// The recording.
        file: PathBuf,
        /// The message's topic.
        topic: String,
        /// Its place in the file, counted over all topics from 0.
        index: u64,
        /// What was found.
        why: String,
    },
}

/// What an MCAP error means to people: the system's own words where there are any.
pub(super) fn reason(why: &mcap::McapError) -> String {
    match why {
        mcap::McapError::Io(system) => system.to_string(),
        other => other.to_string(),
    }
}
