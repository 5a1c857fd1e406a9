//! Header stamps onto the session's monotonic time line.
//!
//! A header is believed: a picture that waited five seconds in a queue is five seconds old. Only a source whose
//! clock is known to differ is treated otherwise, and that is decided once a topic, from its first messages.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::sensing::StampSource;
use crate::time::{Clock, Span, Stamp};

/// A first header at most this old comes from a clock that agrees with ours; a later one beyond it is said.
const LATE: Span = Span::from_millis(1000);
/// A header at most this far ahead of its receipt counts as received: clocks agree no better between machines.
const AHEAD: Span = Span::from_millis(100);
/// A clock that differs is believed to once its headers kept their distance to receipt for this long ...
const WINDOW: Span = Span::from_millis(1000);
/// ... in at least this many messages ...
const MESSAGES: u32 = 5;
/// ... within this.
const STEADY: Span = Span::from_millis(100);
/// A clock that differs may run slower than ours by one part in this many; crystals drift by a tenth of it.
const DRIFT: i64 = 5000;
/// Wall and monotonic clock may drift apart this far before the wall clock counts as set.
const JUMP: Span = Span::from_millis(50);
/// Time that is set again within this is set again and again.
const CALM: Duration = Duration::from_secs(1);
/// A reading of both clocks within this is good enough.
const TIGHT: Span = Span::from_millis(1);

/// What the stamps of a topic are measured against.
#[derive(Clone, Copy, Debug)]
enum Basis {
    /// Not known yet; until it is, headers are read by our wall clock.
    Open(Option<Window>),
    /// Our wall clock.
    Wall,
    /// A clock that differs, its offset learned at the fastest message and let drift since.
    Foreign(Stamp),
    /// Receipt: the driver doesn't stamp.
    Receipt,
}

/// Messages that kept their distance to receipt.
#[derive(Clone, Copy, Debug)]
struct Window {
    since: Stamp,
    messages: u32,
    least: Span,
    most: Span,
}

impl Window {
    fn new(offset: Span, received: Stamp) -> Self {
        Self {
            since: received,
            messages: 1,
            least: offset,
            most: offset,
        }
    }

    /// With one message more, or begun anew with it if it breaks the distance.
    fn and(self, offset: Span, received: Stamp) -> Self {
        let (least, most) = (self.least.min(offset), self.most.max(offset));
        if most - least > STEADY {
            return Self::new(offset, received);
        }
        Self {
            messages: self.messages + 1,
            least,
            most,
            ..self
        }
    }

    fn is_proof(&self, received: Stamp) -> bool {
        self.messages >= MESSAGES && received - self.since >= WINDOW
    }
}

/// Maps the header stamps of one topic.
#[derive(Clone, Debug)]
pub struct StampMapper {
    topic: String,
    source: StampSource,
    basis: Basis,
    /// The stamping clock (since the epoch) minus session time.
    offset: Span,
    /// Our wall clock minus session time, when last looked at.
    wall: Span,
    /// Headers are late or ahead.
    odd: bool,
    /// Late ones, ones ahead, and ones without a stamp were said.
    said: [bool; 3],
    /// All headers were zero.
    zeros: bool,
    /// Time was set last, by the wall.
    set: Option<Instant>,
}

impl StampMapper {
    /// A mapper for `topic`, with `offset` = [`wall_offset`](Self::wall_offset) at the start.
    pub fn new(topic: &str, source: StampSource, offset: Span) -> Self {
        let mut mapper = Self {
            topic: topic.to_owned(),
            source,
            basis: Basis::Receipt,
            offset,
            wall: offset,
            odd: false,
            said: [false; 3],
            zeros: false,
            set: None,
        };
        mapper.open();
        mapper
    }

    /// Forgets what this topic is stamped by: time itself was set. What was said is said again, unless time is set
    /// again and again.
    pub fn restart(&mut self) {
        let now = Instant::now();
        if self.set.is_none_or(|set| now - set >= CALM) {
            self.said = [false; 3];
        }
        self.set = Some(now);
        self.open();
    }

    fn open(&mut self) {
        self.odd = false;
        self.basis = match self.source {
            StampSource::Header => Basis::Open(None),
            StampSource::Receipt => Basis::Receipt,
        };
    }

    /// ROS time (wall time since the epoch, or what `/clock` says) minus session time, now. The two clocks are read
    /// one after the other: the tightest of a few readings counts, so that a pre-emption in between doesn't look like
    /// a set clock.
    pub fn wall_offset(clock: &dyn Clock) -> Span {
        if let Some(told) = clock.told() {
            return told;
        }
        let read = || {
            let before = clock.now();
            let wall = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(Span::ZERO, Span::from);
            let width = clock.now() - before;
            (width, wall - (before - Stamp::ZERO) - width / 2)
        };
        let mut best = read();
        for _ in 0..4 {
            if best.0 < TIGHT {
                break;
            }
            best = best.min(read());
        }
        best.1
    }

    /// The session stamp of a message whose header says (`sec`, `nanosec` since the epoch), `None` if it must not
    /// be used: its header lies ahead of its receipt. `received` is session time, `offset_now` today's wall
    /// offset.
    ///
    /// The first messages decide once: no stamp at all, then receipt counts; a stamp by our wall clock, then
    /// headers count; a steady distance of more than a second, then headers count by that other clock, whose
    /// offset makes its fastest message fresh. From then on a header is believed, however old. A clock that is
    /// set, ours or theirs, makes headers old or puts them ahead: that stops the robot, and is decided anew by
    /// [`reconsider`](Self::reconsider) only. Each of these is said once.
    pub fn map(
        &mut self,
        sec: i32,
        nanosec: u32,
        received: Stamp,
        offset_now: Span,
    ) -> Option<Stamp> {
        let header = i64::from(sec) * 1_000_000_000 + i64::from(nanosec);
        let distance = Stamp::from_nanos(header) - received;
        // Simulations begin at zero; who says nothing else later has no stamp.
        let unstamped = header == 0 && offset_now - distance >= LATE;
        self.zeros = header == 0 && (self.zeros || matches!(self.basis, Basis::Open(_)));
        match self.basis {
            Basis::Wall if unstamped && self.zeros => {
                self.decide(None, true, distance, received, offset_now);
            }
            Basis::Open(window) => self.decide(window, unstamped, distance, received, offset_now),
            Basis::Wall => self.watch_wall(offset_now),
            Basis::Foreign(last) => self.follow(distance, received - last, received),
            Basis::Receipt => {}
        }
        if matches!(self.basis, Basis::Receipt) {
            return Some(received);
        }
        let age = self.offset - distance;
        self.say(age);
        (age >= -AHEAD).then(|| (received - age).min(received))
    }

    /// Decides anew with the next messages what this topic is stamped by. For somebody who was refused and
    /// wants it: a queue that keeps its length looks like a clock that was set. Only while the robot rests.
    pub fn reconsider(&mut self) {
        if matches!(self.basis, Basis::Wall)
            || (self.odd && matches!(self.basis, Basis::Foreign(_)))
        {
            self.basis = Basis::Open(None);
            self.said = [false; 3];
        }
    }

    fn decide(
        &mut self,
        window: Option<Window>,
        unstamped: bool,
        distance: Span,
        received: Stamp,
        offset_now: Span,
    ) {
        (self.offset, self.wall) = (offset_now, offset_now);
        if unstamped {
            if !std::mem::replace(&mut self.said[2], true) {
                tracing::warn!(
                    "{}: headers have no stamp; receipt counts, and a queue on the way goes unseen: let the driver \
                     stamp, or set stamp_source: receipt",
                    self.topic
                );
            }
            self.basis = Basis::Receipt;
            return;
        }
        if (-AHEAD..=LATE).contains(&(offset_now - distance)) {
            self.basis = Basis::Wall;
            return;
        }
        let window = window.map_or(Window::new(distance, received), |window| {
            window.and(distance, received)
        });
        if !window.is_proof(received) {
            self.basis = Basis::Open(Some(window));
            return;
        }
        self.offset = window.most;
        self.basis = Basis::Foreign(received);
        (self.odd, self.said) = (false, [false; 3]);
        tracing::warn!(
            "{}: header stamps were steadily {:.3} s from receipt, expected less than {:.0} s; taken for a clock \
             that differs, and corrected by that: synchronise the clocks, or set stamp_source: receipt. If it is \
             delay, stop the robot and mend it",
            self.topic,
            (offset_now - window.most).secs(),
            LATE.secs()
        );
    }

    fn watch_wall(&mut self, offset_now: Span) {
        let moved = offset_now - self.wall;
        if moved.abs() <= JUMP {
            return;
        }
        self.wall = offset_now;
        tracing::warn!(
            "{}: the wall clock was set by {moved}; headers are still read by the old one, and those that follow \
             the new one are stale or refused until ~/activate or ~/resume asks anew",
            self.topic
        );
    }

    /// The fastest message sets the offset of a clock that differs; in between it may have drifted.
    fn follow(&mut self, distance: Span, elapsed: Span, received: Stamp) {
        self.offset = self.offset - elapsed / DRIFT;
        if (Span::ZERO..=AHEAD).contains(&(distance - self.offset)) {
            self.offset = distance;
        }
        self.basis = Basis::Foreign(received);
    }

    fn say(&mut self, age: Span) {
        self.odd = !(-AHEAD..=LATE).contains(&age);
        let late = age > LATE;
        if !self.odd || std::mem::replace(&mut self.said[usize::from(late)], true) {
            return;
        }
        let meaning = if late {
            "old and believed to be"
        } else {
            "ahead of its receipt and refused"
        };
        tracing::warn!(
            "{}: header stamp is {:.3} s {meaning}; look for a queue on the way or a clock that was set; after a \
             clock was set, ~/activate or ~/resume decides anew",
            self.topic,
            age.abs().secs()
        );
    }
}
