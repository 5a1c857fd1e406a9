//! Carries out the requests of the lifecycle: makes sessions and ends them.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam::channel::Sender;
use r2r::QosProfile;

use super::desk::Seat;
use super::held::hold;
use super::lifecycle::{
    ACTIVATE, CONFIGURE, DEACTIVATE, Edge, LifecycleState, Outcome, ending, requested,
};
use super::request::{Verb, carry_out, count_refusal};
use super::session::{Configure, Ports, Session};
use super::sink::Topic;
use super::spin::Caller;
use super::stage::Stage;
use super::{Imagination, Inbox, RosSink, RosSource, StatusObserver};
use crate::config::Parameters;
use crate::control::{ControlConfig, State, Transition};
use crate::robot::ActionSpace;
use crate::runtime::{CommandSink, Form, Incumbent, Instruction, Nowhere, Operator};
use crate::time::Clock;

/// How long activate waits for fresh inputs: after configure the first ones are still on their way.
const ARRIVAL: Duration = Duration::from_secs(2);
/// Between two attempts meanwhile.
const RETRY: Duration = Duration::from_millis(20);

/// What a session is made with.
pub(super) struct Makings {
    pub(super) configure: Configure,
    pub(super) spinner: Caller,
    pub(super) space: ActionSpace,
    pub(super) form: Form,
    /// Twists carry a stamp.
    pub(super) stamped: bool,
    /// Of the command topic.
    pub(super) qos: QosProfile,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) imagination: Imagination,
    pub(super) inbox: Arc<Inbox>,
    pub(super) parameters: Arc<Mutex<Parameters>>,
    pub(super) transitions: Option<Sender<Transition>>,
    pub(super) second: Arc<AtomicBool>,
    /// Who commands the robot, if this node is in its shadow.
    pub(super) incumbent: Option<Arc<Incumbent>>,
    #[cfg(feature = "action")]
    pub(super) reach: Sender<super::reception::Word>,
}

/// The session of a node, and its place in the lifecycle. Whoever holds it may wait: for a model to load, for a
/// robot to stand still.
pub(super) struct Manager {
    makings: Makings,
    stage: Arc<Stage>,
    seat: Seat,
    /// See [`Desk::refusals`](super::Desk::refusals).
    refusals: Arc<AtomicU64>,
    session: Option<(Box<dyn Session>, Option<Topic>)>,
    /// A request panicked.
    broken: bool,
    /// Why it could not be configured.
    failure: Option<Box<dyn Error + Send + Sync>>,
}

impl Manager {
    /// Manages nothing yet.
    pub(super) fn new(
        makings: Makings,
        stage: Arc<Stage>,
        seat: Seat,
        refusals: Arc<AtomicU64>,
    ) -> Self {
        makings.inbox.close();
        Self {
            makings,
            stage,
            seat,
            refusals,
            session: None,
            broken: false,
            failure: None,
        }
    }

    /// `~/change_state`: a number, or a label that wins over it. Nothing changes if it is refused.
    pub(super) fn change(&mut self, id: u8, label: &str) -> Result<(), String> {
        let done = requested(self.stage.state(), id, label).and_then(|edge| self.run(edge));
        self.stage.say(done.as_ref().err());
        done
    }

    fn run(&mut self, edge: &Edge) -> Result<(), String> {
        self.stage.pass(edge, true);
        let carried_out = catch_unwind(AssertUnwindSafe(|| match edge.goal {
            LifecycleState::Configuring => self.configure(),
            LifecycleState::Activating => self.arm(),
            LifecycleState::Deactivating => self.brake(),
            LifecycleState::ShuttingDown => {
                if let Err(why) = self.brake() {
                    tracing::error!("shutdown without standstill: {why}");
                }
                self.free();
                Ok(())
            }
            _ => {
                self.free();
                Ok(())
            }
        }));
        let done = carried_out.unwrap_or_else(|_| {
            self.broken = true;
            Err("panicked; cleanup, then configure again".to_owned())
        });
        let outcome = match &done {
            Ok(()) => Outcome::Success,
            Err(_) if self.broken || self.is_fault() => Outcome::Error,
            Err(_) => Outcome::Failure,
        };
        let end = ending(edge.goal, outcome);
        let over = end.goal == LifecycleState::Finalized;
        self.stage.pass(end, over || self.broken);
        done.map_err(|why| format!("{}: {why}", edge.label))
    }

    /// `~/activate`: configures first if need be. Gives what there is to say.
    pub(super) fn activate(&mut self) -> Result<String, String> {
        if self.stage.state() == LifecycleState::Unconfigured {
            self.change(CONFIGURE, "")?;
        }
        if matches!(self.stage.state(), LifecycleState::Active) {
            let operator = self.operator()?;
            return carry_out(operator.as_ref(), Verb::Activate)
                .inspect_err(|_| count_refusal(&self.refusals, operator.as_ref()));
        }
        self.change(ACTIVATE, "")?;
        Ok(self.operator()?.status().state.to_string())
    }

    /// The first half of autostart: configures, unless somebody else has done so already.
    pub(super) fn autoconfigure(&mut self) -> Result<(), String> {
        let state = self.stage.state();
        if state != LifecycleState::Unconfigured {
            tracing::info!(
                "autostart: somebody was first, the node is {} already",
                state.label()
            );
            return Ok(());
        }
        self.change(CONFIGURE, "")
    }

    /// Activates if it can be done now; true once nothing is left to be tried.
    pub(super) fn autostart(&mut self) -> Result<bool, String> {
        if self.stage.state() != LifecycleState::Inactive {
            return Ok(true);
        }
        let operator = self.operator()?;
        operator
            .instruct(Instruction::Activate)
            .inspect_err(|_| count_refusal(&self.refusals, operator.as_ref()))?;
        // Attempts that came too early are nobody's business.
        let edge = requested(LifecycleState::Inactive, ACTIVATE, "")?;
        self.stage.pass(edge, false);
        self.stage.pass(ending(edge.goal, Outcome::Success), false);
        Ok(true)
    }

    /// Brakes and frees everything: the end of the process.
    pub(super) fn close(&mut self) {
        if self.stage.state() == LifecycleState::Active
            && let Err(why) = self.change(DEACTIVATE, "")
        {
            tracing::error!("the robot could not be brought to a stop: {why}");
        }
        self.free();
        self.makings.transitions = None;
    }

    /// Why it could not be configured, once.
    pub(super) fn failure(&mut self) -> Option<Box<dyn Error + Send + Sync>> {
        self.failure.take()
    }

    fn configure(&mut self) -> Result<(), String> {
        let makings = &mut self.makings;
        let transitions = makings.transitions.clone().ok_or("the node ends")?;
        let parameters = hold(&makings.parameters).clone();
        let control = ControlConfig::from_parameters(&parameters).map_err(|why| why.to_string())?;
        let mut news = None;
        let (sink, topic): (Box<dyn CommandSink>, _) = if makings.incumbent.is_some() {
            (Box::new(Nowhere), None)
        } else {
            let sink = RosSink::advertise(
                &makings.spinner,
                &makings.space,
                makings.form,
                makings.stamped,
                makings.qos.clone(),
                makings.clock.clone(),
            );
            let mut sink = sink.map_err(|why| why.to_string())?;
            news = sink.with_chunks(&makings.space, &control);
            let topic = sink.topic();
            (Box::new(sink), Some(topic))
        };
        makings.inbox.open();
        let ports = Ports {
            source: RosSource::of(makings.inbox.clone()),
            sink,
            observer: StatusObserver::new(
                transitions,
                news,
                #[cfg(feature = "action")]
                makings.reach.clone(),
            ),
            imagination: makings.imagination.clone(),
            second_commander: makings.second.clone(),
            incumbent: makings.incumbent.clone(),
            parameters,
        };
        match (makings.configure)(ports) {
            Ok(session) => {
                *hold(&self.seat) = Some(session.operator());
                self.session = Some((session, topic));
                Ok(())
            }
            Err(why) => {
                self.retire(topic);
                let said = why.to_string();
                self.failure = Some(why);
                Err(said)
            }
        }
    }

    /// Tries until inputs are fresh, for a while.
    fn arm(&mut self) -> Result<(), String> {
        let operator = self.operator()?;
        let deadline = Instant::now() + ARRIVAL;
        loop {
            match carry_out(operator.as_ref(), Verb::Activate) {
                Ok(_) => return Ok(()),
                Err(why) if Instant::now() >= deadline => {
                    count_refusal(&self.refusals, operator.as_ref());
                    return Err(why);
                }
                Err(_) => std::thread::sleep(RETRY),
            }
        }
    }

    fn brake(&self) -> Result<(), String> {
        let Ok(operator) = self.operator() else {
            return Ok(());
        };
        let said = carry_out(operator.as_ref(), Verb::Deactivate)?;
        if self.is_fault() {
            let cause = operator.status().cause;
            return Err(format!("{said}: {cause}"));
        }
        Ok(())
    }

    fn free(&mut self) {
        *hold(&self.seat) = None;
        self.broken = false;
        if let Some((session, topic)) = self.session.take() {
            session.end();
            self.retire(topic);
        }
        self.makings.inbox.close();
    }

    fn retire(&self, topic: Option<Topic>) {
        self.makings.inbox.close();
        let retired = topic.map(|topic| topic.retire(&self.makings.spinner));
        if let Some(Err(why)) = retired {
            tracing::warn!("the command topic stays on the graph: {why}");
        }
    }

    fn operator(&self) -> Result<Arc<dyn Operator>, String> {
        let operator = hold(&self.seat).clone();
        operator.ok_or_else(|| format!("{}: no model is loaded", self.stage.state().label()))
    }

    fn is_fault(&self) -> bool {
        let operator = hold(&self.seat).clone();
        operator.is_some_and(|operator| operator.status().state == State::Fault)
    }
}
