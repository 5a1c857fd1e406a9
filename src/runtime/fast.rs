//! The fast clock: one thread steps robot, sensing, planner and command ticks in lock-step, as fast as the
//! machine goes, deterministic by seed.

use std::sync::Arc;

use super::{
    CommandSink, Counts, Event, GoalPhase, Instruction, Observer, Parts, PortError, SensorSource,
    Thinker,
};
use crate::control::{Cause, Controller, PlanInForce, Request, State, TickInputs};
use crate::planner::Plan;
use crate::sensing::{Complaints, Goal, Message, Observation, Synchronizer};
use crate::time::{Clock, Condition, FastClock, Span, Stamp};

/// The line on simulated time.
pub struct FastSession {
    clock: FastClock,
    period: Span,
    budget: Span,
    source: Box<dyn SensorSource>,
    sink: Box<dyn CommandSink>,
    synchronizer: Synchronizer,
    thinker: Thinker,
    controller: Controller,
    observers: Vec<Box<dyn Observer>>,
    wants_paths: bool,
    messages: Vec<Message>,
    plan: Option<(Stamp, Arc<Plan>)>,
    pending: Option<(Stamp, Arc<Plan>)>,
    thought: Stamp,
    sink_failed: bool,
    complaints: Complaints,
    counts: Counts,
}

impl FastSession {
    /// A configured session at time zero, in state Inactive. `period`: between command ticks; `budget`: from a
    /// plan's making to its delivery.
    ///
    /// # Errors
    /// Never for a fresh controller.
    pub fn new(parts: Parts, period: Span, budget: Span) -> Result<Self, PortError> {
        let wants_paths = parts
            .observers
            .iter()
            .any(|observer| observer.wants_paths());
        let mut session = Self {
            clock: FastClock::new(),
            period,
            budget,
            source: parts.source,
            sink: parts.sink,
            synchronizer: parts.synchronizer,
            thinker: parts.thinker,
            controller: parts.controller,
            observers: parts.observers,
            wants_paths,
            messages: Vec::new(),
            plan: None,
            pending: None,
            thought: Stamp::ZERO,
            sink_failed: false,
            complaints: Complaints::default(),
            counts: Counts::default(),
        };
        session.ask(Request::Configured)?;
        Ok(session)
    }

    /// Simulated time.
    pub fn now(&self) -> Stamp {
        self.clock.now()
    }

    /// The supervisor's state and its cause.
    pub fn state(&self) -> (State, Cause) {
        let standing = self.controller.standing();
        (standing.state, standing.cause)
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The thinking half.
    pub fn thinker(&self) -> &Thinker {
        &self.thinker
    }

    /// Forgets frames, commands, plans and goal, and seeds the search anew: the start of an episode.
    pub fn reset(&mut self, seed: u64) {
        self.thinker.reset(seed);
        self.synchronizer.clear();
        self.plan = None;
        self.pending = None;
    }

    /// Carries out an instruction.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn instruct(&mut self, instruction: Instruction) -> Result<(), PortError> {
        match instruction {
            Instruction::Pursue(goal) => self.pursue(goal),
            Instruction::Weigh(cost) => {
                let weighed = self.thinker.weigh(cost);
                weighed.map_err(|why| PortError(why.to_string()))
            }
            Instruction::Hold => {
                self.end_goal(GoalPhase::Cancelled);
                self.ask(Request::Hold)
            }
            Instruction::Activate => self.ask(Request::Activate),
            Instruction::Resume => self.ask(Request::Resume),
            Instruction::Deactivate => {
                self.end_goal(GoalPhase::Cancelled);
                self.ask(Request::Deactivate)
            }
        }
    }

    fn pursue(&mut self, goal: Goal) -> Result<(), PortError> {
        let now = self.now();
        self.ask(Request::Track)?;
        let events = match self.thinker.pursue(goal, now) {
            Ok(events) => events,
            Err(why) => {
                self.ask(Request::EndGoal(Cause::Cancelled))?;
                return Err(PortError(why.to_string()));
            }
        };
        for event in events {
            self.publish(&Event::Goal(event));
        }
        Ok(())
    }

    fn end_goal(&mut self, phase: GoalPhase) {
        if let Some(event) = self.thinker.drop_goal(phase, self.now()) {
            self.publish(&Event::Goal(event));
        }
        self.plan = None;
        self.pending = None;
        self.thinker.stand();
    }

    fn ask(&mut self, request: Request) -> Result<(), PortError> {
        let now = self.now();
        self.controller
            .request(request, now)
            .map_err(|refusal| PortError(refusal.to_string()))
    }

    /// One command tick, and everything that is due by then.
    ///
    /// # Errors
    /// A broken source, or a model that fails.
    pub fn tick(&mut self) -> Result<(), PortError> {
        let now = self.now() + self.period;
        self.clock.advance_to(now);
        let mut messages = std::mem::take(&mut self.messages);
        messages.clear();
        self.source.poll(now, &mut messages)?;
        let mut newest = None;
        for message in &messages {
            if let Some(observation) = self.absorb(message) {
                newest = Some(observation);
            }
        }
        self.messages = messages;
        self.deliver(now);
        self.command(now);
        self.think(newest, now)
    }

    fn absorb(&mut self, message: &Message) -> Option<Observation> {
        let absorbed = self.synchronizer.absorb(message);
        if let Message::Image(image) = message {
            self.publish(&Event::Frame(image.clone()));
        } else if let Some(state) = self.synchronizer.state().copied() {
            self.thinker.measured(&state);
            self.publish(&Event::State(state));
        }
        match absorbed {
            Ok(observation) => observation,
            Err(why) => {
                self.counts.refused += 1;
                if self.complaints.is_new(why.kind()) {
                    tracing::warn!("{why}");
                }
                None
            }
        }
    }

    fn deliver(&mut self, now: Stamp) {
        if self
            .pending
            .as_ref()
            .is_some_and(|pending| pending.0 <= now)
        {
            self.plan = self.pending.take();
        }
    }

    fn command(&mut self, now: Stamp) {
        let inputs = TickInputs {
            state: self.synchronizer.state().copied(),
            image: self.synchronizer.frame(),
            finite: self.plan.as_ref().is_none_or(|(_, plan)| plan.is_finite()),
            clock: Condition::Runs,
            second_commander: false,
            sink_failed: self.sink_failed,
            unheard: false,
        };
        let plan = self.plan.as_ref();
        let plan = plan.map(|(delivered, plan)| PlanInForce {
            trajectory: &plan.trajectory,
            delivered: *delivered,
        });
        let tick = self.controller.tick(now, &inputs, plan);
        self.counts.ticks += 1;
        if tick.due {
            self.sink_failed = self.sink.send(&tick.command).is_err();
        }
        if tick.command.is_sent() {
            self.thinker.sent(now, tick.command.action);
        }
        self.publish(&Event::Command(tick.command));
        if let Some(transition) = tick.transition {
            if transition.from == State::Tracking && transition.to == State::Braking {
                self.counts.stops += 1;
                self.end_goal(GoalPhase::Stopped);
            }
            self.publish(&Event::Transition(transition));
        }
    }

    fn think(&mut self, newest: Option<Observation>, now: Stamp) -> Result<(), PortError> {
        let fail = |why: crate::world_model::ModelError| PortError(why.to_string());
        let fresh = newest.is_some();
        if let Some(observation) = newest
            && let Some(event) = self
                .thinker
                .observe(&observation, &self.clock)
                .map_err(fail)?
        {
            self.counts.frames += 1;
            self.publish(&event);
            if let Some(verdict) = self.thinker.judge(now) {
                self.ask(verdict.request)?;
                self.publish(&Event::Goal(verdict.event));
                self.end_goal(GoalPhase::Cancelled);
            }
        }
        if self.state().0 != State::Tracking
            || self.pending.is_some()
            || !(fresh || now - self.thought >= self.thinker.replan())
        {
            return Ok(());
        }
        let Some(plan) = self
            .thinker
            .think(now, &self.clock, false, self.wants_paths)
            .map_err(fail)?
        else {
            return Ok(());
        };
        self.thought = now;
        self.counts.plans += 1;
        self.counts.model_steps += plan.evidence.model_steps as u64;
        let plan = Arc::new(plan);
        self.publish(&Event::Plan(plan.clone()));
        self.pending = Some((now + self.budget, plan));
        Ok(())
    }

    fn publish(&mut self, event: &Event) {
        for observer in &mut self.observers {
            observer.observe(event);
        }
    }
}
