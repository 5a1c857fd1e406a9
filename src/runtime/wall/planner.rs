//! The planner's thread: frames and orders in, plans out.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::shared::{PlanSlot, Shared};
use crate::control::{Request, State};
use crate::cost::CostConfig;
use crate::planner::Plan;
use crate::robot::Action;
use crate::runtime::{Comparison, Event, GoalPhase, Thinker};
use crate::sensing::Goal;
use crate::time::{Span, Stamp};
use crate::world_model::ModelError;

/// How often it looks round when nobody wakes it.
const LOOK: Span = Span::from_millis(50);
/// The shortest rest, if time doesn't go on.
const BLINK: Span = Span::from_millis(1);

/// What the planner can be told to do.
#[derive(Debug)]
pub(super) enum Order {
    /// Pursue a goal.
    Pursue(Goal),
    /// Judge futures by this cost.
    Weigh(CostConfig),
    /// Drop the goal and hold.
    Hold,
    /// Be able to think, made anew if something in the planner broke.
    Ready,
}

pub(super) struct PlannerLoop {
    pub(super) shared: Arc<Shared>,
    pub(super) thinker: Thinker,
    pub(super) sent: rtrb::Consumer<(Stamp, Action)>,
    pub(super) plan: triple_buffer::Input<PlanSlot>,
    pub(super) thought: Stamp,
    pub(super) health: Health,
}

/// Whether the planner can think.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Health {
    #[default]
    Sound,
    /// The last turn ended with this error; the next one may succeed.
    Failing(String),
    /// A turn panicked: nothing is thought before it is made anew.
    Broken(String),
}

impl PlannerLoop {
    pub(super) fn run(mut self) {
        self.shared.enrol_planner();
        while !self.shared.is_over() {
            // Whatever a panic leaves behind is made anew before it is used again.
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                self.turn()?;
                self.compare()
            }));
            let health = match outcome {
                Ok(Ok(())) => None,
                Ok(Err(why)) => Some(Health::Failing(why.to_string())),
                Err(panic) => Some(Health::Broken(message(panic.as_ref()))),
            };
            match health {
                // No plan comes of this turn: control sees a stale plan and stops the robot.
                Some(health) if health != self.health => {
                    tracing::error!("{health}");
                    self.health = health;
                }
                _ => {}
            }
            std::thread::park_timeout(self.rest());
        }
    }

    /// Until it is time to plan without a frame.
    fn rest(&self) -> Duration {
        let rest = match self.thinker.keeper().goal() {
            Some(_) => self.thought + self.thinker.replan() - self.shared.clock.now(),
            None => LOOK,
        };
        rest.clamp(BLINK, LOOK).to_duration()
    }

    fn turn(&mut self) -> Result<(), ModelError> {
        self.hear();
        let state = self.shared.note().last_state;
        if let Some(state) = state {
            self.thinker.measured(&state);
        }
        self.obey();
        if matches!(self.health, Health::Broken(_)) {
            return Ok(());
        }
        let tracking = self.shared.state().0 == State::Tracking;
        if !tracking {
            self.thinker.stand();
        }
        let mut fresh = false;
        while let Some(observation) = self.shared.frames.pop() {
            if let Some(event) = self
                .thinker
                .observe(&observation, self.shared.clock.as_ref())?
            {
                self.shared.publish(&event);
                fresh = true;
            }
        }
        if fresh {
            self.judge();
        }
        let now = self.shared.clock.now();
        if self.thinker.keeper().goal().is_none()
            || !(fresh || now - self.thought >= self.thinker.replan())
        {
            return Ok(());
        }
        if !tracking {
            // Control left Tracking on its own: the goal is over.
            self.drop_goal(GoalPhase::Stopped);
            return Ok(());
        }
        if let Some(plan) = self.thinker.think(
            now,
            self.shared.clock.as_ref(),
            true,
            self.shared.wants_paths(),
        )? {
            self.thought = now;
            self.health = Health::Sound;
            self.deliver(plan);
        }
        Ok(())
    }

    /// What the robot was sent: by the command thread, or by the incumbent in whose shadow this is.
    fn hear(&mut self) {
        let Some(incumbent) = &self.shared.incumbent else {
            while let Ok((stamp, action)) = self.sent.pop() {
                self.thinker.sent(stamp, action);
            }
            return;
        };
        let now = self.shared.clock.now();
        self.thinker.overhear(incumbent, now);
    }

    fn compare(&mut self) -> Result<(), ModelError> {
        if matches!(self.health, Health::Broken(_)) {
            return Ok(());
        }
        if let Some(comparison) = self.thinker.compare(self.shared.clock.now())? {
            self.shared.note().tally = self.thinker.tally().unwrap_or_default();
            let counters = &self.shared.counters;
            self.shared.publish(&Event::Comparison(Comparison {
                limited_ticks: counters.limited.load(Ordering::Relaxed),
                misses: counters.misses.load(Ordering::Relaxed),
                ..comparison
            }));
        }
        Ok(())
    }

    fn obey(&mut self) {
        while let Some((order, answer)) = self.shared.orders.pop() {
            let done = match order {
                Order::Pursue(goal) => self.pursue(goal),
                Order::Weigh(cost) => self.thinker.weigh(cost).map_err(|why| why.to_string()),
                Order::Ready => self.ready(),
                Order::Hold => {
                    self.drop_goal(GoalPhase::Cancelled);
                    self.ask(Request::Hold)
                }
            };
            // Each answer is asked for once.
            let _ = answer.set(done);
        }
    }

    /// A broken or failing planner is made anew; what it failed of is said again if it fails again.
    fn ready(&mut self) -> Result<(), String> {
        if self.health == Health::Sound {
            return Ok(());
        }
        self.drop_goal(GoalPhase::Stopped);
        self.thinker.renew().map_err(|why| why.to_string())?;
        tracing::warn!("the planner was made anew, after: {}", self.health);
        self.health = Health::Sound;
        Ok(())
    }

    fn pursue(&mut self, goal: Goal) -> Result<(), String> {
        if let Health::Broken(_) = &self.health {
            return Err(format!("{}; activate to make it anew", self.health));
        }
        let now = self.shared.clock.now();
        let events = self
            .thinker
            .pursue(goal, now)
            .map_err(|why| why.to_string())?;
        if let Err(why) = self.ask(Request::Track) {
            self.drop_goal(GoalPhase::Cancelled);
            return Err(why);
        }
        self.shared.note().goals = self.thinker.keeper().sequence();
        for event in events {
            self.shared.publish(&Event::Goal(event));
        }
        Ok(())
    }

    /// Puts a request to the command thread and waits, at most a few ticks, for its answer.
    fn ask(&self, request: Request) -> Result<(), String> {
        let answer = self.shared.post(request)?;
        super::wait(|| answer.get().copied()).map_err(|refused| refused.to_string())
    }

    fn drop_goal(&mut self, phase: GoalPhase) {
        if let Some(event) = self.thinker.drop_goal(phase, self.shared.clock.now()) {
            self.shared.publish(&Event::Goal(event));
        }
    }

    fn judge(&mut self) {
        let (distance, surprise) = (self.thinker.distance(), self.thinker.surprise());
        {
            let mut note = self.shared.note();
            note.distance = distance.or(note.distance);
            note.surprise = surprise;
        }
        if let Some(verdict) = self.thinker.judge(self.shared.clock.now()) {
            if let Err(why) = self.ask(verdict.request) {
                tracing::debug!("{why}");
            }
            self.shared.publish(&Event::Goal(verdict.event));
            self.thinker.stand();
        }
    }

    fn deliver(&mut self, plan: Plan) {
        let slot = self.plan.input_buffer_mut();
        slot.trajectory.copy_from(&plan.trajectory);
        slot.delivered = Some(self.shared.clock.now());
        slot.finite = plan.is_finite();
        self.plan.publish();
        let counters = &self.shared.counters;
        counters.plans.fetch_add(1, Ordering::Relaxed);
        let now = self.shared.clock.now();
        counters.plan_times.note(now, plan.evidence.time());
        let plan = Arc::new(plan);
        self.shared.note().plan = Some(plan.clone());
        self.shared.publish(&Event::Plan(plan));
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sound => write!(f, "the planner is sound"),
            Self::Failing(why) => write!(f, "no plan: {why}"),
            Self::Broken(why) => write!(f, "the planner panicked: {why}"),
        }
    }
}

/// What a panic said.
fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}
