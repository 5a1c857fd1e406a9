//! Where goals and requests from topics and services are handed to the operator.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded};

use super::complaints::Complaints;
use super::held::hold;
use super::request::{Verb, carry_out};
use crate::robot::Axes;
use crate::runtime::{Instruction, Operator};
use crate::sensing::{Goal, RawImage};

/// Errands that may wait; more are refused at once.
const ERRANDS: usize = 16;
/// Between two accepted goals that are logged.
const CALM: Duration = Duration::from_secs(1);

/// Something that needs the operator; it is given `None` while there is none, or why nothing more can be done now.
pub type Job = Box<dyn FnOnce(Result<Option<&dyn Operator>, String>) + Send>;

/// Where the operator sits; vacant while no model is loaded.
pub(super) type Seat = Arc<Mutex<Option<Arc<dyn Operator>>>>;

/// One thing to be done, on the desk's thread.
pub enum Errand {
    /// A service call, and where its answer (success, message) goes.
    Request(Verb, Box<dyn FnOnce(bool, String) + Send>),
    /// A goal picture.
    Image(RawImage),
    /// Joint names and positions `[rad or m]`.
    Joints(Vec<String>, Vec<f64>),
    /// Where the tip or the body is to go `[m]`, or why that can't be said.
    Point(Result<[f64; 3], String>),
    /// Whatever else.
    Job(Job),
}

/// Runs errands one after another on a thread of its own, so that a request that waits for its effect
/// keeps no sensor message waiting.
pub struct Desk {
    errands: Option<Sender<Errand>>,
    operator: Seat,
    goals: Arc<Mutex<Goals>>,
    refusals: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

/// What became of goals.
#[derive(Default)]
pub(super) struct Goals {
    /// Those refused.
    count: u64,
    /// Why the last one was; empty if a later one was accepted.
    last: String,
    said: Complaints,
    /// When an accepted one was logged.
    accepted: Option<Instant>,
}

impl Goals {
    /// One that came by `way` was accepted or, for a reason, not.
    pub(super) fn judge(&mut self, way: &str, result: Result<(), String>) {
        match result {
            Ok(()) => {
                if self.accepted.is_none_or(|said| said.elapsed() > CALM) {
                    tracing::info!("goal accepted: {way}");
                    self.accepted = Some(Instant::now());
                }
                self.last.clear();
            }
            Err(why) => self.refuse(format!("{way}: {why}")),
        }
    }

    fn refuse(&mut self, why: String) {
        self.count += 1;
        if self.said.is_new(&why) {
            tracing::warn!("refused: {why}");
        }
        self.last = why;
    }
}

impl Desk {
    /// Opens the desk of a robot with the action axes `axes`. Until [`attach`](Self::attach), requests and
    /// goals are refused.
    pub fn open(axes: Vec<String>) -> std::io::Result<Self> {
        let (errands, inbox) = bounded(ERRANDS);
        let operator = Seat::default();
        let goals = Arc::<Mutex<Goals>>::default();
        let refusals = Arc::new(AtomicU64::new(0));
        let clerk = Clerk {
            operator: operator.clone(),
            goals: goals.clone(),
            refusals: refusals.clone(),
            axes,
        };
        let thread = std::thread::Builder::new()
            .name("ros desk".into())
            .spawn(move || clerk.work(&inbox))?;
        Ok(Self {
            errands: Some(errands),
            operator,
            goals,
            refusals,
            thread: Some(thread),
        })
    }

    /// Names the operator.
    pub fn attach(&self, operator: Arc<dyn Operator>) {
        *hold(&self.operator) = Some(operator);
    }

    /// The operator, while there is one.
    pub fn operator(&self) -> Option<Arc<dyn Operator>> {
        hold(&self.operator).clone()
    }

    /// Where the operator sits.
    pub(super) fn seat(&self) -> Seat {
        self.operator.clone()
    }

    /// What became of goals.
    #[cfg(feature = "action")]
    pub(super) fn goals(&self) -> Arc<Mutex<Goals>> {
        self.goals.clone()
    }

    /// A counter where errands are handed in; it refuses when too many wait.
    pub fn counter(&self) -> impl Fn(Errand) + Clone + Send + 'static {
        let errands = self.errands.clone();
        let goals = self.goals.clone();
        move |errand| {
            let Some(errands) = &errands else { return };
            if let Err(full) = errands.try_send(errand) {
                let why = format!("{ERRANDS} requests wait already; slow down").to_owned();
                match full.into_inner() {
                    Errand::Request(_, reply) => reply(false, why),
                    Errand::Image(_) | Errand::Joints(..) | Errand::Point(_) => {
                        hold(&goals).refuse(why)
                    }
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
        hold(&self.goals).last.clone()
    }

    /// Goals that were refused.
    pub fn refused(&self) -> u64 {
        hold(&self.goals).count
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
    operator: Seat,
    goals: Arc<Mutex<Goals>>,
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
                Errand::Image(image) => self.pursue("~/goal/image", Ok(Goal::Image(image))),
                Errand::Joints(names, position) => {
                    let goal = joint_goal(&self.axes, &names, &position).map(Goal::Joints);
                    self.pursue("~/goal/joints", goal);
                }
                Errand::Point(point) => self.pursue("~/goal/pose", point.map(Goal::Point)),
                Errand::Job(job) => {
                    let operator = hold(&self.operator).clone();
                    job(Ok(operator.as_deref()));
                }
            }
        }
    }

    fn operator(&self) -> Result<Arc<dyn Operator>, String> {
        let operator = hold(&self.operator).clone();
        operator.ok_or_else(|| "no model is loaded: configure, or call ~/activate".to_owned())
    }

    fn pursue(&self, way: &str, goal: Result<Goal, String>) {
        let result = goal.and_then(|goal| self.operator()?.instruct(Instruction::Pursue(goal)));
        hold(&self.goals).judge(way, result);
    }

    fn request(&self, verb: Verb) -> Result<String, String> {
        carry_out(self.operator()?.as_ref(), verb).inspect_err(|_| {
            if verb != Verb::Hold {
                self.refusals.fetch_add(1, Ordering::AcqRel);
            }
        })
    }
}

/// Positions by name in the order of `axes`; every axis must be named once, others not at all.
pub(super) fn joint_goal(
    axes: &[String],
    names: &[String],
    position: &[f64],
) -> Result<Axes, String> {
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
