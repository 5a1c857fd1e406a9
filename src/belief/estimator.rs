//! Frames and sent commands: what belief remembers.

use super::BeliefConfig;
use super::context::{Context, Roller};
use super::frames::{Frame, Frames};
use crate::robot::{Action, CommandLog, Limits, RobotState};
use crate::sensing::Observation;
use crate::time::{Span, Stamp};
use crate::world_model::{Encoder, Metric, ModelError, ModelSpec, WorldModel};

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    /// It is the newest now. `surprise`: metric distance between what the model had expected one period ago
    /// and what it sees `[model steps]`; `None` without a complete history one period ago.
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
    pub(super) config: BeliefConfig,
    pub(super) spec: ModelSpec,
    pub(super) limits: Limits,
    pub(super) encoder: Box<dyn Encoder>,
    pub(super) roller: Roller,
    pub(super) metric: Box<dyn Metric>,
    pub(super) frames: Frames,
    pub(super) log: CommandLog,
    pub(super) future: CommandLog,
    pub(super) state: Option<RobotState>,
    pub(super) shift: Span,
    pub(super) context: Context,
    pub(super) row: Vec<f32>,
    pub(super) latent: Vec<f32>,
    pub(super) predicted: Vec<f32>,
    pub(super) points: [Vec<f32>; 2],
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
            predicted: vec![0.0; spec.latent_len],
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
        self.encoder.reset();
        self.frames.clear();
        self.log.clear();
        self.state = None;
        self.roller.disturbance.fill(0.0);
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
            let prior = &mut self.predicted;
            prior.copy_from_slice(self.roller.predict(&self.context, &self.row)?);
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
        if surprise.is_some() {
            let gain = self.config.disturbance_gain as f32;
            self.roller.learn(&self.predicted, &self.latent, gain);
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

    pub(super) fn fill_row(
        log: &CommandLog,
        spec: &ModelSpec,
        start: Stamp,
        end: Stamp,
        row: &mut [f32],
    ) {
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

    /// The newest encoded frame: its stamp and latent `[D]`.
    pub fn newest(&self) -> Option<(Stamp, &[f32])> {
        let frame = self.frames.newest()?;
        Some((frame.stamp, frame.context.newest()))
    }
}
