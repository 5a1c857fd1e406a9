//! A standstill need not be said at every tick.

use super::{Command, ControlConfig, Source};
use crate::robot::{Action, ActionKind};
use crate::time::{Span, Stamp};

/// A robot that has just come to rest is told so at every tick for as long: the last message may be lost.
const SETTLE: Span = Span::from_millis(100);

/// Which commands are to be sent: all, but that a robot stands still is repeated every [`ControlConfig::repeat`] only.
/// What is sent, each held until the next, is at any time what was commanded.
#[derive(Clone, Debug)]
pub struct Repeats {
    kind: ActionKind,
    every: Span,
    period: Span,
    standstill: Option<Standstill>,
}

/// A command that stands.
#[derive(Clone, Copy, Debug)]
struct Standstill {
    action: Action,
    since: Stamp,
    sent: Stamp,
}

impl Repeats {
    /// For commands of this kind.
    pub fn new(kind: ActionKind, config: &ControlConfig) -> Self {
        Self {
            kind,
            every: config.repeat,
            period: config.period,
            standstill: None,
        }
    }

    /// The same, but all are to be sent.
    pub(super) fn all(self) -> Self {
        let every = Span::ZERO;
        Self { every, ..self }
    }

    /// True if `command`, the newest one, is to be sent.
    pub fn is_due(&mut self, command: &Command) -> bool {
        let (now, action) = (command.stamp, command.action);
        let stands = command.source == Source::Hold
            && (self.kind == ActionKind::JointPosition || action.max_abs() == 0.0);
        if !stands {
            self.standstill = None;
            return command.is_sent();
        }
        let known = self.standstill.filter(|known| known.action == action);
        let standstill = self.standstill.insert(known.unwrap_or(Standstill {
            action,
            since: now,
            sent: now,
        }));
        // Ticks come a little early or late, and a clock may be set back.
        let waited = now - standstill.sent + self.period / 2;
        let due = now - standstill.since < SETTLE || waited >= self.every || now < standstill.sent;
        if due {
            standstill.sent = now;
        }
        due
    }
}
