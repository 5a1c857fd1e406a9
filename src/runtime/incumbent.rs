//! A foreign controller that drives the robot, as a session in its shadow knows it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crossbeam::queue::ArrayQueue;

use super::{CommandSink, PortError};
use crate::control::Command;
use crate::robot::Action;
use crate::time::{Span, Stamp};

/// Commands that may wait for the planner: five seconds at 200 Hz.
const COMMANDS: usize = 1024;

/// What a foreign controller sent, on its way from a port to the planner; never blocks.
#[derive(Debug)]
pub struct Incumbent {
    commands: ArrayQueue<(Stamp, Action)>,
    heard: AtomicU64,
    last: AtomicI64,
}

impl Incumbent {
    /// One that has sent nothing yet.
    pub fn new() -> Self {
        Self {
            commands: ArrayQueue::new(COMMANDS),
            heard: AtomicU64::new(0),
            last: AtomicI64::new(0),
        }
    }

    /// Takes a command, received at `stamp` of the session's clock. The oldest goes if nobody fetches them.
    pub fn sent(&self, stamp: Stamp, action: Action) {
        self.commands.force_push((stamp, action));
        self.last.store(stamp.nanos(), Ordering::Relaxed);
        self.heard.fetch_add(1, Ordering::Release);
    }

    /// The next command, in order of receipt.
    pub fn next_command(&self) -> Option<(Stamp, Action)> {
        self.commands.pop()
    }

    /// Commands received.
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Acquire)
    }

    /// Age of the newest command; `None` before the first.
    pub fn age(&self, now: Stamp) -> Option<Span> {
        (self.heard() > 0).then(|| now - Stamp::from_nanos(self.last.load(Ordering::Relaxed)))
    }
}

impl Default for Incumbent {
    fn default() -> Self {
        Self::new()
    }
}

/// The sink of a session in the shadow: sends nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl CommandSink for Nowhere {
    fn send(&mut self, _: &Command) -> Result<(), PortError> {
        Ok(())
    }
}
