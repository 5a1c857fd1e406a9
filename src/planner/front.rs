//! The front: one plan, from belief to trajectory.

use super::methods::{METHODS, method};
use super::{Budget, Imagination, Method, Plan, PlannerConfig, Problem, Proposal, Target};
use crate::belief::Belief;
use crate::cost::CostFunction;
use crate::robot::{Action, CommandLog, Interpolation, Knot, Limits, Trajectory};
use crate::time::{Clock, Span, Stamp};
use crate::world_model::{Head, Metric, ModelError, WorldModel};

/// Fewest candidates worth a quantum: the three fixed ones and a random one.
pub(super) const FEWEST: usize = 4;
/// Weight of the newest quantum in the measured time of a model step.
const FORGET: f64 = 0.2;

/// Makes plans. Keeps the last plan as its warm start; the same beliefs, seed and budgets in iterations give
/// the same bits for any number of threads.
pub struct Planner {
    config: PlannerConfig,
    method: Box<dyn Method>,
    problem: Problem,
    limits: Limits,
    metric: Box<dyn Metric>,
    probe: Option<Box<dyn Head>>,
    target: Option<Target>,
    point: Vec<f32>,
    quantities: Vec<f32>,
    last: Trajectory,
    seconds_per_step: Option<f64>,
    sequence: u64,
}

impl Planner {
    /// A planner without a target. `limits`: the bounds that control projects onto, its position margin
    /// included; `cost`: from [`Registry::build`](crate::cost::Registry::build).
    ///
    /// # Errors
    /// Those of the model's factories; an unknown method; limits that don't fit the model.
    pub fn new(
        model: &dyn WorldModel,
        limits: &Limits,
        cost: CostFunction,
        config: PlannerConfig,
    ) -> Result<Self, ModelError> {
        let method = method(&config).ok_or_else(|| {
            ModelError::new(
                "planner.method",
                "method",
                &config.method,
                METHODS.join(", "),
                "take one of these",
            )
        })?;
        Self::with_method(model, limits, cost, config, method)
    }

    /// A planner that searches by `method`, whatever the configuration names.
    ///
    /// # Errors
    /// As [`Planner::new`].
    pub fn with_method(
        model: &dyn WorldModel,
        limits: &Limits,
        cost: CostFunction,
        config: PlannerConfig,
        method: Box<dyn Method>,
    ) -> Result<Self, ModelError> {
        let imagination = Imagination::new(model, limits, &config.imagination)?;
        let metric = model.metric()?;
        Ok(Self {
            problem: Problem::new(imagination, cost, limits, config.seed),
            method,
            limits: limits.clone(),
            point: vec![0.0; metric.point_len()],
            metric,
            probe: model.probe()?,
            quantities: vec![0.0; model.spec().quantities.len()],
            target: None,
            last: Trajectory::default(),
            seconds_per_step: None,
            sequence: 0,
            config,
        })
    }

    /// The configuration in force.
    pub fn config(&self) -> &PlannerConfig {
        &self.config
    }

    /// Steers towards `target` from the next plan on. The warm start stays.
    ///
    /// # Errors
    /// Those of the model's metric; a target that needs a probe the model hasn't.
    pub fn pursue(&mut self, target: &Target) -> Result<(), ModelError> {
        self.problem.imagination().aim(target)?;
        if let Target::Latent(latent) = target {
            self.metric.prepare(latent)?;
        }
        self.target = Some(target.clone());
        Ok(())
    }

    /// What it steers towards.
    pub fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    /// Forgets the last plan and starts the random numbers anew.
    pub fn reset(&mut self, seed: u64) {
        self.last = Trajectory::default();
        self.problem.reseed(seed);
    }

    /// Replaces the cost, between two plans.
    pub fn set_cost(&mut self, cost: CostFunction) {
        *self.problem.cost_mut() = cost;
    }

    /// Distance from `latent` `[D]` to the target `[model steps]`, for sigma and for whoever judges arrival;
    /// infinite without a target.
    ///
    /// # Errors
    /// Those of the model.
    pub fn distance(&mut self, latent: &[f32]) -> Result<f64, ModelError> {
        match (&self.target, &mut self.probe) {
            (Some(Target::Latent(_)), _) => {
                self.metric.place(1, latent, &mut self.point)?;
                let mut distance = [0.0];
                self.metric.distance(1, &self.point, &mut distance)?;
                Ok(f64::from(distance[0]))
            }
            (Some(Target::Quantities(target)), Some(probe)) => {
                probe.evaluate(1, latent, &mut self.quantities)?;
                Ok(f64::from(target.distance(&self.quantities)))
            }
            _ => Ok(f64::INFINITY),
        }
    }

    /// What the model's probe reads of `latent` `[D]`: `[Y]`, empty without a probe.
    ///
    /// # Errors
    /// Those of the model.
    pub fn quantities(&mut self, latent: &[f32]) -> Result<&[f32], ModelError> {
        let Some(probe) = &mut self.probe else {
            return Ok(&[]);
        };
        probe.evaluate(1, latent, &mut self.quantities)?;
        Ok(&self.quantities)
    }

    /// Makes a plan from `belief`: the last plan shifted, if the budget is spent already, else the best that the
    /// method finds within it. `wants_paths`: fill [`Evidence::paths`](super::Evidence::paths).
    ///
    /// An infinite [`Evidence::cost`](super::Evidence::cost) says that nothing was imagined in time
    /// (`model_steps` 0), or that no imagined future was finite (`rejected` > 0): the trajectory is then the
    /// shifted last plan, which ends in standing still.
    ///
    /// # Errors
    /// Those of the model; no target; a belief that doesn't fit.
    pub fn plan(
        &mut self,
        belief: &Belief,
        budget: Budget,
        clock: &dyn Clock,
        wants_paths: bool,
    ) -> Result<Plan, ModelError> {
        let began = clock.now();
        let latent_len = self.problem.imagination().spec().latent_len;
        let distance = self.distance(belief.latent(latent_len))?;
        let near = (distance / self.config.sigma_range).clamp(self.config.sigma_min, 1.0);
        let near = if near.is_nan() { 1.0 } else { near };
        self.problem
            .begin(belief, self.config.sigma * near, wants_paths);
        self.base(belief);
        self.method.base(&mut self.problem);

        let mut iterations = 0;
        while iterations < budget.iterations
            && let Some(rows) = self.quantum(budget, clock.now())
        {
            self.problem.set_rows(rows);
            let (before, started) = (self.problem.model_steps(), clock.now());
            self.method.refine(&mut self.problem)?;
            let steps = self.problem.model_steps() - before;
            self.learn_pace((clock.now() - started).secs(), steps);
            iterations += 1;
        }

        self.sequence += 1;
        let mut evidence = self.problem.evidence();
        evidence.distance = distance;
        evidence.iterations = iterations;
        evidence.search = clock.now() - began;
        let trajectory = self.splice(belief);
        self.last.copy_from(&trajectory);
        Ok(Plan {
            sequence: self.sequence,
            made: belief.now,
            start: belief.stamp,
            trajectory,
            evidence,
        })
    }

    /// What futures cost in which the commands of `courses` are sent from `belief` on, in their order: see
    /// [`Imagination::follow`]. Infinite where imagination isn't finite.
    ///
    /// # Errors
    /// Those of the model; no target; a belief that doesn't fit.
    pub fn judge(
        &mut self,
        belief: &Belief,
        courses: &[&CommandLog],
    ) -> Result<&[f64], ModelError> {
        let Problem {
            imagination, cost, ..
        } = &mut self.problem;
        let rollout = imagination.follow(belief, courses, cost.needs_quantities())?;
        Ok(cost.evaluate(rollout))
    }

    /// Candidates of the next quantum, or `None` if the budget is spent.
    fn quantum(&mut self, budget: Budget, now: Stamp) -> Option<usize> {
        let horizon = self.config.imagination.horizon.max(1);
        let left = budget
            .model_steps
            .saturating_sub(self.problem.model_steps());
        let mut rows = self.config.candidates.max(FEWEST).min(left / horizon);
        if let Some(deadline) = budget.deadline {
            let left = (deadline - now).secs();
            if left <= 0.0 {
                return None;
            }
            if let Some(pace) = self.seconds_per_step.filter(|pace| *pace > 0.0) {
                let fits = (left / (pace * horizon as f64)) as usize;
                let first = self.problem.model_steps() == 0;
                rows = rows.min(if first { fits.max(FEWEST) } else { fits });
            }
        }
        (rows >= FEWEST).then_some(rows)
    }

    fn learn_pace(&mut self, seconds: f64, steps: usize) {
        if steps == 0 {
            return;
        }
        let newest = seconds / steps as f64;
        let pace = self.seconds_per_step.unwrap_or(newest);
        self.seconds_per_step = Some(pace + FORGET * (newest - pace));
    }

    /// The last plan, shifted by the exact time passed: as knots for the search, its last action repeated past
    /// its end; and as the plan to fall back on, which stands still past its end.
    fn base(&mut self, belief: &Belief) {
        let (duration, tick) = {
            let imagination = self.problem.imagination();
            (imagination.duration(), imagination.config().tick)
        };
        let axes = self.problem.axes();
        let still = Action::zeros(axes);
        let end = self.last.knots().last().map_or(still, |knot| knot.action);
        let count = self.problem.warm().len() / axes;
        for (index, knot) in self.problem.warm_mut().chunks_exact_mut(axes).enumerate() {
            let stamp = belief.stamp + duration * index as i64 / (count as i64 - 1).max(1);
            let action = self.last.sample(stamp).unwrap_or(end);
            knot.copy_from_slice(&action);
        }
        let tick = tick.max(Span::from_nanos(1_000));
        let ticks = (duration.nanos() + tick.nanos() - 1) / tick.nanos();
        let mut limiter = belief.limiter;
        let best = &mut self.problem.best;
        best.proposal = Proposal::WarmStart;
        best.tick = tick;
        best.track.clear();
        for index in 0..ticks {
            let wanted = self.last.sample(belief.stamp + tick * index);
            let wanted = wanted.unwrap_or(still);
            best.track
                .push(self.limits.project(&mut limiter, &wanted, tick.secs()));
        }
        let warm = self.problem.warm().to_vec();
        self.problem.best.knots = warm;
    }

    /// The committed part up to t0, then the best track.
    fn splice(&self, belief: &Belief) -> Trajectory {
        let best = &self.problem.best;
        let committed = belief.committed.knots().iter().copied();
        let mut knots: Vec<Knot> = committed.filter(|knot| knot.stamp < belief.stamp).collect();
        let own = best.track.iter().enumerate();
        knots.extend(own.map(|(index, action)| Knot {
            stamp: belief.stamp + best.tick * index as i64,
            action: *action,
        }));
        Trajectory::new(knots, Interpolation::Linear).unwrap_or_default()
    }
}
