//! From chunks to one rollout.

use super::chunk::{Chunk, Shape};
use crate::belief::Belief;
use crate::world_model::{ModelError, Rollout};

/// Brings the rollout's buffers to the size of `count` candidates.
pub(super) fn size(
    rollout: &mut Rollout,
    shape: &Shape,
    belief: &Belief,
    count: usize,
    probe: bool,
) {
    let steps = shape.horizon;
    let quantities = if probe || !rollout.wanted.is_empty() {
        shape.quantities
    } else {
        0
    };
    rollout.candidates = count;
    rollout.horizon = steps;
    rollout.latent_len = shape.latent;
    rollout.row_len = shape.row;
    rollout.quantities_len = quantities;
    rollout
        .latents
        .resize((steps + 1) * count * shape.latent, 0.0);
    rollout
        .points
        .resize((steps + 1) * count * shape.point, 0.0);
    rollout.distance.resize((steps + 1) * count, 0.0);
    rollout.motion.resize(steps * count, 0.0);
    rollout.actions.resize(steps * count * shape.row, 0.0);
    rollout
        .quantities
        .resize((steps + 1) * count * quantities, 0.0);
    rollout
        .positions
        .resize((steps + 1) * count * shape.axes, 0.0);
    rollout.previous.clear();
    let command = belief.limiter.command;
    let previous = (0..shape.axes).map(|axis| command.get(axis).copied().unwrap_or(0.0) as f32);
    rollout.previous.extend(previous);
}

/// Copies a chunk's real rows into the rollout.
pub(super) fn gather(
    rollout: &mut Rollout,
    shape: &Shape,
    chunk: &Chunk,
) -> Result<(), ModelError> {
    chunk.outcome.clone()?;
    let place = |into: &mut [f32], from: &[f32], steps: usize, width: usize| {
        for step in 0..steps {
            let start = (step * rollout.candidates + chunk.first) * width;
            let source = step * shape.rows * width;
            into[start..start + chunk.used * width]
                .copy_from_slice(&from[source..source + chunk.used * width]);
        }
    };
    let steps = shape.horizon;
    place(
        &mut rollout.latents,
        &chunk.latents,
        steps + 1,
        shape.latent,
    );
    place(&mut rollout.points, &chunk.points, steps + 1, shape.point);
    place(&mut rollout.distance, &chunk.distance, steps + 1, 1);
    place(&mut rollout.motion, &chunk.motion, steps, 1);
    place(&mut rollout.actions, &chunk.actions, steps, shape.row);
    place(
        &mut rollout.positions,
        &chunk.positions,
        steps + 1,
        shape.axes,
    );
    let quantities = rollout.quantities_len;
    place(
        &mut rollout.quantities,
        &chunk.quantities,
        steps + 1,
        quantities,
    );
    Ok(())
}
