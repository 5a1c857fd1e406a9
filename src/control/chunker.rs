//! Commands, tick by tick, to pieces of trajectory for robots that are not driven by velocities.
//!
//! A chunk begins exactly where its predecessor is at that time, in position, velocity and acceleration; it runs
//! ahead of the commands along the plan in force, for as long as a plan may be followed, and then stops within the
//! limits. It is replaced after [`INTERVAL`], or as soon as a command differs from what it said would come: so
//! braking is on its way at the tick that brakes, and a robot whose commander dies comes to rest by itself. A robot that
//! does not follow is not run away from: beyond its lag a chunk begins anew where it was measured, and once more when it
//! stands. One that was moved while its chunk rested sets out from where it is.

use super::chunk::{Chunk, Waypoint};
use super::{Command, ControlConfig, Source};
use crate::robot::{Action, ActionSpace, Axes, LimiterState, Limits, RobotState, Trajectory};
use crate::time::{Span, Stamp};

/// Time after which a chunk is replaced, whatever the commands are.
pub const INTERVAL: Span = Span::from_millis(50);
/// Between waypoints that are farther ahead than that; nearer ones are a tick apart.
const STRIDE: Span = Span::from_millis(20);
/// A command that differs by more than this part of an axis' speed limit is another motion.
const TOLERANCE: f64 = 0.02;
/// The part of [`TOLERANCE`] that counts as rest.
const REST: f64 = 0.01;
/// A robot that went so far at rest, in parts of its lag in motion, was moved.
const MOVED: f64 = 0.1;
/// No limits make a stop as long as this.
const LONGEST: Span = Span::from_millis(20_000);
/// Time without a command, and a tick, after which the robot may be somewhere else.
const SILENCE: Span = Span::from_millis(50);

/// A robot that a chunk had left behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Astray {
    /// The axis that is farthest off, in parts of its lag.
    pub axis: usize,
    /// Where it was to be `[rad or m]`.
    pub said: f64,
    /// Where it was measured `[rad or m]`.
    pub found: f64,
}

/// Makes chunks of one robot's commands.
#[derive(Clone, Debug)]
pub struct Chunker {
    limits: Limits,
    period: Span,
    /// Ticks that are waypoints themselves: until the next chunk. By then a chunk says what is commanded, however its
    /// predecessor ended.
    close: usize,
    /// Ticks between later waypoints.
    stride: usize,
    /// How long a plan is followed without news.
    trust: Span,
    /// See [`SILENCE`].
    silence: Span,
    /// See [`TOLERANCE`].
    tolerance: Axes,
    /// How old a measurement may be that says where the robot is.
    fresh: Span,
    /// How far chunks may be from it.
    lag: Axes,
    /// How long after them it may be there.
    late: Span,
    /// Where the robot was once the chunk under way had been at rest for as long.
    rest: Option<Axes>,
    astray: Option<Astray>,
    /// It was astray, and has not come to rest since.
    lost: bool,
    under_way: Option<Chunk>,
    /// The last command, and when it was.
    last: Option<(Stamp, Action)>,
}

impl Chunker {
    /// For the axes of `space`, joints that are commanded by velocities, under the bounds of control.
    pub fn new(space: &ActionSpace, config: &ControlConfig) -> Self {
        let limits = config.bounds(&space.limits);
        let period = config.period.nanos().max(1);
        let ticks = |span: Span| ((span.nanos() + period - 1) / period) as usize;
        Self {
            close: ticks(INTERVAL) + 1,
            stride: ticks(STRIDE),
            tolerance: Axes::from_fn(space.len(), |axis| TOLERANCE * limits.axes()[axis].velocity),
            lag: config.lag(&limits),
            late: config.late().max(INTERVAL * 2),
            rest: None,
            fresh: config.thresholds.state,
            astray: None,
            lost: false,
            limits,
            period: config.period,
            trust: config.thresholds.plan,
            silence: SILENCE + config.period,
            under_way: None,
            last: None,
        }
    }

    /// The chunk that is to be sent with `command`, if the one under way does not say the same. `measured`: where the
    /// robot is, which matters before the first chunk only; `plan`: the trajectory in force.
    pub fn next(
        &mut self,
        command: &Command,
        measured: Option<&RobotState>,
        plan: Option<&Trajectory>,
    ) -> Option<&Chunk> {
        let now = command.stamp;
        let last = self.last.replace((now, command.action));
        let last = last.filter(|(stamp, _)| now - *stamp <= self.silence);
        if last.is_none() {
            self.under_way = None;
        }
        // A robot whose measurements were lost brakes: that it is where it was last seen is not known.
        let seen = measured.filter(|state| now - state.stamp <= self.fresh && state.is_finite());
        self.astray = self.has_left(seen, now);
        self.lost |= self.astray.is_some();
        let due = self
            .under_way
            .as_ref()
            .is_some_and(|chunk| self.is_due(chunk, command));
        let moved = self.was_moved(seen, now);
        // Whose drives go on while it stands shall not leap.
        let stands = |state: &RobotState| self.is_still(&state.velocity, 1.0);
        let settles = self.lost && command.action.max_abs() == 0.0 && seen.is_some_and(stands);
        self.lost &= !settles;
        // One that sags, or presses against something, goes on from where it was told to be.
        let anew = settles || self.astray.is_some() || (due && moved);
        let start = match &self.under_way {
            Some(_) if !anew && !due => return None,
            Some(chunk) if !anew => Waypoint {
                after: Span::ZERO,
                ..chunk.at(now)
            },
            _ => self.standing(measured?)?,
        };
        let before = match last {
            Some((_, action)) if !settles => action,
            _ => Axes::zeros(self.tolerance.len()),
        };
        let waypoints = self.ahead(start, &before, command, plan);
        Some(self.under_way.insert(Chunk {
            start: now,
            waypoints,
        }))
    }

    /// Why the newest chunk begins anew, if it does because the robot had not followed.
    pub fn astray(&self) -> Option<Astray> {
        self.astray
    }

    /// True if the robot is not any more where it came to rest.
    fn was_moved(&mut self, seen: Option<&RobotState>, now: Stamp) -> bool {
        if !self.has_rested(now) {
            self.rest = None;
            return false;
        }
        let axes = self.lag.len();
        let Some(found) = seen.filter(|state| state.position.len() == axes) else {
            return false;
        };
        let rest = self.rest.get_or_insert(found.position);
        (0..axes).any(|axis| (found.position[axis] - rest[axis]).abs() > MOVED * self.lag[axis])
    }

    /// True if the chunk under way has been at rest for longer than a robot lags behind.
    fn has_rested(&self, now: Stamp) -> bool {
        self.under_way.as_ref().is_some_and(|chunk| {
            let rest = self.resting(chunk).first();
            rest.is_some_and(|rest| now - (chunk.start + rest.after) > self.late)
        })
    }

    /// The waypoints of `chunk` from where on it stands still.
    fn resting<'a>(&self, chunk: &'a Chunk) -> &'a [Waypoint] {
        let moves = |point: &Waypoint| !self.is_still(&point.velocity, REST);
        let last = chunk.waypoints.iter().rposition(moves);
        &chunk.waypoints[last.map_or(0, |last| last + 1)..]
    }

    /// Whether the chunk under way is where the robot can't be.
    fn has_left(&self, seen: Option<&RobotState>, now: Stamp) -> Option<Astray> {
        let said = self.under_way.as_ref()?.at(now).position;
        let found = seen.filter(|state| state.position.len() == said.len())?;
        let off = |axis: &usize| (said[*axis] - found.position[*axis]).abs() / self.lag[*axis];
        let farthest = (0..said.len()).max_by(|a, b| off(a).total_cmp(&off(b)))?;
        (off(&farthest) > 1.0).then_some(Astray {
            axis: farthest,
            said: said[farthest],
            found: found.position[farthest],
        })
    }

    /// At rest where the robot was measured.
    fn standing(&self, measured: &RobotState) -> Option<Waypoint> {
        let axes = self.tolerance.len();
        let usable = measured.position.len() == axes && measured.is_finite();
        usable.then(|| Waypoint {
            after: Span::ZERO,
            position: measured.position,
            velocity: Axes::zeros(axes),
            acceleration: Axes::zeros(axes),
        })
    }

    /// A command shows in a chunk one tick later: its velocity is what is reached by then.
    fn is_due(&self, chunk: &Chunk, command: &Command) -> bool {
        let shown = command.stamp + self.period;
        let said = chunk.at(shown).velocity;
        let differs = (0..self.tolerance.len())
            .any(|axis| (command.action[axis] - said[axis]).abs() > self.tolerance[axis]);
        let resting = || command.action.max_abs() == 0.0 && self.rests(chunk, command.stamp);
        differs || (command.stamp - chunk.start >= INTERVAL && !resting())
    }

    /// True if `chunk` stands still from `stamp` on.
    fn rests(&self, chunk: &Chunk, stamp: Stamp) -> bool {
        let moving = chunk.waypoints.len() - self.resting(chunk).len();
        let last = chunk.waypoints[..moving].last();
        last.is_none_or(|last| chunk.start + last.after < stamp)
    }

    fn is_still(&self, velocity: &Axes, part: f64) -> bool {
        let mut speeds = velocity.iter().zip(self.tolerance.iter());
        speeds.all(|(speed, tolerance)| speed.abs() <= part * tolerance)
    }

    /// From `start` as the commands will be after `before` and `command`, to rest.
    fn ahead(
        &self,
        start: Waypoint,
        before: &Action,
        command: &Command,
        plan: Option<&Trajectory>,
    ) -> Vec<Waypoint> {
        let dt = self.period.secs();
        let axes = self.tolerance.len();
        let plan = plan.filter(|_| matches!(command.source, Source::Plan | Source::PlanEnd));
        let rate = |axis: usize| (command.action[axis] - before[axis]) / dt;
        let mut limiter = LimiterState {
            position: start.position,
            command: command.action,
            acceleration: Axes::from_fn(axes, rate),
        };
        let mut ticks = vec![(start.position, start.velocity)];
        let mut planned = true;
        while planned || ticks.len() <= self.close || limiter.command.max_abs() > 0.0 {
            let after = self.period * (ticks.len() as i64 - 1);
            if after >= LONGEST {
                break;
            }
            let (position, velocity) = ticks[ticks.len() - 1];
            if ticks.len() > 1 {
                let plan = plan.filter(|_| after < self.trust);
                let wanted = plan.and_then(|plan| plan.sample(command.stamp + after));
                planned = wanted.is_some();
                limiter.position = position;
                let wanted = wanted.unwrap_or(Action::zeros(axes));
                self.limits.advance(&mut limiter, &wanted, dt);
            }
            // What the chunk before was off fades.
            let left = 1.0 - (ticks.len() as f64 / self.close as f64).min(1.0);
            let next = Axes::from_fn(axes, |axis| {
                limiter.command[axis] + left * (start.velocity[axis] - before[axis])
            });
            let place = |axis: usize| position[axis] + 0.5 * (velocity[axis] + next[axis]) * dt;
            ticks.push((Axes::from_fn(axes, place), next));
        }
        let last = ticks.len() - 1;
        let mut waypoints = vec![start];
        let close = 1..last.min(self.close);
        let later = (self.close..last).step_by(self.stride);
        for tick in close.chain(later).chain([last]) {
            let rests = tick == last;
            let (position, velocity) = ticks[tick];
            let zeros = Axes::zeros(axes);
            waypoints.push(Waypoint {
                after: self.period * tick as i64,
                position,
                velocity: if rests { zeros } else { velocity },
                acceleration: match rests {
                    true => zeros,
                    false => Axes::from_fn(axes, |axis| {
                        (ticks[tick + 1].1[axis] - ticks[tick - 1].1[axis]) / (2.0 * dt)
                    }),
                },
            });
        }
        waypoints
    }
}
