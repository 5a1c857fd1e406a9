//! From the newest frame to the plan's start.

use super::{Belief, Estimator, History};
use crate::robot::{Action, Axes, Interpolation, Knot, LimiterState, Trajectory};
use crate::time::{Span, Stamp};
use crate::world_model::ModelError;

/// More model steps than this between a frame and t0 are refused.
const MAX_STEPS: i64 = 64;

impl Estimator {
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
            disturbance: self.roller.disturbance.clone(),
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
            limiter.position.advance(&action, dt);
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
