//! Where goals and requests from topics and services are handed to the operator.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crossbeam::channel::{Receiver, Sender, bounded};

use super::goals::{Goals, Joints, joint_goal};
use super::held::hold;
use super::request::{Verb, carry_out, count_refusal};
use crate::runtime::{Instruction, Operator};
use crate::sensing::{Goal, RawImage};

/// Errands that may wait; more are refused at once.
const ERRANDS: usize = 16;

/// Why a goal that waited is not pursued.
pub(super) const DISPLACED: &str = "something else was asked for while it waited for a transform";

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
    /// A job that takes no goal's place.
    Aside(Job),
    /// A goal that waited since this turn, of which every other errand takes one; it is made an errand with why it
    /// must not be pursued, if another came meanwhile.
    Late(u64, Box<dyn FnOnce(Result<(), String>) -> Errand + Send>),
}

/// Runs errands one after another on a thread of its own, so that a request that waits for its effect
/// keeps no sensor message waiting.
pub struct Desk {
    errands: Option<Sender<Errand>>,
    operator: Seat,
    goals: Arc<Mutex<Goals>>,
    refusals: Arc<AtomicU64>,
    turns: Turns,
    thread: Option<JoinHandle<()>>,
}

/// How often something was asked for that takes the place of goals that wait.
pub(super) type Turns = Arc<AtomicU64>;

impl Desk {
    /// Opens the desk of a robot with these joints. Until [`attach`](Self::attach), requests and
    /// goals are refused.
    pub fn open(joints: Joints) -> std::io::Result<Self> {
        let (errands, inbox) = bounded(ERRANDS);
        let operator = Seat::default();
        let goals = Arc::<Mutex<Goals>>::default();
        let refusals = Arc::new(AtomicU64::new(0));
        let turns = Turns::default();
        let clerk = Clerk {
            operator: operator.clone(),
            goals: goals.clone(),
            refusals: refusals.clone(),
            turns: turns.clone(),
            joints,
        };
        let thread = std::thread::Builder::new()
            .name("ros desk".into())
            .spawn(move || clerk.work(&inbox))?;
        Ok(Self {
            errands: Some(errands),
            operator,
            goals,
            refusals,
            turns,
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
    pub fn counter(&self) -> impl Fn(Errand) + Clone + Send + Sync + 'static {
        let errands = self.errands.clone();
        let (goals, turns) = (self.goals.clone(), self.turns.clone());
        move |errand| {
            let Some(errands) = &errands else { return };
            if !matches!(errand, Errand::Aside(_) | Errand::Late(..)) {
                turns.fetch_add(1, Ordering::AcqRel);
            }
            if let Err(full) = errands.try_send(errand) {
                let why = format!("{ERRANDS} requests wait already; slow down");
                turn_away(full.into_inner(), why, &goals);
            }
        }
    }

    /// Turns so far: an errand that waits elsewhere takes one when it comes.
    #[cfg(feature = "tf")]
    pub(super) fn turns(&self) -> Turns {
        self.turns.clone()
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

/// Refuses an errand unseen.
fn turn_away(errand: Errand, why: String, goals: &Mutex<Goals>) {
    match errand {
        Errand::Request(_, reply) => reply(false, why),
        Errand::Image(_) | Errand::Joints(..) | Errand::Point(_) => hold(goals).refuse(why),
        Errand::Job(job) | Errand::Aside(job) => job(Err(why)),
        Errand::Late(_, make) => turn_away(make(Err(why.clone())), why, goals),
    }
}

struct Clerk {
    operator: Seat,
    goals: Arc<Mutex<Goals>>,
    refusals: Arc<AtomicU64>,
    turns: Turns,
    joints: Joints,
}

impl Clerk {
    fn work(&self, inbox: &Receiver<Errand>) {
        for errand in inbox {
            self.serve(errand);
        }
    }

    fn serve(&self, errand: Errand) {
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
                let goal = joint_goal(&self.joints, &names, &position).map(Goal::Joints);
                self.pursue("~/goal/joints", goal);
            }
            Errand::Point(point) => self.pursue("~/goal/pose", point.map(Goal::Point)),
            Errand::Job(job) | Errand::Aside(job) => {
                let operator = hold(&self.operator).clone();
                job(Ok(operator.as_deref()));
            }
            Errand::Late(turn, make) => self.serve(make(self.is_next(turn))),
        }
    }

    /// Nothing was asked for since `turn`.
    fn is_next(&self, turn: u64) -> Result<(), String> {
        let same = self.turns.load(Ordering::Acquire) == turn;
        same.then_some(()).ok_or_else(|| DISPLACED.to_owned())
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
        let operator = self.operator()?;
        carry_out(operator.as_ref(), verb).inspect_err(|_| {
            if verb != Verb::Hold {
                count_refusal(&self.refusals, operator.as_ref());
            }
        })
    }
}
