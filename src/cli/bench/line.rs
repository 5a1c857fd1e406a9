//! The line on one thread: simulated time for the robot, real time for the stages.

use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use crate::cli::{Contender, Failure, Lab};
use crate::control::{PlanInForce, Request, State, TickInputs};
use crate::embedded::EmbeddedTask;
use crate::planner::Plan;
use crate::robot::Trajectory;
use crate::runtime::{Parts, Task};
use crate::sensing::{Goal, Message, Observation};
use crate::time::{Condition, Span, Stamp, WallClock};

/// Simulated time without a plan after which something is wrong.
const PATIENCE: Span = Span::from_millis(60_000);

/// What one frame took, from the picture's arrival to the command of the plan that it led to.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameTimes {
    pub(super) convert: Duration,
    pub(super) encode: Duration,
    pub(super) belief: Duration,
    pub(super) search: Duration,
    pub(super) hand_over: Duration,
    pub(super) whole: Duration,
    /// The whole again, in the thread's processor time: what remains without other programs.
    pub(super) processor: Duration,
    pub(super) model_steps: usize,
}

/// A frame that came in.
struct Arrival {
    observation: Observation,
    began: Instant,
    processor: Duration,
    convert: Duration,
}

/// A plan on its way from the planner to the command ticks, as on the wall clock.
#[derive(Clone, Default)]
struct Slot {
    trajectory: Trajectory,
    delivered: Option<Stamp>,
}

/// The robot pursuing goal after goal. What it does is simulated; what deciding takes is measured.
pub(super) struct Line {
    parts: Parts,
    task: EmbeddedTask,
    period: Span,
    stopwatch: WallClock,
    now: Stamp,
    seed: u64,
    next_goal: Option<Goal>,
    to_command: triple_buffer::Input<Slot>,
    from_planner: triple_buffer::Output<Slot>,
    messages: Vec<Message>,
}

/// What the calling thread has run so far.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

impl Line {
    pub(super) fn new(lab: &Lab, seed: u64) -> Result<Self, Failure> {
        let (mut parts, mut task) = lab.parts(Contender::Model, seed, Vec::new())?;
        parts.thinker.reset(seed);
        let episode = task.reset(seed)?;
        let (to_command, from_planner) = triple_buffer::triple_buffer(&Slot::default());
        let mut line = Self {
            parts,
            task,
            period: lab.config.control.period,
            stopwatch: WallClock::new(),
            now: Stamp::ZERO,
            seed,
            next_goal: Some(episode.goal),
            to_command,
            from_planner,
            messages: Vec::new(),
        };
        line.ask(Request::Configured)?;
        Ok(line)
    }

    /// Lets time pass until a frame has led to a plan and a command.
    ///
    /// # Errors
    /// Those of the line; a minute without such a frame.
    pub(super) fn frame(&mut self) -> Result<FrameTimes, Failure> {
        let patience = self.now + PATIENCE;
        while self.now < patience {
            self.now += self.period;
            let mut messages = std::mem::take(&mut self.messages);
            messages.clear();
            self.parts.source.poll(self.now, &mut messages)?;
            let mut seen = None;
            for message in &messages {
                seen = self.absorb(message)?.or(seen);
            }
            self.messages = messages;
            let times = match seen {
                Some(arrival) => self.think(&arrival)?,
                None => None,
            };
            match times {
                Some(times) => return Ok(times),
                None => self.command()?,
            }
            self.steer()?;
        }
        Err(Failure::Job(format!(
            "no plan in {} s of simulated time, in state {}; look at the package with `forerun check`",
            PATIENCE.secs(),
            self.state()
        )))
    }

    fn absorb(&mut self, message: &Message) -> Result<Option<Arrival>, Failure> {
        let (began, processor) = (Instant::now(), processor_time());
        let absorbed = self.parts.synchronizer.absorb(message);
        let convert = began.elapsed();
        if !matches!(message, Message::Image(_))
            && let Some(state) = self.parts.synchronizer.state()
        {
            self.parts.thinker.measured(state);
        }
        let observation = absorbed.map_err(|why| Failure::Job(why.to_string()))?;
        Ok(observation.map(|observation| Arrival {
            observation,
            began,
            processor,
            convert,
        }))
    }

    fn think(&mut self, arrival: &Arrival) -> Result<Option<FrameTimes>, Failure> {
        let thinker = &mut self.parts.thinker;
        thinker.observe(&arrival.observation, &self.stopwatch)?;
        if let Some(verdict) = thinker.judge(self.now) {
            thinker.stand();
            self.ask(verdict.request)?;
            return Ok(None);
        }
        if self.state() != State::Tracking {
            return Ok(None);
        }
        let thinker = &mut self.parts.thinker;
        let Some(plan) = thinker.think(self.now, &self.stopwatch, false, false)? else {
            return Ok(None);
        };
        let handing = Instant::now();
        self.deliver(&plan);
        self.command()?;
        let (hand_over, whole) = (handing.elapsed(), arrival.began.elapsed());
        let evidence = &plan.evidence;
        Ok(Some(FrameTimes {
            convert: arrival.convert,
            encode: evidence.encode.to_duration(),
            belief: evidence.belief.to_duration(),
            search: evidence.search.to_duration(),
            hand_over,
            whole,
            processor: processor_time().saturating_sub(arrival.processor),
            model_steps: evidence.model_steps,
        }))
    }

    fn deliver(&mut self, plan: &Plan) {
        let slot = self.to_command.input_buffer_mut();
        slot.trajectory.copy_from(&plan.trajectory);
        slot.delivered = Some(self.now);
        self.to_command.publish();
    }

    /// One command tick, sent.
    fn command(&mut self) -> Result<(), Failure> {
        let slot = self.from_planner.read();
        let plan = slot.delivered.map(|delivered| PlanInForce {
            trajectory: &slot.trajectory,
            delivered,
        });
        let inputs = TickInputs {
            state: self.parts.synchronizer.state().copied(),
            image: self.parts.synchronizer.frame(),
            finite: true,
            clock: Condition::Runs,
            second_commander: false,
            sink_failed: false,
            unheard: false,
        };
        let command = self.parts.controller.tick(self.now, &inputs, plan).command;
        if command.is_sent() {
            self.parts.sink.send(&command)?;
            self.parts.thinker.sent(self.now, command.action);
        }
        Ok(())
    }

    /// Activates, and gives goal after goal.
    fn steer(&mut self) -> Result<(), Failure> {
        match self.state() {
            State::Inactive | State::Stopped => {
                // Refused until inputs are fresh.
                let _ = self.ask(Request::Activate);
            }
            State::Holding => {
                let goal = match self.next_goal.take() {
                    Some(goal) => goal,
                    None => {
                        self.seed = self.seed.wrapping_add(1);
                        self.task.next_goal(self.seed)?.goal
                    }
                };
                self.ask(Request::Track)?;
                self.parts.thinker.pursue(goal, self.now)?;
            }
            State::Tracking | State::Braking | State::Fault | State::Unconfigured => {}
        }
        Ok(())
    }

    fn state(&self) -> State {
        self.parts.controller.standing().state
    }

    fn ask(&mut self, request: Request) -> Result<(), Failure> {
        let asked = self.parts.controller.request(request, self.now);
        asked.map_err(|refusal| Failure::Job(refusal.to_string()))
    }
}
