//! From frames and sent commands to the belief at a plan's start.

use super::context::{Context, Roller};
use super::frames::{Frame, Frames};
use super::{Belief, BeliefConfig};
use crate::robot::{
    Action, Axes, CommandLog, Interpolation, Knot, LimiterState, Limits, RobotState, Trajectory,
};
use crate::sensing::Observation;
use crate::time::{Span, Stamp};
use crate::world_model::{Encoder, Metric, ModelError, ModelSpec, WorldModel};

/// More model steps than this between a frame and t0 are refused.
const MAX_STEPS: i64 = 64;

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    /// It is the newest now. `surprise`: metric distance between what the model had expected one period ago
    /// and what it sees [model steps]; `None` without a complete history one period ago.
    Encoded {
        /// See above.
        surprise: Option<f64>,
    },
    /// Not newer than the newest; ignored.
    OutOfOrder,
    /// Its latent was not finite; ignored.
    NotFinite,
}

/// What is known to start from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum History {
    /// No frame was encoded yet.
    Empty,
    /// Frames one period apart, fewer than the model's context.
    Incomplete {
        /// Latents known.
        have: usize,
        /// Latents needed, C.
        need: usize,
    },
    /// The newest frame is older than imagination may bridge.
    Stale {
        /// How old it is.
        age: Span,
    },
    /// Tracking is possible.
    Ready,
}

/// Keeps encoded frames and sent commands, and predicts the state at which a plan will start. One worker of
/// each model seam; memory is bounded and used again.
pub struct Estimator {
    config: BeliefConfig,
    spec: ModelSpec,
    limits: Limits,
    encoder: Box<dyn Encoder>,
    roller: Roller,
    metric: Box<dyn Metric>,
    frames: Frames,
    log: CommandLog,
    future: CommandLog,
    state: Option<RobotState>,
    shift: Span,
    context: Context,
    row: Vec<f32>,
    latent: Vec<f32>,
    points: [Vec<f32>; 2],
}

impl Estimator {
    /// An estimator without frames. `limits`: the bounds that control projects onto, its position margin
    /// included ([`Limits::with_position_margin`]), one entry an action axis.
    ///
    /// # Errors
    /// Those of the model's factories; limits and model that disagree on the number of axes.
    pub fn new(
        model: &dyn WorldModel,
        limits: Limits,
        config: BeliefConfig,
    ) -> Result<Self, ModelError> {
        let spec = model.spec().clone();
        if limits.axes().len() != spec.axes_len() {
            return Err(ModelError::new(
                &spec.name,
                "axes",
                format!("{} axes", spec.axes_len()),
                format!("{}, one a limit of the robot", limits.axes().len()),
                "take the model that was trained for this robot",
            ));
        }
        let metric = model.metric()?;
        let point = vec![0.0; metric.point_len()];
        let shift = config
            .delay
            .map_or(Span::ZERO, |delay| (delay - spec.delay).max(Span::ZERO));
        Ok(Self {
            encoder: model.encoder()?,
            roller: Roller::new(model.dynamics()?, &spec),
            metric,
            frames: Frames::new(&spec),
            log: CommandLog::new(spec.axes_len(), config.commands),
            future: CommandLog::new(spec.axes_len(), 2 * config.commands),
            state: None,
            shift,
            context: Context::new(&spec),
            row: vec![0.0; spec.row_len()],
            latent: vec![0.0; spec.latent_len],
            points: [point.clone(), point],
            config,
            spec,
            limits,
        })
    }

    /// The encoder, for goals ([`WorldModel::goal_latent`]).
    pub fn encoder(&mut self) -> &mut dyn Encoder {
        self.encoder.as_mut()
    }

    /// Records a command that was really sent.
    pub fn sent(&mut self, stamp: Stamp, action: Action) {
        self.log.push(stamp, action);
    }

    /// Records a measured state; an older or non-finite one is ignored.
    pub fn measured(&mut self, state: &RobotState) {
        let newer = self.state.is_none_or(|known| known.stamp < state.stamp);
        if newer && state.is_finite() {
            self.state = Some(*state);
        }
    }

    /// The commands that were sent.
    pub fn commands(&self) -> &CommandLog {
        &self.log
    }

    /// Forgets frames, commands and measurements, e.g. after a clock has jumped.
    pub fn reset(&mut self) {
        self.frames.clear();
        self.log.clear();
        self.state = None;
    }

    /// Encodes a frame, once.
    ///
    /// # Errors
    /// Those of the model; the frame is then ignored.
    pub fn observe(&mut self, observation: &Observation) -> Result<Seen, ModelError> {
        let stamp = observation.stamp;
        if self
            .frames
            .newest()
            .is_some_and(|newest| stamp <= newest.stamp)
        {
            return Ok(Seen::OutOfOrder);
        }
        self.measured(&observation.state);
        let mut frame = self.frames.take();
        let seen = self.encode(observation, &mut frame);
        if let Ok(Seen::Encoded { .. }) = seen {
            let kept = self.spec.period * (self.config.max_fill as i64 + 2);
            self.frames.push(frame, stamp - kept);
        } else {
            self.frames.give_back(frame);
        }
        seen
    }

    fn encode(&mut self, observation: &Observation, frame: &mut Frame) -> Result<Seen, ModelError> {
        let stamp = observation.stamp;
        let gap = self.bridge(stamp)?;
        let mut surprise = None;
        let predicted = gap.is_some() && self.context.is_complete();
        if predicted {
            let prior = self.roller.predict(&self.context, &self.row)?;
            self.encoder
                .update(prior, &self.row, observation, &mut self.latent)?;
            if gap == Some(1) {
                let [expected, seen] = &mut self.points;
                self.metric.place(1, prior, expected)?;
                self.metric.place(1, &self.latent, seen)?;
                let mut distance = [0.0];
                self.metric.motion(1, expected, seen, &mut distance)?;
                surprise = Some(f64::from(distance[0]));
            }
        } else {
            self.encoder
                .update(&[], &[], observation, &mut self.latent)?;
        }
        if !self.latent.iter().all(|value| value.is_finite()) {
            return Ok(Seen::NotFinite);
        }
        if gap.is_some() {
            self.context.append(&self.row, &self.latent);
        } else {
            self.context.start(&self.latent);
        }
        frame.stamp = stamp;
        frame.surprise = surprise;
        frame.context.copy_from(&self.context);
        Ok(Seen::Encoded { surprise })
    }

    /// Brings `context` to one model step before `stamp` and `row` to what was sent since: from the frame one
    /// period ago, or by rolling from one up to `max_fill` periods earlier. Gives how many periods ago that
    /// frame was; `None` if there is none.
    fn bridge(&mut self, stamp: Stamp) -> Result<Option<usize>, ModelError> {
        let period = self.spec.period;
        for gap in 1..=self.config.max_fill as i64 + 1 {
            let Some(frame) = self.frames.near(stamp - period * gap, period / 4) else {
                continue;
            };
            if gap > 1 && !frame.context.is_complete() {
                return Ok(None);
            }
            let root = frame.stamp;
            self.context.copy_from(&frame.context);
            let part = |index: i64| root + (stamp - root) * index / gap;
            for index in 0..gap {
                Self::fill_row(
                    &self.log,
                    &self.spec,
                    part(index) - self.shift,
                    part(index + 1) - self.shift,
                    &mut self.row,
                );
                if index + 1 < gap {
                    self.roller.roll(&mut self.context, &self.row)?;
                }
            }
            return Ok(Some(gap as usize));
        }
        Ok(None)
    }

    fn fill_row(log: &CommandLog, spec: &ModelSpec, start: Stamp, end: Stamp, row: &mut [f32]) {
        log.action_row(start, end, spec.action_block, row);
    }

    /// Whether there is enough to start from at `now`.
    pub fn history(&self, now: Stamp) -> History {
        let Some(newest) = self.frames.newest() else {
            return History::Empty;
        };
        let age = now - newest.stamp;
        let period = self.spec.period;
        if age > period * (self.config.max_fill as i64 + 1) + period / 4 {
            return History::Stale { age };
        }
        if !newest.context.is_complete() {
            return History::Incomplete {
                have: newest.context.depth(),
                need: self.spec.context,
            };
        }
        History::Ready
    }

    /// The newest encoded frame: its stamp and latent [D].
    pub fn newest(&self) -> Option<(Stamp, &[f32])> {
        let frame = self.frames.newest()?;
        Some((frame.stamp, frame.context.newest()))
    }

    /// The belief for a plan made at `now` and delivered `budget` later: t0 is the first whole number of model
    /// periods after the newest frame that is not before `now + budget`. Up to `now` count the sent commands,
    /// after it those of the `committed` trajectory (stands still past its end), projected as control will.
    /// `None` unless [`Estimator::history`] is [`History::Ready`].
    ///
    /// # Errors
    /// Those of the model.
    pub fn at(
        &mut self,
        now: Stamp,
        budget: Span,
        committed: &Trajectory,
    ) -> Result<Option<Belief>, ModelError> {
        let (History::Ready, Some(newest)) = (self.history(now), self.frames.newest()) else {
            return Ok(None);
        };
        let (frame, surprise) = (newest.stamp, newest.surprise);
        self.context.copy_from(&newest.context);
        let period = self.spec.period;
        let ahead = (now + budget - frame).nanos().max(0);
        let steps = (ahead + period.nanos() - 1) / period.nanos().max(1);
        if steps > MAX_STEPS {
            return Ok(None);
        }
        let start = frame + period * steps;

        self.future
            .copy_since(&self.log, (frame - self.shift).min(now));
        let (limiter, knots) = self.commit(now, start, committed);
        for step in 0..steps {
            let from = frame + period * step - self.shift;
            Self::fill_row(&self.future, &self.spec, from, from + period, &mut self.row);
            self.roller.roll(&mut self.context, &self.row)?;
        }
        Ok(Some(Belief {
            stamp: start,
            now,
            frame,
            latents: self.context.latents.clone(),
            actions: self.context.actions.clone(),
            limiter,
            committed: Trajectory::new(knots, Interpolation::Linear).unwrap_or_default(),
            in_flight: self.in_flight(start),
            steps: steps as usize,
            surprise,
        }))
    }

    /// Runs the limiter over the committed commands from `now` to `start`, as control will, and appends them
    /// to `future`.
    fn commit(
        &mut self,
        now: Stamp,
        start: Stamp,
        committed: &Trajectory,
    ) -> (LimiterState, Vec<Knot>) {
        let tick = self.config.tick.max(Span::from_nanos(1_000));
        let mut limiter = self.limiter(now);
        let mut stamp = match self.log.last() {
            Some((last, _)) if last + tick > now && last + tick <= now + tick => last + tick,
            _ => now,
        };
        let mut knots =
            Vec::with_capacity(((start - stamp).nanos() / tick.nanos()).max(0) as usize);
        let still = Action::zeros(self.spec.axes_len());
        while stamp < start {
            let wanted = committed.sample(stamp).unwrap_or(still);
            let dt = tick.min(start - stamp).secs();
            let before = limiter.position;
            let action = self.limits.project(&mut limiter, &wanted, tick.secs());
            limiter.position = before;
            advance(&mut limiter.position, &action, dt);
            self.future.push(stamp, action);
            knots.push(Knot { stamp, action });
            stamp += tick;
        }
        (limiter, knots)
    }

    /// The limiter's state at `now`: the newest measured position and the commands sent since.
    fn limiter(&self, now: Stamp) -> LimiterState {
        let axes = self.spec.axes_len();
        let mut limiter = LimiterState::at_rest(Axes::zeros(axes));
        let mut newest = self.log.iter().rev();
        if let Some((stamp, action)) = newest.next() {
            limiter.command = *action;
            if let Some((before, previous)) = newest.next() {
                let dt = (*stamp - *before).secs();
                limiter.acceleration =
                    Axes::from_fn(axes, |axis| (action[axis] - previous[axis]) / dt);
            }
        }
        if let Some(state) = &self.state
            && state.position.len() == axes
        {
            let moved = self.log.integral(state.stamp - self.config.settle, now);
            limiter.position = Axes::from_fn(axes, |axis| state.position[axis] + moved[axis]);
        }
        limiter
    }

    fn in_flight(&self, start: Stamp) -> Vec<Action> {
        let tick = self.config.tick;
        let count = self.shift.nanos() / tick.nanos().max(1);
        let mean = |index: i64| {
            let from = start - tick * (count - index);
            let moved = self.future.integral(from, from + tick);
            Action::from_fn(moved.len(), |axis| moved[axis] / tick.secs())
        };
        (0..count).map(mean).collect()
    }
}

fn advance(position: &mut Axes, velocity: &Action, dt: f64) {
    for (position, velocity) in position.iter_mut().zip(velocity.iter()) {
        *position += velocity * dt;
    }
}
