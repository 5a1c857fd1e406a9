//! Whoever gave a goal by `~/reach` hears of it until it ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use r2r::forerun_interfaces::action::Reach;
use r2r::{ActionServerCancelRequest, ActionServerGoal};

use super::course::{Course, End};
use super::desk::Seat;
use super::held::hold;
use super::request::{Verb, carry_out};
use super::{Desk, Errand, RosError};
use crate::control::{Cause, State};
use crate::runtime::Event;
use crate::time::Clock;

/// Between two feedbacks.
const FEEDBACK: Duration = Duration::from_millis(100);

/// What a reception is told.
pub(super) enum Word {
    /// A goal is pursued.
    Begin(Pursuit),
    /// The goal of this ticket is to be given up.
    Cancel(u64, ActionServerCancelRequest),
    /// The session says something.
    Event(Event),
}

/// A goal that somebody waits for.
pub(super) struct Pursuit {
    /// Tells it from all others of this node.
    pub(super) ticket: u64,
    pub(super) goal: ActionServerGoal<Reach::Action>,
    pub(super) course: Course,
    /// Of a model step `[m]`; not-a-number for a goal without a place.
    pub(super) step: f64,
}

/// Judges pursuits on a thread of its own.
pub(super) struct Reception<C> {
    words: Receiver<Word>,
    pursuits: Vec<Pursuit>,
    seat: Seat,
    counter: C,
    clock: Arc<dyn Clock>,
}

/// Opens the reception; it closes when nobody can tell it anything any more.
pub(super) fn open(desk: &Desk, clock: Arc<dyn Clock>) -> Result<Sender<Word>, RosError> {
    let (sender, words) = unbounded();
    let mut reception = Reception {
        words,
        pursuits: Vec::new(),
        seat: desk.seat(),
        counter: desk.counter(),
        clock,
    };
    std::thread::Builder::new()
        .name("ros action".into())
        .spawn(move || reception.work())
        .map_err(|why| RosError::during("the action's thread can't be started", why))?;
    Ok(sender)
}

impl<C: Fn(Errand)> Reception<C> {
    fn work(&mut self) {
        let mut due = Instant::now();
        loop {
            // Nobody waits: nothing is due.
            let word = match self.pursuits.is_empty() {
                true => self.words.recv().map_err(RecvTimeoutError::from),
                false => self.words.recv_deadline(due),
            };
            match word {
                Ok(Word::Begin(pursuit)) => {
                    self.pursuits.push(pursuit);
                    due = Instant::now() + FEEDBACK;
                }
                Ok(Word::Cancel(ticket, request)) => self.cancel(ticket, request),
                Ok(Word::Event(event)) => self.conclude(|pursuit| pursuit.course.hear(&event)),
                Err(RecvTimeoutError::Timeout) => {
                    due = Instant::now() + FEEDBACK;
                    self.beat();
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn cancel(&mut self, ticket: u64, request: ActionServerCancelRequest) {
        let asked = self.pursuits.iter_mut().find(|one| one.ticket == ticket);
        let Some(pursuit) = asked else {
            return request.reject();
        };
        pursuit.course.cancel();
        request.accept();
        (self.counter)(leave(pursuit.course.sequence()));
    }

    fn beat(&mut self) {
        let operator = hold(&self.seat).clone();
        let status = operator.map(|operator| operator.status());
        self.conclude(|pursuit| pursuit.course.look(status.as_ref()));
        let now = self.clock.now();
        for pursuit in &mut self.pursuits {
            if pursuit.course.is_leaving(now) {
                (self.counter)(leave(pursuit.course.sequence()));
            }
            let progress = pursuit.course.progress(now);
            let feedback = Reach::Feedback {
                distance_steps: progress.distance,
                distance: progress.distance * pursuit.step,
                plan_cost: progress.cost,
                time_left: progress.left.map_or(f64::INFINITY, |left| left.secs()),
            };
            said("feedback", pursuit.goal.publish_feedback(feedback));
        }
    }

    /// Ends those that are over.
    fn conclude(&mut self, over: impl Fn(&mut Pursuit) -> Option<End>) {
        let now = self.clock.now();
        self.pursuits.retain_mut(|pursuit| {
            let Some(end) = over(pursuit) else {
                return true;
            };
            let result = |cause: &str| Reach::Result {
                reached: end == End::Reached,
                cause: cause.to_owned(),
                time: pursuit.course.elapsed(now).secs(),
            };
            let sent = match &end {
                End::Reached => pursuit.goal.succeed(result(&Cause::Reached.to_string())),
                End::Cancelled(why) => pursuit.goal.cancel(result(why)),
                End::Aborted(why) => pursuit.goal.abort(result(why)),
            };
            said("result", sent);
            false
        });
    }
}

/// Holds, unless another goal is pursued by then.
fn leave(sequence: u64) -> Errand {
    Errand::Aside(Box::new(move |may| {
        let held = may.and_then(|operator| match operator {
            Some(operator) => {
                let status = operator.status();
                let ours = status.goal == sequence && status.state == State::Tracking;
                ours.then(|| carry_out(operator, Verb::Hold)).transpose()
            }
            None => Ok(None),
        });
        if let Err(why) = held {
            tracing::warn!("~/reach: the goal is not dropped yet: {why}");
        }
    }))
}

fn said(what: &str, sent: Result<(), r2r::Error>) {
    if let Err(why) = sent {
        tracing::warn!("~/reach: {what} was not sent: {why}");
    }
}
