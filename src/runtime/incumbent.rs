//! A foreign controller that drives the robot, as a session in its shadow knows it.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crossbeam::queue::ArrayQueue;

use super::{CommandSink, PortError};
use crate::control::{Chunk, Command};
use crate::robot::Action;
use crate::time::{Span, Stamp};

/// Commands that may wait for the planner: five seconds at 200 Hz.
const COMMANDS: usize = 1024;

/// Trajectories that may wait: each replaces those before it.
const TRAJECTORIES: usize = 16;

/// Who is told of each command, and when it counts from.
type Listener = Box<dyn Fn(Stamp, Action) + Send + Sync>;

/// What a foreign controller sent, on its way from a port to the planner; never blocks.
pub struct Incumbent {
    commands: ArrayQueue<(Stamp, Action)>,
    trajectories: ArrayQueue<(Stamp, Chunk)>,
    heard: AtomicU64,
    beyond: AtomicU64,
    last: AtomicI64,
    listener: Option<Listener>,
    refused: Mutex<(u64, String)>,
}

impl Incumbent {
    /// One that has sent nothing yet.
    pub fn new() -> Self {
        Self {
            commands: ArrayQueue::new(COMMANDS),
            trajectories: ArrayQueue::new(TRAJECTORIES),
            heard: AtomicU64::new(0),
            beyond: AtomicU64::new(0),
            last: AtomicI64::new(0),
            listener: None,
            refused: Mutex::default(),
        }
    }

    /// Tells `listener` of each command.
    pub fn with_listener(self, listener: impl Fn(Stamp, Action) + Send + Sync + 'static) -> Self {
        Self {
            listener: Some(Box::new(listener)),
            ..self
        }
    }

    /// Takes a command, received at `stamp` of the session's clock, or what a trajectory comes to then. The oldest
    /// goes if nobody fetches them.
    pub fn sent(&self, stamp: Stamp, action: Action) {
        self.commands.force_push((stamp, action));
        self.last.store(stamp.nanos(), Ordering::Relaxed);
        self.heard.fetch_add(1, Ordering::Release);
        if let Some(listener) = &self.listener {
            listener(stamp, action);
        }
    }

    /// Takes a trajectory, received at `stamp`. It is no command: those it comes to are [`sent`](Self::sent) by who
    /// [follows](super::Follower) it.
    pub fn ordered(&self, stamp: Stamp, trajectory: Chunk) {
        self.trajectories.force_push((stamp, trajectory));
    }

    /// The next trajectory, in order of receipt.
    pub fn next_trajectory(&self) -> Option<(Stamp, Chunk)> {
        self.trajectories.pop()
    }

    /// Counts what came in a command's place, and could not be used.
    pub fn refuse(&self, why: String) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused = (refused.0 + 1, why);
    }

    /// How much of that came, and why the last could not be used.
    pub fn refused(&self) -> (u64, String) {
        let refused = self.refused.lock();
        refused.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The next command, in order of receipt.
    pub fn next_command(&self) -> Option<(Stamp, Action)> {
        self.commands.pop()
    }

    /// Commands received, or sampled from trajectories.
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Acquire)
    }

    /// Counts a command that no robot of its speeds does; gives how many there were before.
    pub fn exceeded(&self) -> u64 {
        self.beyond.fetch_add(1, Ordering::Relaxed)
    }

    /// How many there were.
    pub fn beyond(&self) -> u64 {
        self.beyond.load(Ordering::Relaxed)
    }

    /// Age of the newest command; `None` before the first.
    pub fn age(&self, now: Stamp) -> Option<Span> {
        (self.heard() > 0).then(|| now - Stamp::from_nanos(self.last.load(Ordering::Relaxed)))
    }
}

impl fmt::Debug for Incumbent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heard = self.heard();
        f.debug_struct("Incumbent").field("heard", &heard).finish()
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
