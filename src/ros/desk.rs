//! Where goals and requests from topics and services are handed to the operator.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded};

use crate::control::State;
use crate::robot::Axes;
use crate::runtime::{Instruction, Operator};
use crate::sensing::{Goal, RawImage};

/// How long a request may take until its effect shows: braking included.
const EFFECT: Duration = Duration::from_secs(2);
/// How often the effect is looked for.
const LOOK: Duration = Duration::from_millis(2);
/// Errands that may wait; more are refused at once.
const ERRANDS: usize = 16;

/// What the services ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `~/activate`.
    Activate,
    /// `~/resume`.
    Resume,
    /// `~/hold`.
    Hold,
}

/// Something that needs the operator; it is given why there is none, or why it has to wait.
pub type Job = Box<dyn FnOnce(Result<&dyn Operator, String>) + Send>;

/// One thing to be done, on the desk's thread.
pub enum Errand {
    /// A service call, and where its answer (success, message) goes.
    Request(Verb, Box<dyn FnOnce(bool, String) + Send>),
    /// A goal picture.
    Image(RawImage),
    /// Joint names and positions `[rad or m]`.
    Joints(Vec<String>, Vec<f64>),
    /// Whatever else.
    Job(Job),
}

/// Runs errands one after another on a thread of its own, so that a request that waits for its effect
/// keeps no sensor message waiting.
pub struct Desk {
    errands: Option<Sender<Errand>>,
    operator: Arc<OnceLock<Arc<dyn Operator>>>,
    refusal: Arc<Mutex<String>>,
    refusals: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    /// Opens the desk of a robot with the action axes `axes`. Until [`attach`](Self::attach), everything is
    /// refused as "still loading".
    pub fn open(axes: Vec<String>) -> std::io::Result<Self> {
        let (errands, inbox) = bounded(ERRANDS);
        let operator = Arc::new(OnceLock::new());
        let refusal = Arc::new(Mutex::new(String::new()));
        let refusals = Arc::new(AtomicU64::new(0));
        let clerk = Clerk {
            operator: operator.clone(),
            refusal: refusal.clone(),
            refusals: refusals.clone(),
            axes,
        };
        let thread = std::thread::Builder::new()
            .name("ros desk".into())
            .spawn(move || clerk.work(&inbox))?;
        Ok(Self {
            errands: Some(errands),
            operator,
            refusal,
            refusals,
            thread: Some(thread),
        })
    }

    /// Names the operator; only the first one counts.
    pub fn attach(&self, operator: Arc<dyn Operator>) {
        if self.operator.set(operator).is_err() {
            tracing::error!("a second session for one ROS node; the first one stays");
        }
    }

    /// The operator, once attached.
    pub fn operator(&self) -> Option<&Arc<dyn Operator>> {
        self.operator.get()
    }

    /// A counter where errands are handed in; it refuses when too many wait.
    pub fn counter(&self) -> impl Fn(Errand) + Clone + Send + 'static {
        let errands = self.errands.clone();
        let refusal = self.refusal.clone();
        move |errand| {
            let Some(errands) = &errands else { return };
            if let Err(full) = errands.try_send(errand) {
                let why = format!("{ERRANDS} requests wait already; slow down").to_owned();
                match full.into_inner() {
                    Errand::Request(_, reply) => reply(false, why),
                    Errand::Image(_) | Errand::Joints(..) => refuse(&refusal, why),
                    Errand::Job(job) => job(Err(why)),
                }
            }
        }
    }

    /// How often the operator refused to activate or resume: the robot rests then, and somebody wants it to move.
    pub fn refusals(&self) -> &Arc<AtomicU64> {
        &self.refusals
    }

    /// Why the last goal was refused; empty if it was accepted.
    pub fn refusal(&self) -> String {
        self.refusal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Counters in callbacks may outlive the desk: their node is dropped first by whoever owns both.
        self.errands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the ROS desk panicked; requests were lost");
        }
    }
}

struct Clerk {
    operator: Arc<OnceLock<Arc<dyn Operator>>>,
    refusal: Arc<Mutex<String>>,
    refusals: Arc<AtomicU64>,
    axes: Vec<String>,
}

impl Clerk {
    fn work(&self, inbox: &Receiver<Errand>) {
        for errand in inbox {
            match errand {
                Errand::Request(verb, reply) => {
                    let (success, message) = match self.request(verb) {
                        Ok(message) => (true, message),
                        Err(message) => (false, message),
                    };
                    reply(success, message);
                }
                Errand::Image(image) => self.pursue("image", Ok(Goal::Image(image))),
                Errand::Joints(names, position) => {
                    let goal = joint_goal(&self.axes, &names, &position).map(Goal::Joints);
                    self.pursue("joints", goal);
                }
                Errand::Job(job) => job(self.operator()),
            }
        }
    }

    fn operator(&self) -> Result<&dyn Operator, String> {
        let operator = self.operator.get().map(Arc::as_ref);
        operator.ok_or_else(|| "still loading: try again when ~/status says Inactive".to_owned())
    }

    fn pursue(&self, kind: &str, goal: Result<Goal, String>) {
        let result = goal.and_then(|goal| self.operator()?.instruct(Instruction::Pursue(goal)));
        match result {
            Ok(()) => {
                tracing::info!("goal accepted: {kind}");
                self.refusal
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clear();
            }
            Err(why) => refuse(&self.refusal, format!("~/goal/{kind}: {why}")),
        }
    }

    /// Asks, and waits until it shows: an answer that says yes means done.
    fn request(&self, verb: Verb) -> Result<String, String> {
        let operator = self.operator()?;
        let before = operator.status().state;
        let (instruction, done): (_, fn(State) -> bool) = match verb {
            Verb::Activate if before.is_active() && before != State::Stopped => {
                return Ok(format!("already active: {before}"));
            }
            Verb::Resume if before.is_active() && before != State::Stopped => {
                return Ok(format!("nothing to resume: {before}"));
            }
            Verb::Activate => (Instruction::Activate, moves),
            Verb::Resume => (Instruction::Resume, moves),
            Verb::Hold if !before.is_active() => {
                return Err(format!("{before}: nothing moves; activate first"));
            }
            Verb::Hold => (Instruction::Hold, rests),
        };
        operator.instruct(instruction).inspect_err(|_| {
            if verb != Verb::Hold {
                self.refusals.fetch_add(1, Ordering::AcqRel);
            }
        })?;
        let deadline = Instant::now() + EFFECT;
        loop {
            let status = operator.status();
            if done(status.state) {
                return Ok(status.state.to_string());
            }
            if Instant::now() >= deadline {
                return Err(format!(
                    "accepted, but after {:.0} s the state is {}: {}",
                    EFFECT.as_secs_f64(),
                    status.state,
                    status.cause
                ));
            }
            std::thread::sleep(LOOK);
        }
    }
}

fn moves(state: State) -> bool {
    matches!(state, State::Holding | State::Tracking)
}

fn rests(state: State) -> bool {
    matches!(state, State::Holding | State::Stopped)
}

fn refuse(refusal: &Mutex<String>, why: String) {
    tracing::warn!("refused: {why}");
    *refusal.lock().unwrap_or_else(PoisonError::into_inner) = why;
}

/// Positions by name in the order of `axes`; every axis must be named once, others not at all.
fn joint_goal(axes: &[String], names: &[String], position: &[f64]) -> Result<Axes, String> {
    if names.len() != position.len() {
        return Err(format!(
            "{} names but {} positions; expected one each",
            names.len(),
            position.len()
        ));
    }
    let mut given = HashMap::new();
    for (name, value) in names.iter().zip(position) {
        if !axes.contains(name) {
            return Err(format!(
                "no joint is called {name}; expected {}",
                axes.join(", ")
            ));
        }
        if !value.is_finite() {
            return Err(format!(
                "position of {name} is {value}; expected a finite number"
            ));
        }
        if given.insert(name.as_str(), *value).is_some() {
            return Err(format!("joint {name} is named twice"));
        }
    }
    let values: Result<Vec<f64>, String> = axes
        .iter()
        .map(|axis| {
            given
                .get(axis.as_str())
                .copied()
                .ok_or_else(|| format!("joint {axis} is missing"))
        })
        .collect();
    Axes::from_slice(&values?).ok_or_else(|| "too many joints".to_owned())
}
