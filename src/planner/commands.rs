//! From knots to commands as control will send them, and from these to action rows and positions.

use super::chunk::{Chunk, Shape};
use super::knots::Blend;
use super::means::Parts;
use crate::robot::{Interpolation, Limits};

/// Commands in a horizon.
pub(super) fn ticks(horizon: f64, tick: f64) -> usize {
    ((horizon / tick - 1e-6).ceil() as usize).max(1)
}

/// What all rows of a chunk share.
#[derive(Debug)]
pub(super) struct Commands {
    pub limits: Limits,
    pub interpolation: Interpolation,
    /// Of a model step `[s]`.
    pub period: f64,
}

impl Commands {
    /// Fills a chunk's commands, action rows and positions: all rows tick by tick, since a row's command waits for
    /// its last one, but for no other row's. Allocates nothing once the chunk has grown.
    pub fn fill(&self, shape: &Shape, chunk: &mut Chunk) {
        let horizon = self.period * shape.horizon as f64;
        let ticks = ticks(horizon, chunk.tick);
        let (rows, axes, width) = (shape.rows, shape.axes, shape.knots * shape.axes);
        chunk.tracks.resize(rows * ticks * axes, 0.0);
        chunk.limiters.clear();
        chunk.limiters.resize(rows, chunk.limiter);
        chunk.actions.fill(0.0);
        let count = shape.horizon * shape.row / axes;
        let parts = Parts {
            length: horizon / count as f64,
            count,
        };
        let lead = chunk.in_flight.len() as f64 * chunk.tick;
        for index in 0..chunk.in_flight.len() {
            for (part, share) in parts.shares(index as f64 * chunk.tick, chunk.tick) {
                for row in 0..rows {
                    let action = chunk.in_flight[index];
                    add(&mut chunk.actions, shape, part, row, &action, share);
                }
            }
        }
        write_positions(chunk, shape, 0);
        let mut written = 0;
        for index in 0..ticks {
            let time = index as f64 * chunk.tick;
            let blend = Blend::at(time / horizon, shape.knots, self.interpolation);
            for row in 0..rows {
                let wanted = blend.of(&chunk.knots[row * width..][..width], axes);
                let limiter = &mut chunk.limiters[row];
                self.limits.project(limiter, &wanted, chunk.tick);
                let start = (row * ticks + index) * axes;
                chunk.tracks[start..start + axes].copy_from_slice(&limiter.command);
            }
            for (part, share) in parts.shares(lead + time, chunk.tick) {
                for row in 0..rows {
                    let action = &chunk.limiters[row].command;
                    add(&mut chunk.actions, shape, part, row, action, share);
                }
            }
            let steps = ((time + chunk.tick) / self.period + 1e-9) as usize;
            while written < steps.min(shape.horizon) {
                written += 1;
                write_positions(chunk, shape, written);
            }
        }
        while written < shape.horizon {
            written += 1;
            write_positions(chunk, shape, written);
        }
    }
}

/// Adds a share of `action` to a part of a row, in `actions` `[H, R, A*U]`.
#[inline]
fn add(actions: &mut [f32], shape: &Shape, part: usize, row: usize, action: &[f64], share: f64) {
    let per_step = shape.row / shape.axes;
    let (step, within) = (part / per_step, part % per_step);
    let start = ((step * shape.rows + row) * per_step + within) * shape.axes;
    let slots = &mut actions[start..start + shape.axes];
    for (slot, value) in slots.iter_mut().zip(action) {
        *slot += (value * share) as f32;
    }
}

/// Writes where all rows are after `step` model steps.
fn write_positions(chunk: &mut Chunk, shape: &Shape, step: usize) {
    let start = step * shape.rows * shape.axes;
    let rows = chunk.positions[start..].chunks_exact_mut(shape.axes);
    for (slots, limiter) in rows.zip(&chunk.limiters) {
        for (slot, position) in slots.iter_mut().zip(limiter.position.iter()) {
            *slot = *position as f32;
        }
    }
}
