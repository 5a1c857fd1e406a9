//! The thinking half of the line: observation to belief to plan, and the goal's lifecycle.

use std::sync::Arc;

use super::goal_keeper::Arrival;
use super::shadow::Shadow;
use super::{Assembly, Event, GoalEvent, GoalKeeper, GoalPhase};
use crate::belief::{Estimator, History, Seen};
use crate::control::{Cause, Request};
use crate::cost::CostConfig;
use crate::planner::{Plan, Planner};
use crate::robot::{Action, ActionSpace, RobotState, Trajectory};
use crate::sensing::Observation;
use crate::time::{Clock, Span, Stamp};
use crate::world_model::ModelError;

/// Observations in, plans out. One thread's property; the same on both clocks.
pub struct Thinker {
    pub(super) assembly: Assembly,
    pub(super) estimator: Estimator,
    pub(super) planner: Planner,
    pub(super) keeper: GoalKeeper,
    pub(super) state: Option<RobotState>,
    /// What control follows; in the shadow, what it would.
    pub(super) committed: Trajectory,
    pub(super) shadow: Option<Shadow>,
    pub(super) distance: Option<f64>,
    surprise: Option<f64>,
    encode: Span,
}

/// What a goal's end asks of control, and what observers are told.
#[derive(Debug)]
pub struct Verdict {
    /// For control.
    pub request: Request,
    /// For observers.
    pub event: GoalEvent,
}

impl Thinker {
    /// A thinker that has seen nothing yet.
    ///
    /// # Errors
    /// Those of model, cost and planner.
    pub fn new(assembly: Assembly) -> Result<Self, ModelError> {
        let config = &assembly.config;
        Ok(Self {
            estimator: assembly.estimator()?,
            planner: assembly.planner()?,
            keeper: GoalKeeper::new(config.hold, config.time_limit),
            state: None,
            committed: Trajectory::default(),
            shadow: None,
            distance: None,
            surprise: None,
            encode: Span::ZERO,
            assembly,
        })
    }

    /// Makes estimator, planner and rollout threads anew, after a panic in one of them. The history is empty
    /// then; the goal stays.
    ///
    /// # Errors
    /// As [`Thinker::new`]; then nothing has changed.
    pub fn renew(&mut self) -> Result<(), ModelError> {
        let fresh = Self::new(self.assembly.clone())?;
        let broken = std::mem::replace(self, fresh);
        self.keeper = broken.keeper;
        self.shadow = broken.shadow;
        Ok(())
    }

    /// Judges futures by `cost` from the next plan on. Nothing changes if it is refused.
    ///
    /// # Errors
    /// A weight for a term that nobody registered.
    pub fn weigh(&mut self, cost: CostConfig) -> Result<(), ModelError> {
        self.planner.set_cost(self.assembly.cost(&cost)?);
        self.assembly.config.cost = cost;
        Ok(())
    }

    /// Forgets frames, commands and the last plan, and seeds the search anew; the goal is dropped.
    pub fn reset(&mut self, seed: u64) {
        self.estimator.reset();
        self.planner.reset(seed);
        self.keeper = GoalKeeper::new(self.assembly.config.hold, self.assembly.config.time_limit);
        self.committed = Trajectory::default();
        self.state = None;
        self.distance = None;
        self.surprise = None;
    }

    /// Takes a command that was really sent.
    pub fn sent(&mut self, stamp: Stamp, action: Action) {
        self.estimator.sent(stamp, action);
    }

    /// Takes a measured state.
    pub fn measured(&mut self, state: &RobotState) {
        self.estimator.measured(state);
        self.state = Some(*state);
    }

    /// Control does not follow plans (any more): from here on the robot stands still.
    pub fn stand(&mut self) {
        self.committed = Trajectory::default();
    }

    /// The robot's axes.
    pub fn space(&self) -> &ActionSpace {
        &self.assembly.space
    }

    /// Distance to the goal at the newest frame [model steps].
    pub fn distance(&self) -> Option<f64> {
        self.distance
    }

    /// One-step surprise of the newest frame [model steps].
    pub fn surprise(&self) -> Option<f64> {
        self.surprise
    }

    /// After so long without a frame a plan is made from the rolled belief.
    pub fn replan(&self) -> Span {
        self.assembly.config.replan
    }

    /// The goal's lifecycle.
    pub fn keeper(&self) -> &GoalKeeper {
        &self.keeper
    }

    /// Drops the goal.
    pub fn drop_goal(&mut self, phase: GoalPhase, now: Stamp) -> Option<GoalEvent> {
        self.distance = None;
        self.keeper.end(phase, now)
    }

    /// Encodes a frame; gives what observers see of it.
    ///
    /// # Errors
    /// Those of the model.
    pub fn observe(
        &mut self,
        observation: &Observation,
        clock: &dyn Clock,
    ) -> Result<Option<Event>, ModelError> {
        let began = clock.now();
        let Seen::Encoded { surprise } = self.estimator.observe(observation)? else {
            return Ok(None);
        };
        self.encode = clock.now() - began;
        self.surprise = surprise;
        self.distance = None;
        if self.keeper.goal().is_some()
            && let Some((_, latent)) = self.estimator.newest()
        {
            self.distance = Some(self.planner.distance(latent)?);
        }
        Ok(Some(Event::Belief {
            stamp: observation.stamp,
            distance: self.distance,
            surprise,
        }))
    }

    /// Judges the goal by the newest belief.
    pub fn judge(&mut self, now: Stamp) -> Option<Verdict> {
        let Assembly { model, config, .. } = &self.assembly;
        let event = match self.distance {
            Some(distance) => {
                let arrival = Arrival {
                    distance,
                    reached: config.near(self.keeper.goal().map(Arc::as_ref), model.spec().reached),
                    still: self.is_still(),
                };
                self.keeper.judge(arrival, now)
            }
            None => self.keeper.expire(now),
        }?;
        self.distance = None;
        let cause = if event.phase == GoalPhase::Reached {
            Cause::Reached
        } else {
            Cause::TimedOut
        };
        Some(Verdict {
            request: Request::EndGoal(cause),
            event,
        })
    }

    fn is_still(&self) -> bool {
        self.state.is_some_and(|state| {
            let bounds = self
                .assembly
                .space
                .limits
                .axes()
                .iter()
                .zip(state.velocity.iter());
            bounds
                .into_iter()
                .all(|(axis, speed)| speed.abs() <= self.assembly.config.still * axis.velocity)
        })
    }

    /// Makes a plan at `now`, if there is a goal and enough history; it is to be delivered `budget` later.
    /// `wall`: stop searching when the budget's time is over.
    ///
    /// # Errors
    /// Those of the model.
    pub fn think(
        &mut self,
        now: Stamp,
        clock: &dyn Clock,
        wall: bool,
        paths: bool,
    ) -> Result<Option<Plan>, ModelError> {
        if self.keeper.goal().is_none() || self.estimator.history(now) != History::Ready {
            return Ok(None);
        }
        let began = clock.now();
        let budget = self.assembly.config.planner.budget;
        let forecast = self.shadow.as_ref().map(|_| self.forecast(now));
        let committed = forecast.as_ref().unwrap_or(&self.committed);
        let Some(belief) = self.estimator.at(now, budget, committed)? else {
            return Ok(None);
        };
        let believed = clock.now() - began;
        let deadline = wall.then_some(now + budget);
        let mut plan = self.planner.plan(
            &belief,
            self.assembly.config.planner.budget(deadline),
            clock,
            paths,
        )?;
        plan.evidence.encode = self.encode;
        plan.evidence.belief = believed;
        self.keep(belief, &mut plan);
        self.committed.copy_from(&plan.trajectory);
        Ok(Some(plan))
    }
}
