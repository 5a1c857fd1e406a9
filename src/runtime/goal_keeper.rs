//! A goal's lifecycle, judged from belief alone.

use std::sync::Arc;

use super::{GoalEvent, GoalPhase};
use crate::sensing::Goal;
use crate::time::{Span, Stamp};

/// What the keeper judges by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// Distance to the goal, in the goal's own unit; not-a-number counts as far.
    pub distance: f64,
    /// Distance that counts as there, in the same unit.
    pub reached: f64,
    /// True if the robot is measured to stand still.
    pub still: bool,
}

/// Accepts goals, and says when one is reached (near and still for a while) or timed out.
#[derive(Debug)]
pub struct GoalKeeper {
    hold: Span,
    time_limit: Option<Span>,
    sequence: u64,
    active: Option<ActiveGoal>,
}

#[derive(Debug)]
struct ActiveGoal {
    goal: Arc<Goal>,
    accepted: Stamp,
    there_since: Option<Stamp>,
}

impl GoalKeeper {
    /// A keeper without a goal. `hold`: how long near and still counts as reached; `time_limit`: `None` for ever.
    pub fn new(hold: Span, time_limit: Option<Span>) -> Self {
        Self {
            hold,
            time_limit,
            sequence: 0,
            active: None,
        }
    }

    /// The goal that is pursued.
    pub fn goal(&self) -> Option<&Arc<Goal>> {
        self.active.as_ref().map(|active| &active.goal)
    }

    /// Goals accepted so far.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Accepts `goal`; one that is pursued already is cancelled first.
    pub fn accept(&mut self, goal: Arc<Goal>, now: Stamp) -> (Option<GoalEvent>, GoalEvent) {
        let cancelled = self.end(GoalPhase::Cancelled, now);
        self.sequence += 1;
        self.active = Some(ActiveGoal {
            goal: goal.clone(),
            accepted: now,
            there_since: None,
        });
        let accepted = GoalEvent {
            stamp: now,
            sequence: self.sequence,
            goal,
            phase: GoalPhase::Accepted,
        };
        (cancelled, accepted)
    }

    /// Ends the present goal, if there is one.
    pub fn end(&mut self, phase: GoalPhase, now: Stamp) -> Option<GoalEvent> {
        let active = self.active.take()?;
        Some(GoalEvent {
            stamp: now,
            sequence: self.sequence,
            goal: active.goal,
            phase,
        })
    }

    /// Judges a new belief of the moment `now`; gives the event that ends the goal, if it ended.
    pub fn judge(&mut self, arrival: Arrival, now: Stamp) -> Option<GoalEvent> {
        let active = self.active.as_mut()?;
        if arrival.distance <= arrival.reached && arrival.still {
            let since = *active.there_since.get_or_insert(now);
            if now - since >= self.hold {
                return self.end(GoalPhase::Reached, now);
            }
        } else {
            active.there_since = None;
        }
        self.expire(now)
    }

    /// Ends the goal if its time ran out; to be called also while no belief comes in.
    pub fn expire(&mut self, now: Stamp) -> Option<GoalEvent> {
        let accepted = self.active.as_ref()?.accepted;
        let limit = self.time_limit?;
        (now - accepted >= limit)
            .then(|| self.end(GoalPhase::TimedOut, now))
            .flatten()
    }
}
