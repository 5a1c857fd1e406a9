//! What passes, copied off the line to observers.

use std::sync::Arc;

use super::Comparison;
use crate::control::{Command, Transition};
use crate::planner::Plan;
use crate::robot::RobotState;
use crate::sensing::{Goal, RawImage};
use crate::time::Stamp;

/// Where a goal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalPhase {
    /// Accepted; the robot sets out.
    Accepted,
    /// The belief says: there, at rest, for a second.
    Reached,
    /// Its time ran out.
    TimedOut,
    /// A newer goal or somebody cancelled it.
    Cancelled,
    /// The supervisor stopped while it was pursued.
    Stopped,
}

/// A goal's lifecycle.
#[derive(Clone, Debug)]
pub struct GoalEvent {
    /// When.
    pub stamp: Stamp,
    /// Counts goals in a session.
    pub sequence: u64,
    /// The goal.
    pub goal: Arc<Goal>,
    /// What happened.
    pub phase: GoalPhase,
}

/// One thing that happened on the line.
#[derive(Clone, Debug)]
pub enum Event {
    /// A camera frame arrived.
    Frame(RawImage),
    /// A measured state arrived.
    State(RobotState),
    /// A frame was encoded: its stamp, metric distance to the goal and surprise [model steps].
    Belief {
        /// Stamp of the frame.
        stamp: Stamp,
        /// Distance to the goal; `None` without a goal.
        distance: Option<f64>,
        /// One-step surprise; `None` before two frames.
        surprise: Option<f64>,
    },
    /// A plan was made.
    Plan(Arc<Plan>),
    /// A plan's horizon has passed, and what the incumbent did in it was judged: of a session in the shadow.
    Comparison(Comparison),
    /// A command was made: to be sent, unless the session is in the shadow.
    Command(Command),
    /// The supervisor changed its state.
    Transition(Transition),
    /// A goal began or ended.
    Goal(GoalEvent),
}
