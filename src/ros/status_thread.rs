//! `~/status` and `/diagnostics`, from a thread of their own.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError};
use r2r::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use r2r::{Publisher, QosProfile};

use super::held::hold;
use super::spin::Caller;
use super::stage::Stage;
use super::unheard::Silence;
use super::{Desk, Inbox, RosError, StampMapper, convert, diagnostics};
use crate::config::Parameters;
use crate::control::{Cause, State, Transition};
use crate::runtime::{Health, Level, Status, level};
use crate::time::Clock;

/// Between two `~/status`.
const STATUS: Duration = Duration::from_millis(100);
/// Between two `/diagnostics`.
const DIAGNOSTICS: Duration = Duration::from_secs(1);

/// What the thread reads and where it publishes.
pub(super) struct Reporter {
    pub(super) name: String,
    pub(super) robot: String,
    pub(super) desk: Arc<Desk>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) stage: Arc<Stage>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) parameters: Arc<Mutex<Parameters>>,
    /// Publishers that are not heard.
    pub(super) unheard: Arc<Mutex<Vec<Silence>>>,
    status: Publisher<DiagnosticStatus>,
    array: Publisher<DiagnosticArray>,
}

impl Reporter {
    /// Advertises both topics.
    pub(super) fn advertise(
        spinner: &Caller,
        (name, robot): (String, String),
        (desk, inbox, stage): (Arc<Desk>, Arc<Inbox>, Arc<Stage>),
        (clock, parameters): (Arc<dyn Clock>, Arc<Mutex<Parameters>>),
    ) -> Result<Self, RosError> {
        let (status, array) = spinner
            .call(|node, _| {
                let status = node.create_publisher("~/status", QosProfile::default())?;
                let array = node.create_publisher("/diagnostics", QosProfile::default())?;
                Ok((status, array))
            })?
            .map_err(|why: r2r::Error| RosError::during("~/status can't be published", why))?;
        Ok(Self {
            name,
            robot,
            desk,
            inbox,
            stage,
            clock,
            parameters,
            unheard: Arc::default(),
            status,
            array,
        })
    }

    /// Publishes until `transitions` is disconnected: each transition at once, the rest on its beat.
    pub(super) fn start(
        self,
        transitions: Receiver<Transition>,
    ) -> Result<JoinHandle<()>, RosError> {
        std::thread::Builder::new()
            .name("ros status".into())
            .spawn(move || self.run(&transitions))
            .map_err(|why| RosError::during("the status thread can't be started", why))
    }

    fn run(&self, transitions: &Receiver<Transition>) {
        let mut status_due = Instant::now();
        let mut array_due = status_due;
        let mut silent = false;
        let mut before = Status::default();
        loop {
            let waited = transitions.recv_deadline(status_due);
            let operator = self.desk.operator();
            let mut status = operator.map_or_else(
                || Status {
                    cause: self.stage.vacant(),
                    ..Status::default()
                },
                |operator| operator.status(),
            );
            status.lost = self.inbox.dropped();
            let (refused, refusal) = self.inbox.refused();
            status.refused += refused;
            if status.refusal.is_empty() {
                status.refusal = refusal;
            }
            match waited {
                Ok(transition) => {
                    // The state of that moment, even if the next one has come already.
                    (status.state, status.cause) = (transition.to, transition.cause);
                    tell(&transition, &status.reason());
                    if transition.to == State::Fault {
                        self.stage.fault();
                    }
                }
                Err(RecvTimeoutError::Timeout) => status_due = next(status_due, STATUS),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let message = self.message(&status);
            let mut sent = self.status.publish(&message);
            if Instant::now() >= array_due {
                array_due = next(array_due, DIAGNOSTICS);
                let mut array = DiagnosticArray {
                    status: self.diagnose(&before, &status),
                    ..DiagnosticArray::default()
                };
                before = status;
                let offset = StampMapper::wall_offset(self.clock.as_ref());
                array.header.stamp = convert::time(self.clock.now(), offset);
                sent = sent.and(self.array.publish(&array));
            }
            match sent {
                Ok(()) => silent = false,
                Err(why) if !silent => {
                    tracing::error!("~/status can't be published: {why}");
                    silent = true;
                }
                Err(_) => {}
            }
        }
    }

    fn message(&self, status: &Status) -> DiagnosticStatus {
        let unheard = hold(&self.unheard).clone();
        let unheard: Vec<String> = unheard.into_iter().map(|found| found.sentence).collect();
        let own = [
            ("goal_refusal", self.desk.refusal()),
            ("goals_refused", self.desk.refused().to_string()),
            ("lifecycle", self.stage.state().label().to_owned()),
            ("lifecycle_refusal", self.stage.refusal()),
            ("messages", self.inbox.arrived().to_string()),
            ("messages_dropped", self.inbox.dropped().to_string()),
            ("unheard_publishers", unheard.len().to_string()),
            ("unheard", unheard.join("; ")),
        ];
        let mut values = diagnostics::values(status);
        values.extend(own);
        let said = (level(status.state), diagnostics::summary(status));
        diagnostics::status(said, self.name.clone(), &self.robot, values)
    }

    /// What is judged; by thresholds that may have changed.
    fn diagnose(&self, before: &Status, now: &Status) -> Vec<DiagnosticStatus> {
        let health = match Health::from_parameters(&hold(&self.parameters)) {
            Ok(health) => health,
            Err(why) => {
                tracing::error!("/diagnostics: {why}");
                return Vec::new();
            }
        };
        let unheard = hold(&self.unheard).clone();
        let topics = diagnostics::topics(now.state, self.clock.condition(), &unheard);
        let findings = health.examine(before, now).into_iter();
        findings
            .chain([topics])
            .map(|finding| diagnostics::entry(&self.name, &self.robot, finding))
            .collect()
    }
}

/// Logs a change of state, as loud as it is bad; what was asked for is not.
fn tell(transition: &Transition, reason: &str) {
    let Transition {
        from, to, cause, ..
    } = transition;
    match level(*to) {
        Level::Warn if *cause != Cause::Requested => tracing::warn!("{from} -> {to}: {reason}"),
        Level::Error => tracing::error!("{from} -> {to}: {reason}"),
        _ => tracing::info!("{from} -> {to}: {reason}"),
    }
}

/// The next beat; beats that were missed are left out.
fn next(due: Instant, period: Duration) -> Instant {
    (due + period).max(Instant::now())
}
