//! The wall clock: a thread a job, newest-value hand-overs between them.
//!
//! sensors -> (newest state: triple buffer; frames: bounded queue) -> planner -> (newest plan: triple buffer) ->
//! command ticks -> (wait-free ring) -> sender. What passes is copied to the observers' queues, never by the
//! command thread.

mod behindhand;
mod command;
mod planner;
mod sender;
mod sensors;
mod shared;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Incumbent, Instruction, Observers, Operator, Parts, PortError, Status};
use crate::control::{Request, State};
use crate::planner::Plan;
use crate::sensing::Complaints;
use crate::time::{Clock, Span, Stamp, WallClock};
use shared::{PlanSlot, Sensed, Shared};

/// Commands that wait for the sender or the planner: five seconds at 200 Hz.
const COMMANDS: usize = 1024;
/// How long an instruction may take to be answered.
const ANSWER: Duration = Duration::from_millis(500);

/// What the wall clock is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WallConfig {
    /// Time between command ticks.
    pub period: Span,
    /// From a plan's making to its delivery.
    pub budget: Span,
    /// FIFO priority asked for the command thread; sender and sensors get one and two less. `None`: the normal
    /// class.
    pub priority: Option<u8>,
}

/// What a session shares with its ports.
#[derive(Clone)]
pub struct Surroundings {
    /// The clock by which sources stamp: the machine's own, or one that is told its time.
    pub clock: Arc<dyn Clock>,
    /// Raised while somebody else commands the same robot.
    pub second_commander: Arc<AtomicBool>,
    /// Whoever drives the robot, if this session is in its shadow.
    pub incumbent: Option<Arc<Incumbent>>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            clock: Arc::new(WallClock::new()),
            second_commander: Arc::default(),
            incumbent: None,
        }
    }
}

/// A running session. [`WallSession::stop`] brakes and ends every thread.
pub struct WallSession {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl WallSession {
    /// Starts the threads of a session in state Inactive, on a clock of its own.
    ///
    /// # Errors
    /// A thread that can't be started.
    pub fn start(parts: Parts, config: WallConfig) -> Result<Self, PortError> {
        Self::start_in(Surroundings::default(), parts, config)
    }

    /// Starts the threads of a session whose ports stamp by the same clock.
    ///
    /// # Errors
    /// A thread that can't be started.
    pub fn start_in(
        surroundings: Surroundings,
        parts: Parts,
        config: WallConfig,
    ) -> Result<Self, PortError> {
        let failed = |why: std::io::Error| PortError(format!("a thread can't be started: {why}"));
        let observers = Observers::start(parts.observers).map_err(failed)?;
        let space = parts.thinker.space();
        let shared = Arc::new(Shared::new(surroundings, config, observers, space));
        let (sensed_in, sensed_out) = triple_buffer::triple_buffer(&Sensed::default());
        let (plan_in, plan_out) = triple_buffer::triple_buffer(&PlanSlot::default());
        let (to_sender, for_sender) = rtrb::RingBuffer::new(COMMANDS);
        let (to_planner, for_planner) = rtrb::RingBuffer::new(COMMANDS);

        let mut threads = Vec::new();
        let mut spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
            let thread = std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(body)
                .map_err(failed)?;
            threads.push(thread);
            Ok::<_, PortError>(())
        };
        let (mut controller, sender_shared) = (parts.controller, shared.clone());
        controller
            .request(Request::Configured, shared.clock.now())
            .map_err(|refusal| PortError(refusal.to_string()))?;
        let sender = sender::Sender {
            shared: sender_shared,
            sink: parts.sink,
            commands: for_sender,
        };
        spawn("sender", Box::new(move || sender.run()))?;
        let command = command::CommandLoop {
            shared: shared.clone(),
            controller,
            sensed: sensed_out,
            plan: plan_out,
            to_sender,
            to_planner,
            jumps: shared.clock.jumps(),
        };
        spawn("command", Box::new(move || command.run()))?;
        let mut thinker = parts.thinker;
        if shared.incumbent.is_some() {
            thinker.step_back();
        }
        let planner = planner::PlannerLoop {
            shared: shared.clone(),
            thinker,
            sent: for_planner,
            plan: plan_in,
            thought: Stamp::ZERO,
            health: planner::Health::default(),
        };
        spawn("planner", Box::new(move || planner.run()))?;
        let sensors = sensors::SensorLoop {
            shared: shared.clone(),
            source: parts.source,
            synchronizer: parts.synchronizer,
            sensed: sensed_in,
            complaints: Complaints::default(),
        };
        spawn("sensors", Box::new(move || sensors.run()))?;
        Ok(Self { shared, threads })
    }

    /// Session time.
    pub fn now(&self) -> Stamp {
        self.shared.clock.now()
    }

    /// A handle for operators; it outlives the session harmlessly.
    pub fn operator(&self) -> Arc<dyn Operator> {
        self.shared.clone()
    }

    /// The newest plan.
    pub fn plan(&self) -> Option<Arc<Plan>> {
        self.shared.note().plan.clone()
    }

    /// Brakes, stops sending, ends every thread and lets the observers finish.
    pub fn stop(self) {
        if self.shared.state().0.is_active() {
            let _ = self.shared.ask(Request::Deactivate);
            let deadline = Instant::now() + Duration::from_secs(3);
            while self.shared.state().0.is_active() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        self.shared.over.store(true, Ordering::Release);
        self.shared.wake_all();
        for thread in self.threads {
            let name = thread.thread().name().unwrap_or("unnamed").to_owned();
            if thread.join().is_err() {
                tracing::error!("the {name} thread panicked");
            }
        }
        if let Some(observers) = self
            .shared
            .observers
            .write()
            .ok()
            .and_then(|mut slot| slot.take())
        {
            observers.finish();
        }
    }
}

impl Operator for Shared {
    fn instruct(&self, instruction: Instruction) -> Result<(), String> {
        match instruction {
            Instruction::Pursue(goal) => self.give(planner::Order::Pursue(goal)),
            Instruction::Weigh(cost) => self.give(planner::Order::Weigh(cost)),
            Instruction::Hold => self.give(planner::Order::Hold),
            Instruction::Activate => {
                self.give(planner::Order::Ready)?;
                self.ask(Request::Activate)
            }
            Instruction::Resume => self.ask(Request::Resume),
            Instruction::Deactivate => self.ask(Request::Deactivate),
        }
    }

    fn status(&self) -> Status {
        self.snapshot()
    }
}

impl Shared {
    /// Puts a request to the command thread and waits for its answer.
    fn ask(&self, request: Request) -> Result<(), String> {
        if self.state() == (State::Inactive, crate::control::Cause::Start)
            && self.over.load(Ordering::Acquire)
        {
            return Err("the session is over".to_owned());
        }
        let answer = self.post(request)?;
        wait(|| answer.get().copied()).map_err(|refusal| refusal.to_string())
    }

    /// Gives the planner an order and waits for its answer.
    fn give(&self, order: planner::Order) -> Result<(), String> {
        let answer = Arc::new(std::sync::OnceLock::new());
        self.orders
            .push((order, answer.clone()))
            .map_err(|_| "too many orders are waiting; ask again".to_owned())?;
        self.wake_planner();
        wait(|| answer.get().cloned())
    }
}

/// Polls `answer` until it is there.
fn wait<E: From<NoAnswer>>(answer: impl Fn() -> Option<Result<(), E>>) -> Result<(), E> {
    let deadline = Instant::now() + ANSWER;
    while Instant::now() < deadline {
        if let Some(answer) = answer() {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err(NoAnswer.into())
}

/// A thread of the session did not answer in time.
#[derive(Clone, Copy, Debug)]
struct NoAnswer;

impl From<NoAnswer> for String {
    fn from(_: NoAnswer) -> Self {
        format!(
            "no answer within {} ms; the session hangs or is over",
            ANSWER.as_millis()
        )
    }
}
