//! The ports: everything outside the line is one of these.

use std::time::Duration;

use super::Event;
use crate::control::Command;
use crate::sensing::{Goal, Message};
use crate::time::Stamp;

/// How often a source is asked that doesn't know when something arrives.
const POLL: Duration = Duration::from_millis(2);

/// Why a port failed: what, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PortError(pub String);

/// Where raw messages come from: an embedded robot, ROS topics, a recording.
pub trait SensorSource: Send {
    /// Appends every message that has *arrived* by `now` since the last call; of those of a topic, the older first.
    /// Embedded robots integrate up to `now` here.
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError>;
    /// Waits until something may have arrived, `longest` at most. Sources that can't know are asked again soon.
    fn wait(&mut self, longest: Duration) {
        std::thread::sleep(longest.min(POLL));
    }
}

/// Where commands go. Called from the sender, never from the tick.
pub trait CommandSink: Send {
    /// Sends one command; [`Command::stamp`] is the time of sending.
    fn send(&mut self, command: &Command) -> Result<(), PortError>;
}

/// Something that looks on: viewer, recording, diagnostics. Runs on a thread of its own.
pub trait Observer: Send {
    /// Takes one event.
    fn observe(&mut self, event: &Event);
    /// Which events it is woken for.
    fn interest(&self) -> fn(&Event) -> bool {
        |_| true
    }
    /// Called once at the end: what is buffered goes out, within about a second.
    fn finish(&mut self) {}
    /// True if plans should carry their imagined paths ([`crate::planner::Evidence::paths`]); asked again and again
    /// on the wall clock.
    fn wants_paths(&self) -> bool {
        false
    }
}

/// What an episode asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// The goal to give to the line.
    pub goal: Goal,
    /// For people: `(0.21, -0.13) m`.
    pub description: String,
}

/// What is really so; for evaluation and drawing only, never for the line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Truth {
    /// Distance of tip or body to the goal `[m]`.
    pub error: f64,
    /// True while near enough and slow enough to count as there.
    pub at_goal: bool,
    /// Contacts since the reset.
    pub contacts: u32,
}

/// A robot that can be put to the test.
pub trait Task: Send {
    /// Begins the episode of `seed`: new start, goal and light. Deterministic. Time goes on.
    fn reset(&mut self, seed: u64) -> Result<Episode, PortError>;
    /// Draws a new goal of `seed` without moving the robot, away from where it stands.
    fn next_goal(&mut self, seed: u64) -> Result<Episode, PortError>;
    /// Pictures of places on a way to the goal from where the robot stands, the goal not among them; none where
    /// nobody knows of any.
    fn subgoals(&mut self) -> Vec<Goal> {
        Vec::new()
    }
    /// What is really so at `now`.
    fn truth(&mut self, now: Stamp) -> Truth;
    /// How long at the goal counts as success `[s]`.
    fn hold(&self) -> f64;
    /// How long an episode may take `[s]`.
    fn time_limit(&self) -> f64;
}
