//! The supervisor's vocabulary: states, causes, requests, inputs.

use std::fmt;

use super::Behind;
use crate::time::{Condition, Span, Stamp};

/// The supervisor's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
pub enum State {
    /// Nothing loaded; sends nothing.
    #[default]
    Unconfigured,
    /// Loaded and warm; sends nothing.
    Inactive,
    /// Stands still, waits for a goal.
    Holding,
    /// Follows plans towards a goal.
    Tracking,
    /// Slows down as fast as the limits allow.
    Braking,
    /// Stands still after a stop, with its cause; left by an explicit request only.
    Stopped,
    /// Sends nothing; only cleanup leaves it.
    Fault,
}

impl State {
    /// True where commands are sent: Holding, Tracking, Braking, Stopped.
    pub fn is_active(self) -> bool {
        matches!(
            self,
            Self::Holding | Self::Tracking | Self::Braking | Self::Stopped
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Why a state was entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The start of everything.
    #[default]
    Start,
    /// Somebody asked for it.
    Requested,
    /// What was loaded was freed.
    CleanedUp,
    /// What was to be loaded could not be.
    NotConfigured,
    /// It is over.
    ShutDown,
    /// A goal was given.
    Goal,
    /// The goal was reached.
    Reached,
    /// The goal was cancelled.
    Cancelled,
    /// The goal's time ran out.
    TimedOut,
    /// No fresh plan.
    StalePlan,
    /// No fresh camera image.
    StaleImage,
    /// No fresh joint state or odometry.
    StaleState,
    /// A measurement, belief or plan was not finite.
    NonFinite,
    /// The world did not do what was imagined.
    Surprise,
    /// Command ticks came too late.
    MissedDeadlines,
    /// Somebody else commands the same robot.
    SecondCommander,
    /// Simulated time was set, back or far ahead.
    ClockJumped,
    /// Simulated time does not go on.
    StaleClock,
    /// The robot stands still.
    Standstill,
    /// The robot does not go where it is sent.
    Unfollowed,
    /// Braking did not bring it to a standstill in time.
    NoStandstill,
    /// A command could not be sent.
    SinkError,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::Requested => "requested",
            Self::CleanedUp => "cleaned up",
            Self::NotConfigured => "configure failed",
            Self::ShutDown => "shut down",
            Self::Goal => "goal given",
            Self::Reached => "goal reached",
            Self::Cancelled => "goal cancelled",
            Self::TimedOut => "goal timed out",
            Self::StalePlan => "stale plan",
            Self::StaleImage => "stale input: image",
            Self::StaleState => "stale input: joints or odometry",
            Self::NonFinite => "non-finite value",
            Self::Surprise => "surprise",
            Self::MissedDeadlines => "missed deadlines",
            Self::SecondCommander => "second commander",
            Self::ClockJumped => "clock jumped",
            Self::StaleClock => "stale input: clock",
            Self::Standstill => "standstill",
            Self::Unfollowed => "robot does not follow",
            Self::NoStandstill => "no standstill in time",
            Self::SinkError => "sink error",
        })
    }
}

/// What an operator or the goal's lifecycle asks of the supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// Unconfigured -> Inactive: the model is loaded and warm.
    Configured,
    /// Inactive or Stopped -> Holding.
    Activate,
    /// Any active state -> Inactive, braking first.
    Deactivate,
    /// Inactive or Fault -> Unconfigured.
    Cleanup,
    /// Holding -> Tracking.
    Track,
    /// Tracking -> Holding, because of the given cause (reached, cancelled, timed out).
    EndGoal(Cause),
    /// Stopped -> Holding.
    Resume,
    /// Tracking -> Holding (the goal is cancelled).
    Hold,
}

/// Everything the supervisor judges by, brought to it each tick.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SupervisorInputs {
    /// Age of the newest plan since its delivery; `None` before the first one since tracking began.
    pub plan_age: Option<Span>,
    /// Age of the newest image; `None` before the first; ignored for robots without a camera.
    pub image_age: Option<Span>,
    /// Age of the newest joint state or odometry; `None` before the first.
    pub state_age: Option<Span>,
    /// True if measurement, belief and plan are finite.
    pub finite: bool,
    /// What time does.
    pub clock: Condition,
    /// Largest gap between command ticks since the last one.
    pub gap: Span,
    /// True if somebody else commands the same robot.
    pub second_commander: bool,
    /// True if the last command could not be sent.
    pub sink_failed: bool,
    /// True if the measured speed counts as standing still; `None` if no measurement is fresh.
    pub standstill: Option<bool>,
    /// How a robot that is sent positions does not follow; `None` while it does, and of any other.
    pub behind: Option<Behind>,
}

/// A change of state, recorded and published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Transition {
    /// When.
    pub stamp: Stamp,
    /// From which state.
    pub from: State,
    /// To which state.
    pub to: State,
    /// Why.
    pub cause: Cause,
}
