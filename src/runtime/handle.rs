//! How the outside steers a running session.

use super::Shadowed;
use crate::control::{Cause, State};
use crate::cost::CostConfig;
use crate::sensing::Goal;
use crate::time::Span;

/// What an operator may ask of a running session (`run`'s loop, the ROS node's topics and services).
#[derive(Clone, Debug, PartialEq)]
pub enum Instruction {
    /// Pursue a goal; pre-empts the present one.
    Pursue(Goal),
    /// Judge futures by this cost from the next plan on.
    Weigh(CostConfig),
    /// Drop the present goal and hold.
    Hold,
    /// Inactive or Stopped -> Holding, if inputs are fresh and the model is warm.
    Activate,
    /// Stopped -> Holding.
    Resume,
    /// Brake, then stop sending.
    Deactivate,
}

/// A snapshot of a running session, for status lines, `~/status` and `/diagnostics`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The supervisor's state.
    pub state: State,
    /// Why it is in that state.
    pub cause: Cause,
    /// Goals accepted so far; 0 before the first.
    pub goal: u64,
    /// Distance to the goal [model steps]; `None` without goal or belief.
    pub distance: Option<f64>,
    /// The newest plan's sentence; empty before the first.
    pub sentence: String,
    /// How long the newest plan took, encoding included.
    pub plan_time: Span,
    /// How long it may take.
    pub plan_budget: Span,
    /// Plans made.
    pub plans: u64,
    /// Command ticks done.
    pub ticks: u64,
    /// Command ticks that came later than half a period.
    pub misses: u64,
    /// The largest gap between two command ticks.
    pub max_gap: Span,
    /// The largest one of the last five seconds, one that still lasts among them.
    pub recent_gap: Span,
    /// The slowest plan of the last five seconds, encoding included.
    pub recent_plan_time: Span,
    /// How old images and joint states grew in the last five seconds before the next one came; `None` before the first.
    pub recent_image_age: Option<Span>,
    /// See `recent_image_age`.
    pub recent_state_age: Option<Span>,
    /// How far the measured state that an image was paired with lay from its stamp at most, in the last five seconds;
    /// zero where states lie on both sides of it.
    pub recent_skew: Span,
    /// Ages of the newest image and joint state; `None` before the first.
    pub image_age: Option<Span>,
    /// See `image_age`.
    pub state_age: Option<Span>,
    /// Images received and converted.
    pub images: u64,
    /// Messages that could not be used, with the last reason.
    pub refused: u64,
    /// Messages that went for want of room before the session saw them; counted by the ROS node.
    pub lost: u64,
    /// Why the last message was refused.
    pub refusal: String,
    /// Events dropped by observers' queues, and ticks on their way there.
    pub dropped: u64,
    /// Somebody else commands the same robot.
    pub second_commander: bool,
    /// How the robot last did not follow what it was sent, in a sentence; empty if it always did.
    pub behind: String,
    /// One-step surprise of the newest frame [model steps].
    pub surprise: Option<f64>,
    /// Commands that the limits changed.
    pub limited_ticks: u64,
    /// Fraction of commands that the limits changed, since the start.
    pub limited: f64,
    /// What a session in the shadow says of the incumbent; `None` of any other.
    pub shadow: Option<Shadowed>,
}

impl Status {
    /// Why it is in its state: the cause, and of a robot that does not follow how.
    pub fn reason(&self) -> String {
        match self.cause {
            Cause::Unfollowed => format!("{}: {}", self.cause, self.behind),
            cause => cause.to_string(),
        }
    }
}

/// Whoever runs a session, as its operators see it.
pub trait Operator: Send + Sync {
    /// Asks for something; an error says why it is refused and what to do. Acceptance means that the session
    /// will act on it within a few ticks, not that it has.
    fn instruct(&self, instruction: Instruction) -> Result<(), String>;
    /// A snapshot.
    fn status(&self) -> Status;
}
