//! Futures whose commands are given: what was really sent, imagined as a candidate is.

use super::Imagination;
use super::chunk::{Chunk, Shape};
use super::gather::{gather, size};
use crate::belief::Belief;
use crate::robot::CommandLog;
use crate::time::Span;
use crate::world_model::{ModelError, Rollout};

impl Imagination {
    /// Imagines what the commands of each of `courses` do from `belief` on, a row each: as they are, whatever the
    /// limits say. Those in flight at the belief's stamp go before them, as before a candidate's.
    ///
    /// # Errors
    /// Those of the model; no target yet; a belief that doesn't fit.
    pub fn follow(
        &mut self,
        belief: &Belief,
        courses: &[&CommandLog],
        probe: bool,
    ) -> Result<&Rollout, ModelError> {
        let shape = *self.engine.shape();
        self.check(belief, &shape)?;
        size(&mut self.rollout, &shape, belief, courses.len(), probe);
        let kept = self.followed.take();
        let mut chunk = kept.unwrap_or_else(|| Box::new(Chunk::new(&shape)));
        let tick = self.config.tick.max(Span::from_nanos(1_000));
        let mut outcome = Ok(());
        for (index, part) in courses.chunks(shape.rows).enumerate() {
            let knots = vec![0.0; part.len() * shape.knots * shape.axes];
            chunk.load(&shape, belief, index * shape.rows, &knots);
            chunk.probe = probe;
            chunk.given = true;
            for row in 0..shape.rows {
                let course = part[row.min(part.len() - 1)];
                let sent = in_line(belief, course, tick, shape.axes);
                self.write_row(&mut chunk, &shape, belief, (course, &sent), row);
            }
            self.engine.run(&mut chunk);
            outcome = outcome.and(gather(&mut self.rollout, &shape, &chunk));
        }
        self.followed = Some(chunk);
        outcome.map(|()| &self.rollout)
    }

    /// Writes the action rows of what takes effect and the positions of what is sent.
    fn write_row(
        &self,
        chunk: &mut Chunk,
        shape: &Shape,
        belief: &Belief,
        (course, sent): (&CommandLog, &CommandLog),
        row: usize,
    ) {
        let period = self.spec.period;
        for step in 0..shape.horizon {
            let from = belief.stamp + period * step as i64;
            let start = (step * shape.rows + row) * shape.row;
            let slots = &mut chunk.actions[start..start + shape.row];
            sent.action_row(from, from + period, shape.row / shape.axes, slots);
        }
        for step in 0..=shape.horizon {
            let moved = course.integral(belief.stamp, belief.stamp + period * step as i64);
            let start = (step * shape.rows + row) * shape.axes;
            let slots = chunk.positions[start..start + shape.axes].iter_mut();
            let position = belief.limiter.position.iter().zip(moved.iter());
            for (slot, (position, moved)) in slots.zip(position) {
                *slot = (position + moved) as f32;
            }
        }
    }
}

/// What takes effect from the belief's stamp on: the commands in flight, then those of `course`, as much later.
fn in_line(belief: &Belief, course: &CommandLog, tick: Span, axes: usize) -> CommandLog {
    let flying = belief.in_flight.len();
    let mut sent = CommandLog::new(axes, flying + course.iter().count());
    for (index, action) in belief.in_flight.iter().enumerate() {
        sent.push(belief.stamp + tick * index as i64, *action);
    }
    for (stamp, action) in course.iter() {
        sent.push((*stamp).max(belief.stamp) + tick * flying as i64, *action);
    }
    sent
}
