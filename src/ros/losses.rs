//! Losses that come in spells, hundreds a second: said when a spell begins, and how many there were when it is over.

use crate::time::{Span, Stamp};

/// A spell is over when nothing was lost for so long.
const CALM: Span = Span::from_millis(1_000);

/// What is lost now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    count: u64,
    last: Option<Stamp>,
}

impl Losses {
    /// One more, at `now`; true if a spell begins with it.
    pub fn lose(&mut self, now: Stamp) -> bool {
        let begins = self.last.is_none_or(|last| now - last >= CALM);
        if begins {
            self.count = 0;
        }
        self.count += 1;
        self.last = Some(now);
        begins
    }

    /// How many in this spell.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many were lost in the spell that is over at `now`, once.
    pub fn over(&mut self, now: Stamp) -> Option<u64> {
        let over = self.last.is_some_and(|last| now - last >= CALM);
        over.then(|| {
            self.last = None;
            self.count
        })
    }
}
