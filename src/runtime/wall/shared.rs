//! What the threads of a session share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::thread::Thread;

use crossbeam::atomic::AtomicCell;
use crossbeam::queue::ArrayQueue;

use super::behindhand::Behindhand;
use super::{Surroundings, WallConfig, planner::Order};
use crate::control::{Cause, Refusal, Request, State};
use crate::planner::{Evidence, Plan};
use crate::robot::{ActionSpace, RobotState, Trajectory};
use crate::runtime::{Event, Incumbent, Observers, Shadowed, Status, Tally, Window};
use crate::sensing::Observation;
use crate::time::{Clock, Span, Stamp};

/// An answer that arrives later.
pub(super) type Answer<T> = Arc<OnceLock<T>>;

/// What the command thread knows of the world.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sensed {
    pub(super) state: Option<RobotState>,
    pub(super) image: Option<Stamp>,
}

/// The newest plan on its way to the command thread.
#[derive(Clone, Debug, Default)]
pub(super) struct PlanSlot {
    pub(super) trajectory: Trajectory,
    pub(super) delivered: Option<Stamp>,
    pub(super) finite: bool,
}

/// What the newest belief and plan said.
#[derive(Clone, Debug, Default)]
pub(super) struct Note {
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) distance: Option<f64>,
    pub(super) surprise: Option<f64>,
    pub(super) goals: u64,
    pub(super) refusal: String,
    pub(super) last_state: Option<RobotState>,
    pub(super) last_image: Option<Stamp>,
    pub(super) tally: Tally,
}

/// Counters.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) ticks: AtomicU64,
    pub(super) misses: AtomicU64,
    pub(super) max_gap: AtomicU64,
    pub(super) limited: AtomicU64,
    pub(super) plans: AtomicU64,
    pub(super) images: AtomicU64,
    pub(super) refused: AtomicU64,
    /// Ticks that found no room on their way to the sender and the observers.
    pub(super) lost: AtomicU64,
    /// Session time of the last tick [ns].
    pub(super) ticked: AtomicU64,
    pub(super) gaps: Window,
    pub(super) plan_times: Window,
    pub(super) image_ages: Window,
    pub(super) state_ages: Window,
    pub(super) skews: Window,
}

/// Aligned as what is stored in one go is: the command thread waits for nobody.
#[derive(Clone, Copy)]
#[repr(align(2))]
struct Shown(State, Cause);

const _: () = assert!(AtomicCell::<Shown>::is_lock_free());

/// The session, as its threads and operators see it.
pub(super) struct Shared {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) second_commander: Arc<AtomicBool>,
    pub(super) incumbent: Option<Arc<Incumbent>>,
    pub(super) config: WallConfig,
    pub(super) observers: RwLock<Option<Observers>>,
    pub(super) over: AtomicBool,
    pub(super) sink_failed: AtomicBool,
    pub(super) requests: ArrayQueue<(Request, Answer<Result<(), Refused>>)>,
    pub(super) orders: ArrayQueue<(Order, Answer<Result<(), String>>)>,
    pub(super) frames: ArrayQueue<Observation>,
    pub(super) counters: Counters,
    pub(super) behind: Behindhand,
    state: AtomicCell<Shown>,
    note: Mutex<Note>,
    planner: OnceLock<Thread>,
    sender: OnceLock<Thread>,
}

/// A refused request, or one that was never answered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refused {
    By(Refusal),
    NoAnswer(super::NoAnswer),
}

impl From<super::NoAnswer> for Refused {
    fn from(silent: super::NoAnswer) -> Self {
        Self::NoAnswer(silent)
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::By(refusal) => refusal.fmt(f),
            Self::NoAnswer(silent) => String::from(*silent).fmt(f),
        }
    }
}

impl Shared {
    pub(super) fn new(
        surroundings: Surroundings,
        config: WallConfig,
        observers: Observers,
        space: &ActionSpace,
    ) -> Self {
        Self {
            clock: surroundings.clock,
            second_commander: surroundings.second_commander,
            incumbent: surroundings.incumbent,
            config,
            observers: RwLock::new(Some(observers)),
            over: AtomicBool::new(false),
            sink_failed: AtomicBool::new(false),
            requests: ArrayQueue::new(32),
            orders: ArrayQueue::new(32),
            frames: ArrayQueue::new(2),
            counters: Counters::default(),
            behind: Behindhand::of(space),
            state: AtomicCell::new(Shown(State::Inactive, Cause::Start)),
            note: Mutex::new(Note::default()),
            planner: OnceLock::new(),
            sender: OnceLock::new(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub(super) fn state(&self) -> (State, Cause) {
        let Shown(state, cause) = self.state.load();
        (state, cause)
    }

    pub(super) fn set_state(&self, state: State, cause: Cause) {
        self.state.store(Shown(state, cause));
    }

    /// Notes are written whole: a panic elsewhere leaves them usable.
    pub(super) fn note(&self) -> MutexGuard<'_, Note> {
        self.note.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, event: &Event) {
        if let Ok(slot) = self.observers.read()
            && let Some(observers) = slot.as_ref()
        {
            observers.publish(event);
        }
    }

    pub(super) fn wants_paths(&self) -> bool {
        let slot = self.observers.read();
        slot.is_ok_and(|slot| slot.as_ref().is_some_and(Observers::wants_paths))
    }

    /// Queues a request for the command thread.
    pub(super) fn post(&self, request: Request) -> Result<Answer<Result<(), Refused>>, String> {
        let answer = Arc::new(OnceLock::new());
        let queued = self.requests.push((request, answer.clone()));
        queued.map_err(|_| "too many requests are waiting; ask again".to_owned())?;
        Ok(answer)
    }

    pub(super) fn enrol_planner(&self) {
        self.planner.get_or_init(std::thread::current);
    }

    pub(super) fn enrol_sender(&self) {
        self.sender.get_or_init(std::thread::current);
    }

    pub(super) fn wake_planner(&self) {
        if let Some(thread) = self.planner.get() {
            thread.unpark();
        }
    }

    pub(super) fn wake_sender(&self) {
        if let Some(thread) = self.sender.get() {
            thread.unpark();
        }
    }

    pub(super) fn wake_all(&self) {
        self.wake_planner();
        self.wake_sender();
    }

    pub(super) fn snapshot(&self) -> Status {
        let now = self.clock.now();
        let (state, cause) = self.state();
        let note = self.note().clone();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.counters;
        let evidence = note.plan.as_ref().map(|plan| &plan.evidence);
        let time = evidence.map_or(Span::ZERO, Evidence::time);
        let lasting = match count(&counters.ticked) {
            0 => Span::ZERO,
            ticked => now - Stamp::from_nanos(ticked as i64),
        };
        let image_age = note.last_image.map(|stamp| now - stamp);
        let state_age = note.last_state.map(|state| now - state.stamp);
        let oldest = |ages: &Window, age: Option<Span>| age.map(|age| age.max(ages.largest(now)));
        let dropped = self
            .observers
            .read()
            .ok()
            .and_then(|slot| slot.as_ref().map(Observers::dropped));
        Status {
            state,
            cause,
            goal: note.goals,
            distance: note.distance,
            sentence: evidence.map_or_else(String::new, |evidence| evidence.sentence()),
            plan_time: time,
            plan_budget: self.config.budget,
            plans: count(&counters.plans),
            ticks: count(&counters.ticks),
            misses: count(&counters.misses),
            max_gap: Span::from_nanos(count(&counters.max_gap) as i64),
            recent_gap: counters.gaps.largest(now).max(lasting),
            recent_plan_time: counters.plan_times.largest(now),
            recent_image_age: oldest(&counters.image_ages, image_age),
            recent_state_age: oldest(&counters.state_ages, state_age),
            recent_skew: counters.skews.largest(now),
            image_age,
            state_age,
            images: count(&counters.images),
            refused: count(&counters.refused),
            lost: 0,
            refusal: note.refusal,
            dropped: dropped.unwrap_or(0) + count(&counters.lost),
            second_commander: self.second_commander.load(Ordering::Relaxed),
            behind: self.behind.sentence(),
            surprise: note.surprise,
            limited_ticks: count(&counters.limited),
            limited: count(&counters.limited) as f64 / (count(&counters.ticks) as f64).max(1.0),
            shadow: self.incumbent.as_ref().map(|incumbent| {
                let (refused, refusal) = incumbent.refused();
                Shadowed {
                    heard: incumbent.heard(),
                    beyond: incumbent.beyond(),
                    age: incumbent.age(now),
                    refused,
                    refusal,
                    tally: note.tally,
                }
            }),
        }
    }
}
