//! Time told from outside: `/clock`, in words of the session.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::newest::Newest;
use super::{Clock, Condition, Span, Stamp, WallClock};

/// A step ahead that is longer than this is a jump; every step back is one.
const LEAP: Span = Span::from_millis(1000);
/// What a jump leaves empty in session time: longer than any input may be old, so that all that was known is stale.
const HOLE: Span = Span::from_millis(20_000);
/// A new step between two messages counts by one part in this many.
const SMOOTH: i64 = 8;
/// A gap counts as at most this many times the usual one.
const OUTLIER: i64 = 4;

/// What was last told, and how fast time is told to pass.
#[derive(Clone, Copy, Debug)]
struct Reading {
    told: Stamp,
    session: Stamp,
    wall: Stamp,
    /// Between two messages: told time, and wall time.
    step: Span,
    gap: Span,
}

impl Reading {
    fn numbers(&self) -> [i64; 5] {
        let (told, session, wall) = (self.told.nanos(), self.session.nanos(), self.wall.nanos());
        [told, session, wall, self.step.nanos(), self.gap.nanos()]
    }

    fn of([told, session, wall, step, gap]: [i64; 5]) -> Self {
        Self {
            told: Stamp::from_nanos(told),
            session: Stamp::from_nanos(session),
            wall: Stamp::from_nanos(wall),
            step: Span::from_nanos(step),
            gap: Span::from_nanos(gap),
        }
    }
}

/// What a message did to an [`ExternalClock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Time goes on.
    Onward,
    /// It is told for the first time, or again after it stood.
    Begun,
    /// It jumped, back or ahead.
    Jumped(Span),
}

/// Time told from outside, on a session's time line.
///
/// Session time never goes back. Between two messages it runs on at the rate told so far, at most a step ahead, so
/// that command ticks don't come in bursts. A clock that jumps leaves a hole of 20 s, so that whatever was known
/// before is stale. One that isn't told to advance for `patience` of wall time stands: session time then goes on by
/// the wall clock, so that a robot can be stopped in it.
#[derive(Debug)]
pub struct ExternalClock {
    wall: WallClock,
    patience: Span,
    reading: Newest<5>,
    shown: AtomicI64,
    jumps: AtomicU64,
}

impl ExternalClock {
    /// A clock that has not been told anything yet: it stands.
    pub fn new(patience: Span) -> Self {
        Self {
            wall: WallClock::new(),
            patience,
            reading: Newest::new(),
            shown: AtomicI64::new(0),
            jumps: AtomicU64::new(0),
        }
    }

    /// Takes the time that a message told, received now. To be called by one thread.
    pub fn tell(&self, told: Stamp) -> Told {
        self.tell_at(told, self.wall.now())
    }

    /// As [`tell`](Self::tell), received at `wall`, the time since this clock was made.
    pub fn tell_at(&self, told: Stamp, wall: Stamp) -> Told {
        let Some(last) = self.reading() else {
            self.begin(told, wall, self.at(wall));
            return Told::Begun;
        };
        let step = told - last.told;
        if step < Span::ZERO || step > LEAP {
            self.begin(told, wall, self.at(wall) + HOLE);
            return Told::Jumped(step);
        }
        if step == Span::ZERO {
            return Told::Onward;
        }
        let gap = wall - last.wall;
        if gap > self.patience {
            self.begin(told, wall, self.at(wall) + HOLE);
            return Told::Begun;
        }
        let smooth = |usual: Span, new: Span| match usual {
            Span::ZERO => new,
            usual => usual + (new.min(usual * OUTLIER) - usual) / SMOOTH,
        };
        self.tells(Reading {
            told,
            session: last.session + step,
            wall,
            step: smooth(last.step, step),
            gap: smooth(last.gap, gap),
        });
        Told::Onward
    }

    fn reading(&self) -> Option<Reading> {
        self.reading.read().map(Reading::of)
    }

    fn tells(&self, reading: Reading) {
        self.reading.write(reading.numbers());
    }

    fn begin(&self, told: Stamp, wall: Stamp, session: Stamp) {
        self.tells(Reading {
            told,
            session,
            wall,
            step: Span::ZERO,
            gap: Span::ZERO,
        });
        self.jumps.fetch_add(1, Ordering::AcqRel);
    }

    /// Session time at `wall`, the time since this clock was made.
    pub fn at(&self, wall: Stamp) -> Stamp {
        let stamp = match self.reading() {
            None => wall,
            Some(last) => {
                let silent = (wall - last.wall).max(Span::ZERO);
                let ratio = silent.secs() / last.gap.secs().max(1e-9);
                let ahead = Span::from_secs(last.step.secs() * ratio.min(1.0));
                last.session + ahead + (silent - self.patience).max(Span::ZERO)
            }
        };
        let before = self.shown.fetch_max(stamp.nanos(), Ordering::AcqRel);
        stamp.max(Stamp::from_nanos(before))
    }

    /// What the clock does at `wall`.
    pub fn condition_at(&self, wall: Stamp) -> Condition {
        match self.reading() {
            Some(last) if wall - last.wall <= self.patience => Condition::Runs,
            _ => Condition::Stands,
        }
    }
}

impl Clock for ExternalClock {
    fn now(&self) -> Stamp {
        self.at(self.wall.now())
    }

    fn condition(&self) -> Condition {
        self.condition_at(self.wall.now())
    }

    fn jumps(&self) -> u64 {
        self.jumps.load(Ordering::Acquire)
    }

    fn told(&self) -> Option<Span> {
        let last = self.reading();
        Some(last.map_or(Span::ZERO, |last| last.told - last.session))
    }
}
