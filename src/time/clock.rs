//! Where "now" comes from.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use super::Stamp;

/// A source of "now" on the session's time line. Reading it never blocks and never allocates.
pub trait Clock: Send + Sync {
    /// The present stamp. Never goes back, except where an [`ExternalClock`] is told to.
    fn now(&self) -> Stamp;
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

/// Time told from outside, e.g. by `/clock`. It may jump back: whoever reads it must notice.
#[derive(Debug, Default)]
pub struct ExternalClock(AtomicI64);

impl ExternalClock {
    /// A clock that reads zero until it is told otherwise.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the clock and returns by how much it moved.
    pub fn set(&self, stamp: Stamp) -> super::Span {
        let before = self.0.swap(stamp.nanos(), Ordering::AcqRel);
        stamp - Stamp::from_nanos(before)
    }
}

impl Clock for ExternalClock {
    fn now(&self) -> Stamp {
        Stamp::from_nanos(self.0.load(Ordering::Acquire))
    }
}
