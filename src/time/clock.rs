//! Where "now" comes from.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use super::{Span, Stamp};

/// Whether time passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// It does.
    #[default]
    Runs,
    /// Whoever tells the time has fallen silent, or tells the same again and again.
    Stands,
    /// It was set since one last looked.
    Jumped,
}

/// A source of "now" on the session's time line. Reading it never waits and never allocates.
pub trait Clock: Send + Sync {
    /// The present stamp. Never goes back.
    fn now(&self) -> Stamp;

    /// What can go wrong with a clock that is told its time: runs or stands.
    fn condition(&self) -> Condition {
        Condition::Runs
    }

    /// How often it was set: then what was stamped before is of another time.
    fn jumps(&self) -> u64 {
        0
    }

    /// The time that this clock is told minus session time; `None`: nobody tells it, it is the machine's own.
    fn told(&self) -> Option<Span> {
        None
    }
}

/// Real time: the operating system's monotonic clock, counted from the clock's creation.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    origin: Instant,
}

impl WallClock {
    /// A clock that reads zero now.
    pub fn new() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    /// The instant at which this clock reads zero, for absolute sleeps.
    pub fn origin(&self) -> Instant {
        self.origin
    }
}

impl Default for WallClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for WallClock {
    fn now(&self) -> Stamp {
        let elapsed = self.origin.elapsed().as_nanos();
        Stamp::from_nanos(i64::try_from(elapsed).unwrap_or(i64::MAX))
    }
}

/// Simulated time, moved forward by whoever steps the simulation.
#[derive(Debug, Default)]
pub struct FastClock(AtomicI64);

impl FastClock {
    /// A clock that reads zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock to `stamp`; a stamp in the past changes nothing.
    pub fn advance_to(&self, stamp: Stamp) {
        self.0.fetch_max(stamp.nanos(), Ordering::AcqRel);
    }
}

impl Clock for FastClock {
    fn now(&self) -> Stamp {
        Stamp::from_nanos(self.0.load(Ordering::Acquire))
    }
}
