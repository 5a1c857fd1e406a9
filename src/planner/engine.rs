//! One worker's way through the model: commands, latents, distances.

use super::chunk::{Chunk, Shape};
use super::commands::Commands;
use super::target::WantedTarget;
use super::{ImaginationConfig, Target};
use crate::robot::Limits;
use crate::world_model::{Dynamics, Head, Metric, ModelError, WorldModel};

/// A set of model workers with their buffers.
pub(super) struct Engine {
    shape: Shape,
    commands: Commands,
    dynamics: Box<dyn Dynamics>,
    metric: Box<dyn Metric>,
    probe: Option<Box<dyn Head>>,
    /// What distances are measured to, if that is not a latent.
    wanted: Option<WantedTarget>,
    /// `[R, C, D]`.
    context: Vec<f32>,
    /// `[R, C, A*U]`.
    context_actions: Vec<f32>,
}

impl Engine {
    pub fn new(
        model: &dyn WorldModel,
        limits: &Limits,
        config: &ImaginationConfig,
    ) -> Result<Self, ModelError> {
        let spec = model.spec();
        let metric = model.metric()?;
        let probe = model.probe()?;
        let shape = Shape {
            rows: config.chunk.max(2),
            horizon: config.horizon.max(1),
            knots: config.knots.max(2),
            axes: spec.axes_len(),
            context: spec.context.max(1),
            latent: spec.latent_len,
            row: spec.row_len(),
            point: metric.point_len(),
            quantities: probe.as_ref().map_or(0, |_| spec.quantities.len()),
        };
        Ok(Self {
            commands: Commands {
                limits: limits.clone(),
                interpolation: config.interpolation,
                period: spec.period.secs(),
            },
            dynamics: model.dynamics()?,
            metric,
            probe,
            wanted: None,
            context: vec![0.0; shape.rows * shape.context * shape.latent],
            context_actions: vec![0.0; shape.rows * shape.context * shape.row],
            shape,
        })
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    pub fn aim(&mut self, target: &Target) -> Result<(), ModelError> {
        self.wanted = None;
        match target {
            Target::Latent(latent) => self.metric.prepare(latent),
            Target::Quantities(wanted) => {
                self.wanted = Some(wanted.clone());
                Ok(())
            }
        }
    }

    /// Imagines a chunk. Allocates nothing of its own once the buffers have grown.
    pub fn run(&mut self, chunk: &mut Chunk) {
        chunk.outcome = self.imagine(chunk);
    }

    fn imagine(&mut self, chunk: &mut Chunk) -> Result<(), ModelError> {
        let shape = self.shape;
        if !chunk.given {
            self.commands.fill(&shape, chunk);
        }
        for row in 0..shape.rows {
            self.fill_context(chunk, row);
        }
        let latents = shape.rows * shape.latent;
        for row in 0..shape.rows {
            let newest = (row * shape.context + shape.context - 1) * shape.latent;
            chunk.latents[row * shape.latent..(row + 1) * shape.latent]
                .copy_from_slice(&self.context[newest..newest + shape.latent]);
        }
        self.measure(chunk, 0)?;
        for step in 0..shape.horizon {
            let (known, next) = chunk.latents.split_at_mut((step + 1) * latents);
            let next = &mut next[..latents];
            let (context, actions): (&[f32], &[f32]) = if shape.context == 1 {
                let actions = step * shape.rows * shape.row;
                let actions = &chunk.actions[actions..actions + shape.rows * shape.row];
                (&known[step * latents..], actions)
            } else {
                place_actions(&mut self.context_actions, &shape, &chunk.actions, step);
                (&self.context, &self.context_actions)
            };
            self.dynamics.step(shape.rows, context, actions, next)?;
            for row in next.chunks_exact_mut(shape.latent) {
                for (value, disturbance) in row.iter_mut().zip(&chunk.disturbance) {
                    *value += disturbance;
                }
            }
            if shape.context > 1 {
                self.advance_context(&chunk.latents[(step + 1) * latents..(step + 2) * latents]);
            }
            self.measure(chunk, step + 1)?;
        }
        Ok(())
    }

    /// Distance, motion and quantities after `step` model steps.
    fn measure(&mut self, chunk: &mut Chunk, step: usize) -> Result<(), ModelError> {
        let Shape {
            rows,
            latent,
            point,
            quantities,
            ..
        } = self.shape;
        let latents = &chunk.latents[step * rows * latent..(step + 1) * rows * latent];
        if (chunk.probe || self.wanted.is_some())
            && let Some(probe) = &mut self.probe
        {
            let out =
                &mut chunk.quantities[step * rows * quantities..(step + 1) * rows * quantities];
            probe.evaluate(rows, latents, out)?;
        }
        let distance = &mut chunk.distance[step * rows..(step + 1) * rows];
        if let Some(wanted) = &self.wanted {
            let (before, here) = chunk.quantities.split_at(step * rows * quantities);
            let before = &before[before.len().saturating_sub(rows * quantities)..];
            for (row, distance) in distance.iter_mut().enumerate() {
                let here = &here[row * quantities..(row + 1) * quantities];
                *distance = wanted.to_go(here);
                if step > 0 {
                    let before = &before[row * quantities..(row + 1) * quantities];
                    chunk.motion[(step - 1) * rows + row] = wanted.motion(before, here);
                }
            }
            return Ok(());
        }
        let (before, here) = chunk.points.split_at_mut(step * rows * point);
        let here = &mut here[..rows * point];
        self.metric.place(rows, latents, here)?;
        self.metric.distance(rows, here, distance)?;
        if step > 0 {
            let before = &before[(step - 1) * rows * point..];
            let motion = &mut chunk.motion[(step - 1) * rows..step * rows];
            self.metric.motion(rows, before, here, motion)?;
        }
        Ok(())
    }

    fn fill_context(&mut self, chunk: &Chunk, row: usize) {
        let latents = chunk.context.len();
        self.context[row * latents..(row + 1) * latents].copy_from_slice(&chunk.context);
        let width = self.shape.context * self.shape.row;
        let known = chunk.context_actions.len();
        self.context_actions[row * width..row * width + known]
            .copy_from_slice(&chunk.context_actions);
    }

    fn advance_context(&mut self, next: &[f32]) {
        let shape = &self.shape;
        let width = shape.context * shape.latent;
        for row in 0..shape.rows {
            let context = &mut self.context[row * width..(row + 1) * width];
            context.copy_within(shape.latent.., 0);
            context[width - shape.latent..]
                .copy_from_slice(&next[row * shape.latent..(row + 1) * shape.latent]);
        }
    }
}

/// Writes the action rows of `step`, of `actions` `[H, R, A*U]`, at the end of every row's context.
fn place_actions(context: &mut [f32], shape: &Shape, actions: &[f32], step: usize) {
    let width = shape.context * shape.row;
    let rows = actions[step * shape.rows * shape.row..].chunks_exact(shape.row);
    for (context, row) in context.chunks_exact_mut(width).zip(rows) {
        if step > 0 {
            context.copy_within(shape.row.., 0);
        }
        context[width - shape.row..].copy_from_slice(row);
    }
}
