//! What passes while it isn't known yet which file it belongs to.

use super::passed::Passed;
use super::recorder::{MEMORY, QUEUE};
use crate::time::{Span, Stamp};

/// Messages since the clock was set back, each with what the recording's time was ahead of the session's.
pub(super) struct Waiting {
    since: Stamp,
    messages: Vec<(Span, Passed)>,
    bytes: usize,
}

impl Waiting {
    /// Begins with the first one.
    pub(super) fn new(shift: Span, passed: Passed) -> Self {
        let mut waiting = Self {
            since: passed.time(),
            messages: Vec::new(),
            bytes: 0,
        };
        waiting.push(shift, passed);
        waiting
    }

    /// Session time of the first.
    pub(super) fn since(&self) -> Stamp {
        self.since
    }

    pub(super) fn push(&mut self, shift: Span, passed: Passed) {
        self.bytes += passed.bytes();
        self.messages.push((shift, passed));
    }

    /// True if nothing more should wait.
    pub(super) fn is_full(&self) -> bool {
        self.messages.len() >= QUEUE || self.bytes >= MEMORY
    }

    /// Begins anew at `time`, with what is said once only, as if it came then. Gives how many are left out.
    pub(super) fn begin_anew(&mut self, time: Stamp, shift: Span) -> u64 {
        let before = self.messages.len();
        let kept = std::mem::take(&mut self.messages).into_iter();
        let kept = kept.filter_map(|(_, passed)| Some((shift, passed.late(time)?)));
        self.messages = kept.collect();
        self.bytes = self.messages.iter().map(|kept| kept.1.bytes()).sum();
        self.since = time;
        (before - self.messages.len()) as u64
    }
}

impl IntoIterator for Waiting {
    type Item = (Span, Passed);
    type IntoIter = std::vec::IntoIter<(Span, Passed)>;

    fn into_iter(self) -> Self::IntoIter {
        self.messages.into_iter()
    }
}
