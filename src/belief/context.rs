//! A model's history window, and its motion through the dynamics.

use crate::world_model::{Dynamics, ModelError, ModelSpec};

/// The last C latents and the C - 1 action rows between them. Right-aligned: the newest latent is the last
/// row, and only the newest `depth` latents are known.
#[derive(Clone, Debug)]
pub(super) struct Context {
    context: usize,
    latent_len: usize,
    row_len: usize,
    depth: usize,
    /// `[C, D]`.
    pub latents: Vec<f32>,
    /// [C - 1, A*U].
    pub actions: Vec<f32>,
}

impl Context {
    pub fn new(spec: &ModelSpec) -> Self {
        let context = spec.context.max(1);
        Self {
            context,
            latent_len: spec.latent_len,
            row_len: spec.row_len(),
            depth: 0,
            latents: vec![0.0; context * spec.latent_len],
            actions: vec![0.0; (context - 1) * spec.row_len()],
        }
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    pub fn is_complete(&self) -> bool {
        self.depth == self.context
    }

    pub fn newest(&self) -> &[f32] {
        &self.latents[(self.context - 1) * self.latent_len..]
    }

    pub fn copy_from(&mut self, other: &Self) {
        self.depth = other.depth;
        self.latents.copy_from_slice(&other.latents);
        self.actions.copy_from_slice(&other.actions);
    }

    /// Forgets everything but `latent`.
    pub fn start(&mut self, latent: &[f32]) {
        self.depth = 1;
        let newest = (self.context - 1) * self.latent_len;
        self.latents[newest..].copy_from_slice(latent);
    }

    /// Appends `latent`, reached from the newest one by the action row `row`.
    pub fn append(&mut self, row: &[f32], latent: &[f32]) {
        push_row(&mut self.latents, latent);
        push_row(&mut self.actions, row);
        self.depth = (self.depth + 1).min(self.context);
    }
}

/// Shifts `rows` by one row to the left and writes `row` at the end.
fn push_row(rows: &mut [f32], row: &[f32]) {
    if rows.is_empty() {
        return;
    }
    rows.copy_within(row.len().., 0);
    let end = rows.len() - row.len();
    rows[end..].copy_from_slice(row);
}

/// One dynamics worker with its buffers.
pub(super) struct Roller {
    dynamics: Box<dyn Dynamics>,
    /// `[C, A*U]`.
    actions: Vec<f32>,
    /// `[D]`.
    next: Vec<f32>,
    /// What the model mispredicts a step at present `[D]`.
    pub disturbance: Vec<f32>,
}

impl Roller {
    pub fn new(dynamics: Box<dyn Dynamics>, spec: &ModelSpec) -> Self {
        Self {
            dynamics,
            actions: vec![0.0; spec.context.max(1) * spec.row_len()],
            next: vec![0.0; spec.latent_len],
            disturbance: vec![0.0; spec.latent_len],
        }
    }

    /// Moves the estimate of the disturbance towards `latent - predicted` by `gain`.
    pub fn learn(&mut self, predicted: &[f32], latent: &[f32], gain: f32) {
        let innovation = latent.iter().zip(predicted).map(|(seen, told)| seen - told);
        for (estimate, innovation) in self.disturbance.iter_mut().zip(innovation) {
            *estimate += gain * (innovation - *estimate);
        }
    }

    /// The latent `[D]`, as the model says it, one model step after a complete `context` under the action row `row`.
    pub fn predict(&mut self, context: &Context, row: &[f32]) -> Result<&[f32], ModelError> {
        let known = context.actions.len();
        self.actions[..known].copy_from_slice(&context.actions);
        self.actions[known..].copy_from_slice(&row[..context.row_len]);
        self.dynamics
            .step(1, &context.latents, &self.actions, &mut self.next)?;
        Ok(&self.next)
    }

    /// Moves a complete `context` one model step on, corrected by the disturbance.
    pub fn roll(&mut self, context: &mut Context, row: &[f32]) -> Result<(), ModelError> {
        self.predict(context, row)?;
        for (next, disturbance) in self.next.iter_mut().zip(&self.disturbance) {
            *next += disturbance;
        }
        context.append(row, &self.next);
        Ok(())
    }
}
