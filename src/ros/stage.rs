//! Where a node stands in its lifecycle, for everyone who asks, and `~/transition_event` for everyone who listens.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crossbeam::atomic::AtomicCell;
use r2r::lifecycle_msgs::msg;
use r2r::{Publisher, QosProfile};

use super::desk::Seat;
use super::held::hold;
use super::lifecycle::{Edge, FAULT, LifecycleState};
use super::spin::Caller;
use super::{Desk, RosError, vacancy};
use crate::control::Cause;

/// The state is the session's, except where it has none of its own.
pub(super) struct Stage {
    seat: Seat,
    /// While a request is carried out, and where no session can tell.
    fixed: AtomicCell<Option<LifecycleState>>,
    /// A Fault is published once.
    faulted: AtomicBool,
    /// Why there is no session.
    vacant: AtomicCell<Cause>,
    events: Mutex<Publisher<msg::TransitionEvent>>,
    refusal: Mutex<String>,
}

impl Stage {
    /// Advertises the topic.
    pub(super) fn advertise(spinner: &Caller, desk: &Desk) -> Result<Self, RosError> {
        let events = spinner
            .call(|node, _| node.create_publisher("~/transition_event", QosProfile::default()))?
            .map_err(|why| RosError::during("~/transition_event can't be published", why))?;
        Ok(Self {
            seat: desk.seat(),
            fixed: AtomicCell::new(None),
            faulted: AtomicBool::new(false),
            vacant: AtomicCell::new(Cause::Start),
            events: Mutex::new(events),
            refusal: Mutex::default(),
        })
    }

    /// The state now.
    pub(super) fn state(&self) -> LifecycleState {
        if let Some(state) = self.fixed.load() {
            return state;
        }
        let operator = hold(&self.seat).clone();
        operator.map_or(LifecycleState::Unconfigured, |operator| {
            LifecycleState::of(operator.status().state)
        })
    }

    /// The node passes along `edge`; its goal is stated until the next edge if `fixed`, else it is the session's.
    pub(super) fn pass(&self, edge: &Edge, fixed: bool) {
        self.fixed.store(fixed.then_some(edge.goal));
        let fault = edge.goal == LifecycleState::ErrorProcessing;
        self.faulted.store(fault, Ordering::Release);
        if let Some(cause) = vacancy(edge) {
            self.vacant.store(cause);
        }
        self.publish(edge);
    }

    /// Why there is no session, while there is none.
    pub(super) fn vacant(&self) -> Cause {
        self.vacant.load()
    }

    /// The supervisor entered Fault.
    pub(super) fn fault(&self) {
        // A request that led there says so itself.
        if self.fixed.load().is_none() && !self.faulted.swap(true, Ordering::AcqRel) {
            self.publish(&FAULT);
        }
    }

    /// Why the last request was not carried out, for `~/status` and the log; `None`: it was.
    pub(super) fn say(&self, refusal: Option<&String>) {
        if let Some(why) = refusal {
            tracing::warn!("lifecycle: {why}");
        }
        *hold(&self.refusal) = refusal.cloned().unwrap_or_default();
    }

    /// See [`Stage::say`].
    pub(super) fn refusal(&self) -> String {
        hold(&self.refusal).clone()
    }

    fn publish(&self, edge: &Edge) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let described = describe(edge);
        let event = msg::TransitionEvent {
            timestamp: now.map_or(0, |now| now.as_nanos() as u64),
            transition: described.transition,
            start_state: described.start_state,
            goal_state: described.goal_state,
        };
        if let Err(why) = hold(&self.events).publish(&event) {
            tracing::warn!("~/transition_event can't be published: {why}");
        }
    }
}

/// A state as a message.
pub(super) fn state(state: LifecycleState) -> msg::State {
    msg::State {
        id: state as u8,
        label: state.label().to_owned(),
    }
}

/// An edge as a message.
pub(super) fn describe(edge: &Edge) -> msg::TransitionDescription {
    msg::TransitionDescription {
        transition: msg::Transition {
            id: edge.id,
            label: edge.label.to_owned(),
        },
        start_state: state(edge.start),
        goal_state: state(edge.goal),
    }
}
