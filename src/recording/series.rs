//! A recording's files: where its clock is set back the next one begins, so that on no time line lie two drives.

use std::path::PathBuf;

use super::latched::Latched;
use super::passed::Passed;
use super::{Kept, RecordingError, Writer};
use crate::time::{Span, Stamp};

/// The file that is written, and what the next one needs.
pub(super) struct Series {
    writer: Writer,
    urdf: String,
    /// What the next file begins with.
    latched: Latched<&'static Kept>,
    /// The recording's time minus the session's, and what it was before.
    shift: Span,
    past: Option<Span>,
    /// Session time of the newest message.
    newest: Stamp,
    /// Session time at which this file began: what is older is of an earlier one.
    begun: Option<Stamp>,
    files: Vec<PathBuf>,
    messages: u64,
}

/// What a series is in the end.
pub(super) struct Written {
    pub(super) files: Vec<PathBuf>,
    /// Messages in all of them.
    pub(super) messages: u64,
}

impl Series {
    /// Begins the first file, at `now` of the session.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub(super) fn begin(
        mut writer: Writer,
        urdf: &str,
        (now, shift): (Stamp, Span),
    ) -> Result<Self, RecordingError> {
        writer.shift(shift);
        writer.description(now, urdf)?;
        Ok(Self {
            files: vec![writer.file().to_owned()],
            writer,
            urdf: urdf.to_owned(),
            latched: Latched::default(),
            shift,
            past: None,
            newest: now,
            begun: None,
            messages: 0,
        })
    }

    /// Writes what passed while the recording's time was `shift` later than the session's. False: it was on its way
    /// when the clock was set, and belongs into no file.
    ///
    /// # Errors
    /// [`RecordingError::Write`], also of the next file; [`RecordingError::Refused`], with which the recording goes on.
    pub(super) fn write(&mut self, shift: Span, passed: &Passed) -> Result<bool, RecordingError> {
        let time = passed.time();
        if shift != self.shift {
            let back = shift < self.shift;
            if self.past == Some(shift) || back && time <= self.newest {
                return Ok(false);
            }
            self.past = Some(self.shift);
            self.shift = shift;
            if back {
                self.begin_next(time)?;
            }
            self.writer.shift(shift);
        }
        if self.begun.is_some_and(|begun| time < begun) {
            return Ok(false);
        }
        self.newest = self.newest.max(time);
        if let Passed::Kept(_, kept, bytes) = passed
            && kept.latched
        {
            self.latched.keep(*kept, bytes);
        }
        passed.write(&mut self.writer)?;
        Ok(true)
    }

    /// Says that `lost` messages are missing before `time`.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub(super) fn gap(&mut self, time: Stamp, lost: u64) -> Result<(), RecordingError> {
        self.writer.gap(time, lost)
    }

    /// Ends the last file.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub(super) fn finish(self) -> Result<Written, RecordingError> {
        Ok(Written {
            files: self.files,
            messages: self.messages + self.writer.finish()?,
        })
    }

    fn begin_next(&mut self, now: Stamp) -> Result<(), RecordingError> {
        let next = self.writer.successor()?;
        let ended = std::mem::replace(&mut self.writer, next);
        tracing::info!(
            "{}: {} messages; the clock was set back, recording goes on into {}",
            ended.file().display(),
            ended.messages(),
            self.writer.file().display()
        );
        self.messages += ended.finish()?;
        self.files.push(self.writer.file().to_owned());
        self.begun = Some(now);
        self.writer.shift(self.shift);
        self.writer.description(now, &self.urdf)?;
        for (kept, bytes) in self.latched.iter() {
            self.writer.kept(now, kept, bytes)?;
        }
        Ok(())
    }
}
