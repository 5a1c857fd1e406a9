//! What was so at every moment of a session on the wall clock.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::control::{Cause, State};
use crate::runtime::{Event, Observer, PortError, SensorSource, Task, Truth};
use crate::sensing::Message;
use crate::time::{Span, Stamp};

/// Time between two moments: the fast clock's tick.
const MOMENT: Span = Span::from_millis(5);

/// A task that two threads look at: the sensors' for the truth, the examiner's for its rules.
pub(super) type SharedTask = Arc<Mutex<Box<dyn Task>>>;

/// Takes the task; a panic elsewhere leaves its numbers whole.
pub(super) fn lock(task: &SharedTask) -> MutexGuard<'_, Box<dyn Task>> {
    task.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the threads of a session leave behind: the truth at every moment, and the supervisor's standing.
pub(super) struct Witness {
    truths: Receiver<(Stamp, Truth)>,
    transitions: Receiver<(Stamp, State, Cause)>,
    moment: Option<(Stamp, Truth)>,
    transition: Option<(Stamp, State, Cause)>,
    standing: (State, Cause),
}

impl Witness {
    /// A witness; the source around `inner` and the observer are to be put in its way.
    pub(super) fn new(
        inner: Box<dyn SensorSource>,
        task: SharedTask,
    ) -> (Self, Box<dyn SensorSource>, Box<dyn Observer>) {
        let (truths_in, truths) = channel();
        let (transitions_in, transitions) = channel();
        let witness = Self {
            truths,
            transitions,
            moment: None,
            transition: None,
            standing: (State::Inactive, Cause::Start),
        };
        let source = Watched {
            inner,
            task,
            due: Stamp::ZERO,
            truths: truths_in,
        };
        (witness, Box::new(source), Box::new(Notes(transitions_in)))
    }

    /// The next moment not after `until`: its truth, and the standing by then. To be asked for a while after it
    /// was, when every thread has told what it knows of it.
    pub(super) fn next(&mut self, until: Stamp) -> Option<(Stamp, Truth, (State, Cause))> {
        self.moment = self.moment.or_else(|| self.truths.try_recv().ok());
        let (stamp, truth) = self.moment.take_if(|moment| moment.0 <= until)?;
        loop {
            self.transition = self.transition.or_else(|| self.transitions.try_recv().ok());
            match self.transition.take_if(|transition| transition.0 <= stamp) {
                Some((_, state, cause)) => self.standing = (state, cause),
                None => return Some((stamp, truth, self.standing)),
            }
        }
    }
}

/// A source that lets time pass moment by moment, however seldom it is polled. How often a robot is polled
/// changes nothing of what it does, so watching doesn't either.
struct Watched {
    inner: Box<dyn SensorSource>,
    task: SharedTask,
    due: Stamp,
    truths: Sender<(Stamp, Truth)>,
}

impl SensorSource for Watched {
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        while self.due <= now {
            self.inner.poll(self.due, messages)?;
            let truth = lock(&self.task).truth(self.due);
            // Nobody listens any more once the episode is decided.
            let _ = self.truths.send((self.due, truth));
            self.due += MOMENT;
        }
        self.inner.poll(now, messages)
    }
}

struct Notes(Sender<(Stamp, State, Cause)>);

impl Observer for Notes {
    fn observe(&mut self, event: &Event) {
        if let Event::Transition(transition) = event {
            // As above.
            let _ = self
                .0
                .send((transition.stamp, transition.to, transition.cause));
        }
    }
}
