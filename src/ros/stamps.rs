//! Header stamps onto the session's monotonic time line.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::sensing::StampSource;
use crate::time::{Clock, Span, Stamp};

/// A header stamp further than this from its receipt is no capture time of this session.
const FAR: Span = Span::from_millis(1000);
/// Wall and monotonic clock may drift apart this far before the wall clock counts as set.
const JUMP: Span = Span::from_millis(50);
/// A reading of both clocks within this is good enough.
const TIGHT: Span = Span::from_millis(1);

/// Maps the header stamps of one topic. Wall time minus session time is measured once, at the start.
#[derive(Clone, Debug)]
pub struct StampMapper {
    topic: String,
    source: StampSource,
    /// Wall time (since the epoch) minus session time.
    offset: Span,
    far: bool,
    jumped: bool,
}

impl StampMapper {
    /// A mapper for `topic`, with `offset` = [`wall_offset`](Self::wall_offset) at the start.
    pub fn new(topic: &str, source: StampSource, offset: Span) -> Self {
        Self {
            topic: topic.to_owned(),
            source,
            offset,
            far: false,
            jumped: false,
        }
    }

    /// Wall time since the epoch minus session time, now. The two clocks are read one after the other: the
    /// tightest of a few readings counts, so that a pre-emption in between doesn't look like a set clock.
    pub fn wall_offset(clock: &dyn Clock) -> Span {
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

    /// The session stamp of a message: its header's (`sec`, `nanosec` since the epoch), or its receipt's
    /// where the header can't be used. `received` is session time, `offset_now` today's wall offset. A header
    /// ahead of its receipt (another machine's clock) counts as received; one more than a second off is said
    /// once until headers are good again; a wall clock that was set is said once and headers are ignored
    /// from then on, because it can't be known which of them follow.
    pub fn map(&mut self, sec: i32, nanosec: u32, received: Stamp, offset_now: Span) -> Stamp {
        if self.source == StampSource::Receipt || self.jumped {
            return received;
        }
        if (offset_now - self.offset).abs() > JUMP {
            tracing::warn!(
                "{}: the wall clock was set by {} since the start; header stamps are ignored from now on, \
                 receipt counts: restart, or set stamp_source: receipt",
                self.topic,
                offset_now - self.offset
            );
            self.jumped = true;
            return received;
        }
        let nanos = i64::from(sec) * 1_000_000_000 + i64::from(nanosec);
        let stamp = Stamp::from_nanos(nanos) - self.offset;
        let age = received - stamp;
        if age.abs() > FAR {
            if !self.far {
                tracing::warn!(
                    "{}: header stamp is {:.3} s from its receipt, expected less than {:.0} s; receipt counts \
                     instead: let the driver stamp, synchronise the clocks, or set stamp_source: receipt",
                    self.topic,
                    age.secs(),
                    FAR.secs()
                );
            }
            self.far = true;
            return received;
        }
        self.far = false;
        stamp.min(received)
    }

    /// True while header stamps are not used.
    pub fn fell_back(&self) -> bool {
        self.far || self.jumped
    }
}
