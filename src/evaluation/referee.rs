//! What decides an episode: the truth at every moment of the time line, whatever the clock.

use serde::Serialize;

use crate::control::{Cause, State};
use crate::runtime::{Task, Truth};
use crate::time::{Span, Stamp};

/// How one episode ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The episode's seed.
    pub seed: u64,
    /// True if the truth says: at the goal, still, for the task's hold time.
    pub success: bool,
    /// From the goal's acceptance to the end of the hold `[s]`; `None` if it failed.
    pub time: Option<f64>,
    /// True distance to the goal at the end `[m]`; not-a-number before the first moment.
    pub error: f64,
    /// The belief claimed "reached" while the truth was not at the goal.
    pub false_arrival: bool,
    /// The truth held, the belief had not claimed it.
    pub missed_arrival: bool,
    /// The supervisor stopped the robot: a failure, wherever it came to stand.
    pub stopped: bool,
    /// Why it stopped it.
    pub stop_cause: Option<Cause>,
    /// Why the line refused the goal, or a subgoal: a failure, too.
    pub refusal: Option<String>,
    /// Contacts.
    pub contacts: u32,
}

/// Judges one episode, moment by moment in the order of time.
///
/// An episode succeeds when the truth has held for the task's hold time, and fails when the task's time is over,
/// the supervisor stops the robot or the line refuses the goal; the belief's claim ends nothing. Belief runs behind the
/// truth by the camera's latency: after a success it gets the hold time once more to claim it, else the arrival counts as
/// missed.
#[derive(Clone, Debug)]
pub struct Referee {
    began: Stamp,
    limit: Span,
    hold: Span,
    there_since: Option<Stamp>,
    claimed: bool,
    claim_until: Option<Stamp>,
    outcome: Outcome,
}

impl Referee {
    /// A referee of the episode of `seed`, whose goal was given at `began`.
    pub fn new(task: &dyn Task, seed: u64, began: Stamp) -> Self {
        Self {
            began,
            limit: Span::from_secs(task.time_limit()),
            hold: Span::from_secs(task.hold()),
            there_since: None,
            claimed: false,
            claim_until: None,
            outcome: Outcome {
                seed,
                success: false,
                time: None,
                error: f64::NAN,
                false_arrival: false,
                missed_arrival: false,
                stopped: false,
                stop_cause: None,
                refusal: None,
                contacts: 0,
            },
        }
    }

    /// Takes what was so at `now`: the truth, and what the supervisor stood at. True once all is decided.
    pub fn judge(&mut self, now: Stamp, truth: Truth, (state, cause): (State, Cause)) -> bool {
        let claims = state == State::Holding && cause == Cause::Reached;
        if let Some(until) = self.claim_until {
            self.outcome.missed_arrival = !claims;
            return claims || now >= until;
        }
        let outcome = &mut self.outcome;
        outcome.error = truth.error;
        outcome.contacts = truth.contacts;
        if matches!(state, State::Braking | State::Stopped | State::Fault) {
            outcome.stopped = true;
            outcome.stop_cause = Some(cause);
            return true;
        }
        if claims && !self.claimed {
            self.claimed = true;
            outcome.false_arrival = !truth.at_goal;
        }
        if !truth.at_goal {
            self.there_since = None;
        } else if now - *self.there_since.get_or_insert(now) >= self.hold {
            outcome.success = true;
            outcome.time = Some((now - self.began).secs());
            outcome.missed_arrival = !self.claimed;
            self.claim_until = Some(now + self.hold);
            return self.claimed;
        }
        now - self.began >= self.limit
    }

    /// The line refused the goal, and this is why: all is decided.
    pub fn refused(mut self, why: String) -> Outcome {
        self.outcome.refusal = Some(why);
        self.outcome
    }

    /// What was found.
    pub fn outcome(self) -> Outcome {
        self.outcome
    }
}
