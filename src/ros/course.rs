//! What becomes of a goal that somebody waits for, by what the session says.

use crate::control::{Cause, State};
use crate::runtime::{Event, GoalPhase, Status};
use crate::time::{Span, Stamp};

/// How a goal ended, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// There, and at rest.
    Reached,
    /// Whoever gave it took it back.
    Cancelled(String),
    /// It was given up.
    Aborted(String),
}

/// How far a goal has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Distance to it `[model steps]`; not-a-number before the first belief.
    pub distance: f64,
    /// Cost of the newest plan; not-a-number before the first.
    pub cost: f64,
    /// Time left; `None` without a limit.
    pub left: Option<Span>,
}

/// Why the session is asked to drop a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    Cancelled,
    TimedOut,
}

/// One goal, from its acceptance to its end.
#[derive(Clone, Debug)]
pub struct Course {
    sequence: u64,
    begun: Stamp,
    due: Option<Stamp>,
    leaving: Option<Leaving>,
    /// The session dropped it; what it does instead is not known yet.
    dropped: bool,
    distance: f64,
    cost: f64,
}

impl Course {
    /// The goal that was the session's `sequence`th, `begun` then; it may take `limit`.
    pub fn new(sequence: u64, begun: Stamp, limit: Option<Span>) -> Self {
        Self {
            sequence,
            begun,
            due: limit.map(|limit| begun + limit),
            leaving: None,
            dropped: false,
            distance: f64::NAN,
            cost: f64::NAN,
        }
    }

    /// Which goal of the session it is.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How long it has been pursued.
    pub fn elapsed(&self, now: Stamp) -> Span {
        now - self.begun
    }

    /// Whoever gave it takes it back; it ends when the robot holds.
    pub fn cancel(&mut self) {
        self.leaving = Some(Leaving::Cancelled);
    }

    /// True if the session is to drop it: it was taken back, or its time ran out.
    pub fn is_leaving(&mut self, now: Stamp) -> bool {
        if self.leaving.is_none() && self.due.is_some_and(|due| now >= due) {
            self.leaving = Some(Leaving::TimedOut);
        }
        self.leaving.is_some()
    }

    /// How far it has come.
    pub fn progress(&self, now: Stamp) -> Progress {
        Progress {
            distance: self.distance,
            cost: self.cost,
            left: self.due.map(|due| (due - now).max(Span::ZERO)),
        }
    }

    /// Takes what happened; gives the end, if that was it.
    pub fn hear(&mut self, event: &Event) -> Option<End> {
        match event {
            // What is older may be of the goal before.
            Event::Belief {
                stamp,
                distance: Some(distance),
                ..
            } if *stamp >= self.begun => self.distance = *distance,
            Event::Plan(plan) if plan.made >= self.begun => self.cost = plan.evidence.cost,
            Event::Goal(goal) if goal.sequence == self.sequence => match goal.phase {
                GoalPhase::Reached => return Some(self.end(Cause::Reached)),
                GoalPhase::TimedOut => return Some(self.end(Cause::TimedOut)),
                GoalPhase::Cancelled => self.dropped = true,
                // A transition says why.
                GoalPhase::Accepted | GoalPhase::Stopped => {}
            },
            Event::Goal(goal) if self.dropped && goal.phase == GoalPhase::Accepted => {
                return Some(self.other("pre-empted by a newer goal"));
            }
            Event::Transition(passed) if passed.stamp >= self.begun => match passed.to {
                State::Holding if passed.cause == Cause::Cancelled => {
                    return Some(self.end(passed.cause));
                }
                State::Holding | State::Tracking => {}
                _ => return Some(self.end(passed.cause)),
            },
            _ => {}
        }
        None
    }

    /// Compares with the session as it is, `None` without one: events may be lost. To be called once they had the
    /// time to arrive.
    pub fn look(&self, status: Option<&Status>) -> Option<End> {
        match status {
            None => Some(self.other("the session is over")),
            Some(status) if status.goal > self.sequence => {
                Some(self.other("pre-empted by a newer goal"))
            }
            Some(status) if status.goal < self.sequence => Some(self.other("the session is over")),
            Some(status) if status.state != State::Tracking => Some(self.end(status.cause)),
            Some(_) => None,
        }
    }

    fn end(&self, cause: Cause) -> End {
        match (cause, self.leaving) {
            (Cause::Reached, None | Some(Leaving::TimedOut)) => End::Reached,
            (Cause::Cancelled, Some(Leaving::TimedOut)) => self.other(Cause::TimedOut),
            _ => self.other(cause),
        }
    }

    fn other(&self, why: impl ToString) -> End {
        let why = why.to_string();
        match self.leaving {
            Some(Leaving::Cancelled) => End::Cancelled(why),
            Some(Leaving::TimedOut) | None => End::Aborted(why),
        }
    }
}
