//! Commands, tick by tick, to pieces of trajectory for robots that are not driven by velocities.
//!
//! A chunk begins exactly where its predecessor is at that time, in position, velocity and acceleration; it runs
//! ahead of the commands along the plan in force, for as long as a plan may be followed, and then stops within the
//! limits. It is replaced after [`INTERVAL`], or as soon as a command differs from what it said would come: so
//! braking is on its way at the tick that brakes, and a robot whose commander dies comes to rest by itself. A robot that
//! does not follow is not run away from: beyond its lag a chunk begins anew where it was measured.

use super::chunk::{Chunk, Waypoint};
use super::{Command, ControlConfig, Source};
use crate::robot::{Action, ActionSpace, Axes, LimiterState, Limits, RobotState, Trajectory};
use crate::time::{Span, Stamp};

/// Time after which a chunk is replaced, whatever the commands are.
pub const INTERVAL: Span = Span::from_millis(50);
/// Ticks that are waypoints themselves: until the next chunk. By then the chunk says what is commanded, however its
/// predecessor ended; later waypoints are [`STRIDE`] ticks apart.
const CLOSE: usize = 11;
/// See [`CLOSE`].
const STRIDE: usize = 4;
/// A command that differs by more than this part of an axis' speed limit is another motion.
const TOLERANCE: f64 = 0.02;
/// No limits make a stop as long as this.
const LONGEST: Span = Span::from_millis(20_000);
/// Time without a command, and a tick, after which the robot may be somewhere else.
const SILENCE: Span = Span::from_millis(50);

/// Makes chunks of one robot's commands.
#[derive(Clone, Debug)]
pub struct Chunker {
    limits: Limits,
    period: Span,
    /// How long a plan is followed without news.
    trust: Span,
    /// See [`SILENCE`].
    silence: Span,
    /// See [`TOLERANCE`].
    tolerance: Axes,
    /// How old a measurement may be that says where the robot is.
    fresh: Span,
    /// How far chunks may be from it: what servos lag behind, twice, and how old it may be.
    lag: Axes,
    astray: bool,
    under_way: Option<Chunk>,
    /// The last command, and when it was.
    last: Option<(Stamp, Action)>,
}

impl Chunker {
    /// For the axes of `space`, joints that are commanded by velocities, under the bounds of control.
    pub fn new(space: &ActionSpace, config: &ControlConfig) -> Self {
        let limits = config.bounds(&space.limits);
        Self {
            tolerance: Axes::from_fn(space.len(), |axis| TOLERANCE * limits.axes()[axis].velocity),
            lag: {
                let late = config.delay * 2 + config.thresholds.state;
                let far = |axis: usize| limits.axes()[axis].velocity * late.secs();
                Axes::from_fn(space.len(), far)
            },
            fresh: config.thresholds.state,
            astray: false,
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
        self.astray = self.has_left(measured, now);
        let start = match &self.under_way {
            Some(_) if self.astray => self.standing(measured?)?,
            Some(chunk) if !self.is_due(chunk, command) => return None,
            Some(chunk) => Waypoint {
                after: Span::ZERO,
                ..chunk.at(now)
            },
            None => self.standing(measured?)?,
        };
        let before = last.map_or(Axes::zeros(self.tolerance.len()), |(_, action)| action);
        let waypoints = self.ahead(start, &before, command, plan);
        Some(self.under_way.insert(Chunk {
            start: now,
            waypoints,
        }))
    }

    /// True if the newest chunk begins anew because the robot had not followed.
    pub fn is_astray(&self) -> bool {
        self.astray
    }

    /// True if the chunk under way is where the robot can't be.
    fn has_left(&self, measured: Option<&RobotState>, now: Stamp) -> bool {
        // A robot whose measurements were lost brakes: that it is where it was last seen is not known.
        let measured = measured.filter(|state| now - state.stamp <= self.fresh);
        let (Some(chunk), Some(state)) = (&self.under_way, measured) else {
            return false;
        };
        let said = chunk.at(now).position;
        let pairs = said.iter().zip(state.position.iter());
        let far = |((said, found), lag): ((&f64, &f64), &f64)| (said - found).abs() > *lag;
        pairs.zip(self.lag.iter()).any(far)
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
        let resting = shown > chunk.end() && command.action.max_abs() == 0.0;
        differs || (command.stamp - chunk.start >= INTERVAL && !resting)
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
        while planned || ticks.len() <= CLOSE || limiter.command.max_abs() > 0.0 {
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
            let left = 1.0 - (ticks.len() as f64 / CLOSE as f64).min(1.0);
            let next = Axes::from_fn(axes, |axis| {
                limiter.command[axis] + left * (start.velocity[axis] - before[axis])
            });
            let place = |axis: usize| position[axis] + 0.5 * (velocity[axis] + next[axis]) * dt;
            ticks.push((Axes::from_fn(axes, place), next));
        }
        let last = ticks.len() - 1;
        let mut waypoints = vec![start];
        let close = 1..last.min(CLOSE);
        let later = (CLOSE..last).step_by(STRIDE);
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
