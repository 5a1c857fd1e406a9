//! Thinking beside somebody else who drives the robot.

use std::collections::VecDeque;

use super::{Assembly, Comparison, Follower, Incumbent, Tally, Thinker};
use crate::belief::Belief;
use crate::config::Number;
use crate::planner::Plan;
use crate::robot::{Action, ActionSpace, Axes, CommandLog, Interpolation, Knot, Trajectory};
use crate::time::{Span, Stamp};
use crate::world_model::ModelError;

/// An incumbent that is silent for so long no longer drives: the time-out that velocity controllers ship with.
const SILENCE: Span = Span::from_millis(500);
/// After a horizon's end, until its last commands have come.
const GRACE: Span = Span::from_millis(20);
/// Splines overshoot a little: who is faster than the URDF allows by no more than this part of it is not counted.
const OVERSHOOT: f64 = 0.05;
/// Farther ahead than any plan starts.
const FAR: Span = Span::from_millis(60_000);

/// The incumbent's trajectory, plans whose horizon has not passed yet, and what came of the others.
pub(super) struct Shadow {
    follower: Follower,
    waiting: VecDeque<Waiting>,
    tally: Tally,
}

struct Waiting {
    plan: u64,
    belief: Belief,
    ours: CommandLog,
}

impl Shadow {
    /// There is another goal: what waits can't be judged by it.
    pub(super) fn forget(&mut self) {
        self.waiting.clear();
    }
}

impl Thinker {
    /// From now on the robot obeys somebody else, who is [overheard](Self::overhear).
    pub fn step_back(&mut self) {
        let Assembly { config, space, .. } = &self.assembly;
        self.shadow = Some(Shadow {
            follower: Follower::new(config.control.period, space.len()),
            waiting: VecDeque::new(),
            tally: Tally::default(),
        });
    }

    /// What came of the comparisons so far; `None` for who drives the robot itself.
    pub fn tally(&self) -> Option<Tally> {
        self.shadow.as_ref().map(|shadow| shadow.tally)
    }

    /// Takes what came of `incumbent` until `now`: it is what the robot was sent.
    pub fn overhear(&mut self, incumbent: &Incumbent, now: Stamp) {
        if let Some(Shadow { follower, .. }) = &mut self.shadow {
            let sent = |stamp, action| incumbent.sent(stamp, action);
            while let Some((received, trajectory)) = incumbent.next_trajectory() {
                follower.run(received, sent);
                follower.follow(received, trajectory, self.state.as_ref());
            }
            follower.run(now, sent);
        }
        while let Some((stamp, action)) = incumbent.next_command() {
            let within = self.within(action);
            let over = |axis: &usize| {
                (action[*axis] - within[*axis]).abs() > OVERSHOOT * within[*axis].abs()
            };
            if let Some(axis) = (0..action.len()).find(over)
                && incumbent.exceeded() == 0
            {
                let ActionSpace { names, units, .. } = &self.assembly.space;
                let (name, unit) = (&names[axis], &units[axis]);
                tracing::warn!(
                    "the incumbent commands {name} {} {unit}, the URDF allows {} {unit}: more is not compared; said once",
                    Number(action[axis]),
                    Number(within[axis])
                );
            }
            self.heard(stamp, within);
        }
        self.hush(now);
    }

    /// What a robot of the URDF's speeds makes of `action`: beyond them no model knows anything.
    fn within(&self, action: Action) -> Action {
        let axes = self.assembly.space.limits.axes();
        Axes::from_fn(action.len(), |axis| {
            let speed = axes.get(axis).map_or(f64::INFINITY, |axis| axis.velocity);
            action[axis].clamp(-speed, speed)
        })
    }

    /// Takes a command of the incumbent, received at `stamp`. Several within half a command tick count as one.
    fn heard(&mut self, stamp: Stamp, action: Action) {
        let tick = self.assembly.config.control.period;
        let last = self.estimator.commands().last().map(|last| last.0);
        let stamp = last
            .filter(|last| stamp - *last < tick / 2)
            .unwrap_or(stamp);
        self.estimator.sent(stamp, action);
    }

    /// An incumbent that has been silent for half a second at `now` has let the robot stand still.
    fn hush(&mut self, now: Stamp) {
        if let Some((last, action)) = self.estimator.commands().last()
            && action.max_abs() > 0.0
            && now - last > SILENCE
        {
            let still = Action::zeros(action.len());
            self.estimator.sent(last + SILENCE, still);
        }
    }

    /// What the incumbent is expected to send from `now` on: what its trajectory says, or its last command, held;
    /// nothing was heard: standing still.
    pub(super) fn forecast(&self, now: Stamp) -> Trajectory {
        let Assembly { config, model, .. } = &self.assembly;
        // No plan starts later.
        let until = now + config.planner.budget + model.spec().period * 2;
        let shadow = self.shadow.as_ref();
        let said = shadow.and_then(|shadow| shadow.follower.ahead(now, until));
        let knots = match (said, self.estimator.commands().last()) {
            (Some(said), _) => {
                let within = |knot: &Knot| Knot {
                    action: self.within(knot.action),
                    ..*knot
                };
                said.knots().iter().map(within).collect()
            }
            (None, Some((_, action))) => {
                let held = [now, now + FAR].map(|stamp| Knot { stamp, action });
                held.to_vec()
            }
            (None, None) => return Trajectory::default(),
        };
        Trajectory::new(knots, Interpolation::Hold).unwrap_or_default()
    }

    /// Keeps `plan`, made from `belief`, until its horizon has passed, and lets it follow on what we would have
    /// commanded until it starts: `committed`, not what the incumbent was expected to.
    pub(super) fn keep(&mut self, belief: Belief, plan: &mut Plan) {
        let Some(shadow) = &mut self.shadow else {
            return;
        };
        let own = plan.trajectory.knots();
        let own = &own[own.partition_point(|knot| knot.stamp < plan.start)..];
        let axes = self.assembly.space.len();
        let mut ours = CommandLog::new(axes, own.len());
        for knot in own {
            ours.push(knot.stamp, knot.action);
        }
        shadow.waiting.push_back(Waiting {
            plan: plan.sequence,
            belief,
            ours,
        });
        let mut knots = continuation(&self.committed, plan, axes);
        knots.extend_from_slice(own);
        if let Some(trajectory) = Trajectory::new(knots, plan.trajectory.interpolation()) {
            plan.trajectory = trajectory;
        }
    }

    /// Compares the oldest plan whose horizon has passed at `now`, if there is one: one a call, which costs as much
    /// as imagining a chunk of candidates.
    ///
    /// # Errors
    /// Those of the model.
    pub fn compare(&mut self, now: Stamp) -> Result<Option<Comparison>, ModelError> {
        let Self {
            assembly, shadow, ..
        } = self;
        let Some(shadow) = shadow else {
            return Ok(None);
        };
        let config = &assembly.config;
        let period = assembly.model.spec().period;
        let length = period * config.planner.imagination.horizon.max(1) as i64;
        let passed = |waiting: &mut Waiting| waiting.belief.stamp + length + GRACE <= now;
        let Some(Waiting { plan, belief, ours }) = shadow.waiting.pop_front_if(passed) else {
            return Ok(None);
        };
        let sent = self.estimator.commands();
        let costs = self.planner.judge(&belief, &[&ours, sent])?;
        let tick = config.control.period;
        let ticks = (period.nanos() / tick.nanos().max(1)).max(1);
        let axes = assembly.space.limits.axes().iter();
        let speeds: Vec<f64> = axes.map(|axis| axis.velocity).collect();
        let comparison = Comparison {
            plan,
            start: belief.stamp,
            stamp: now,
            ours: costs[0],
            incumbent: costs[1],
            divergence: Comparison::diverge([&ours, sent], belief.stamp, (tick, ticks), &speeds),
            ..Comparison::default()
        };
        shadow.tally.add(&comparison);
        Ok(Some(comparison))
    }
}

/// The knots of `committed` between the making of `plan` and its start; standing still where it has ended.
fn continuation(committed: &Trajectory, plan: &Plan, axes: usize) -> Vec<Knot> {
    if committed.end().is_none_or(|end| end <= plan.made) {
        return vec![Knot {
            stamp: plan.made.min(plan.start - Span::from_nanos(1)),
            action: Action::zeros(axes),
        }];
    }
    let knots = committed.knots();
    let first = knots.partition_point(|knot| knot.stamp <= plan.made);
    let until = knots.partition_point(|knot| knot.stamp < plan.start);
    knots[first.saturating_sub(1).min(until)..until].to_vec()
}
