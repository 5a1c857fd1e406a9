//! The supervisor: a pure function from (state, inputs, requests) to the next state and its cause.

use super::{Behind, Cause, Request, State, SupervisorInputs};
use crate::time::{Condition, Span, Stamp};

/// From when on an input counts as lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Oldest plan that is followed.
    pub plan: Span,
    /// Oldest image that is trusted; `None` for robots without a camera.
    pub image: Option<Span>,
    /// Oldest joint state or odometry that is trusted.
    pub state: Span,
    /// Largest gap between two command ticks.
    pub gap: Span,
    /// Longest time that braking may take.
    pub braking: Span,
    /// Longest time that a robot may fall farther behind what it is sent.
    pub unfollowed: Span,
}

/// Where the supervisor stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: State,
    /// Why it was entered.
    pub cause: Cause,
    /// When it was entered.
    pub since: Stamp,
    /// Braking leads to Inactive instead of Stopped.
    pub deactivating: bool,
}

/// Why a request was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It makes no sense in this state.
    #[error("{request:?} is not possible in state {state}")]
    WrongState {
        /// What was asked.
        request: Request,
        /// The state at that time.
        state: State,
    },
    /// An input is missing or stale.
    #[error("{0}; {remedy}", remedy = remedy(*.0))]
    NotFresh(Cause),
}

/// What must be before what was asked.
fn remedy(cause: Cause) -> &'static str {
    match cause {
        Cause::SecondCommander => "they must stop first",
        _ => "it must be fresh first",
    }
}

impl Thresholds {
    /// The input that is not fit for moving, if any. Plans are judged apart: there is none before a goal.
    pub fn unfit(&self, inputs: &SupervisorInputs) -> Option<Cause> {
        let stale = |age: Option<Span>, oldest: Span| age.is_none_or(|age| age > oldest);
        if inputs.sink_failed {
            Some(Cause::SinkError)
        } else if !inputs.finite {
            Some(Cause::NonFinite)
        } else if inputs.clock == Condition::Jumped {
            Some(Cause::ClockJumped)
        } else if inputs.clock == Condition::Stands {
            Some(Cause::StaleClock)
        } else if stale(inputs.state_age, self.state) {
            Some(Cause::StaleState)
        } else if self
            .image
            .is_some_and(|oldest| stale(inputs.image_age, oldest))
        {
            Some(Cause::StaleImage)
        } else if inputs.second_commander {
            Some(Cause::SecondCommander)
        } else if inputs.gap > self.gap {
            Some(Cause::MissedDeadlines)
        } else {
            None
        }
    }

    /// The state after one tick without a request.
    pub fn step(&self, standing: Standing, inputs: &SupervisorInputs, now: Stamp) -> Standing {
        let enter = |state, cause| Standing {
            state,
            cause,
            since: now,
            deactivating: false,
        };
        match standing.state {
            State::Tracking => match self.reason_to_brake(standing, inputs, now) {
                Some(cause) => enter(State::Braking, cause),
                None => standing,
            },
            State::Braking if inputs.sink_failed => enter(State::Fault, Cause::SinkError),
            State::Braking if inputs.standstill == Some(true) => self.braked(standing, inputs, now),
            // Time that was set says nothing of how long it took.
            State::Braking if inputs.clock == Condition::Jumped => Standing {
                since: now,
                ..standing
            },
            State::Braking if now - standing.since > self.braking => {
                enter(State::Fault, Cause::NoStandstill)
            }
            State::Holding | State::Stopped if inputs.sink_failed => {
                enter(State::Fault, Cause::SinkError)
            }
            _ => standing,
        }
    }

    fn reason_to_brake(
        &self,
        standing: Standing,
        inputs: &SupervisorInputs,
        now: Stamp,
    ) -> Option<Cause> {
        let plan_age = inputs.plan_age.unwrap_or(now - standing.since);
        let unfollowed = |behind: Behind| behind.lasting > self.unfollowed;
        self.unfit(inputs)
            .or((plan_age > self.plan).then_some(Cause::StalePlan))
            .or(inputs
                .behind
                .is_some_and(unfollowed)
                .then_some(Cause::Unfollowed))
    }

    /// Stopped keeps the cause of the braking: that is what an operator must know. A robot that went silent
    /// altogether loses its joints first; by the time it stands the camera is known to be lost too, and named.
    fn braked(&self, standing: Standing, inputs: &SupervisorInputs, now: Stamp) -> Standing {
        let state = if standing.deactivating {
            State::Inactive
        } else {
            State::Stopped
        };
        let blind = self
            .image
            .is_some_and(|oldest| inputs.image_age.is_none_or(|age| age > oldest));
        let cause = match standing.cause {
            Cause::StaleState if blind => Cause::StaleImage,
            cause => cause,
        };
        Standing {
            state,
            cause,
            since: now,
            deactivating: false,
        }
    }

    /// The state after `request`, or why it is refused.
    pub fn request(
        &self,
        standing: Standing,
        request: Request,
        inputs: &SupervisorInputs,
        now: Stamp,
    ) -> Result<Standing, Refusal> {
        let enter = |state, cause| {
            Ok(Standing {
                state,
                cause,
                since: now,
                deactivating: false,
            })
        };
        let fresh = || {
            self.unfit(inputs)
                .map_or(Ok(()), |cause| Err(Refusal::NotFresh(cause)))
        };
        match (standing.state, request) {
            (State::Unconfigured, Request::Configured) => enter(State::Inactive, Cause::Requested),
            (State::Inactive | State::Stopped, Request::Activate)
            | (State::Stopped, Request::Resume) => {
                fresh()?;
                enter(State::Holding, Cause::Requested)
            }
            (State::Holding, Request::Activate) => Ok(standing),
            (State::Holding, Request::Track) => {
                fresh()?;
                enter(State::Tracking, Cause::Goal)
            }
            (State::Tracking, Request::Track) => Ok(standing),
            (State::Tracking, Request::EndGoal(cause)) => enter(State::Holding, cause),
            (State::Holding, Request::EndGoal(_) | Request::Hold) => Ok(standing),
            (State::Tracking, Request::Hold) => enter(State::Holding, Cause::Cancelled),
            (State::Holding | State::Tracking | State::Stopped, Request::Deactivate) => {
                Ok(Standing {
                    state: State::Braking,
                    cause: Cause::Requested,
                    since: now,
                    deactivating: true,
                })
            }
            (State::Braking, Request::Deactivate) => Ok(Standing {
                deactivating: true,
                ..standing
            }),
            (State::Inactive | State::Fault, Request::Cleanup) => {
                enter(State::Unconfigured, Cause::CleanedUp)
            }
            (state, request) => Err(Refusal::WrongState { request, state }),
        }
    }
}
