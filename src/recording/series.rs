//! A recording's files: where its clock is set back for good the next one begins, so that on no time line lie two
//! drives.

use std::path::PathBuf;

use super::latched::Latched;
use super::passed::Passed;
use super::waiting::Waiting;
use super::{Kept, RecordingError, Writer};
use crate::time::{Span, Stamp};

/// Where the clock catches up with the file, this goes on so much later than it was: longer than learning bridges, so
/// that nobody takes what lies on both sides for one motion.
const SEAM: Span = Span::from_millis(500);
/// A clock that was set back and runs on for so long means it.
const STEADY: Span = Span::from_millis(1000);
/// Session time leaps by more than this where the clock is set, and only there.
const LEAP: Span = Span::from_millis(10_000);

/// The file that is written, and what the next one needs.
pub(super) struct Series {
    writer: Writer,
    urdf: String,
    /// What the next file begins with.
    latched: Latched<&'static Kept>,
    /// The recording's time minus the session's, and what it was before.
    shift: Span,
    past: Option<Span>,
    /// Session time of the newest message, and of the newest one before the clock was set.
    newest: Stamp,
    before: Option<Stamp>,
    /// Where this file ends, in its own time.
    end: Stamp,
    /// What passed since the clock was set back.
    waiting: Option<Waiting>,
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
            before: None,
            end: now + shift,
            waiting: None,
            messages: 0,
        })
    }

    /// Writes what passed while the recording's time was `shift` later than the session's, or lets it wait: a clock
    /// that was set back either catches up with the file, and what waited is left out, or runs on for a second, and the
    /// next file begins with it. Gives how many messages are left out for good; one that was on its way when the clock
    /// was set is.
    ///
    /// # Errors
    /// [`RecordingError::Write`], also of the next file.
    pub(super) fn write(&mut self, shift: Span, passed: Passed) -> Result<u64, RecordingError> {
        let time = passed.time();
        let was_set = shift != self.shift;
        if was_set {
            if self.past == Some(shift) || time <= self.newest {
                return Ok(1);
            }
            (self.past, self.shift) = (Some(self.shift), shift);
            self.before = Some(self.newest);
        } else if self.before.is_some_and(|before| time <= before) {
            return Ok(1);
        }
        let anew = was_set || time - self.newest > LEAP;
        self.newest = self.newest.max(time);
        let caught_up = time + shift >= self.end + SEAM;
        let mut lost = 0;
        match &mut self.waiting {
            None if !was_set || caught_up => {}
            _ if caught_up => lost = self.go_on(time)?,
            Some(waiting) => {
                if anew {
                    lost = waiting.begin_anew(time, shift);
                }
                waiting.push(shift, passed);
                if waiting.is_full() || time - waiting.since() >= STEADY {
                    self.begin_next()?;
                }
                return Ok(lost);
            }
            None => {
                self.waiting = Some(Waiting::new(shift, passed));
                return Ok(0);
            }
        }
        self.put(shift, &passed)?;
        Ok(lost)
    }

    /// True while nothing is written.
    pub(super) fn waits(&self) -> bool {
        self.waiting.is_some()
    }

    /// Nothing more passes: what waits is left out. Gives how much that is.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub(super) fn settle(&mut self) -> Result<u64, RecordingError> {
        self.go_on(self.end - self.shift)
    }

    /// Says where the file is now that `lost` messages are missing.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub(super) fn gap(&mut self, lost: u64) -> Result<(), RecordingError> {
        self.writer.gap(self.end, lost)
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

    fn put(&mut self, shift: Span, passed: &Passed) -> Result<(), RecordingError> {
        if let Passed::Kept(_, kept, bytes) = passed
            && kept.latched
        {
            self.latched.keep(*kept, bytes);
        }
        self.writer.shift(shift);
        self.end = self.end.max(passed.time() + shift);
        passable(passed.write(&mut self.writer))
    }

    /// Goes on in the same file at `time`. Of what waited only what is said once is written, as if it came then.
    fn go_on(&mut self, time: Stamp) -> Result<u64, RecordingError> {
        let Some(mut waiting) = self.waiting.take() else {
            return Ok(0);
        };
        let lost = waiting.begin_anew(time, self.shift);
        self.write_all(waiting)?;
        Ok(lost)
    }

    fn write_all(&mut self, waiting: Waiting) -> Result<(), RecordingError> {
        let mut waiting = waiting.into_iter();
        waiting.try_for_each(|(shift, passed)| self.put(shift, &passed))
    }

    /// Begins the next file with what waited.
    fn begin_next(&mut self) -> Result<(), RecordingError> {
        let Some(waiting) = self.waiting.take() else {
            return Ok(());
        };
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
        let now = waiting.since();
        self.end = now + self.shift;
        self.writer.shift(self.shift);
        passable(self.writer.description(now, &self.urdf))?;
        for (kept, bytes) in self.latched.iter() {
            passable(self.writer.kept(now, kept, bytes))?;
        }
        self.write_all(waiting)
    }
}

/// A message that is refused is said; the recording goes on.
fn passable(written: Result<(), RecordingError>) -> Result<(), RecordingError> {
    match written {
        Err(why @ RecordingError::Refused { .. }) => {
            tracing::warn!("{why}");
            Ok(())
        }
        written => written,
    }
}
