//! The seams of a world model: what every family (Kalman filter, JEPA, Dreamer, ...) answers.
//!
//! All tensors are row-major f32 slices with the batch first. D latent size, C context length, A actions
//! a model step, U action axes, E size of a metric point, Y probe quantities.

use super::{LatentMap, ModelError, ModelSpec};
use crate::sensing::{Goal, Observation};

/// A loaded world model: a factory of per-thread workers. Shared between threads.
pub trait WorldModel: Send + Sync {
    /// Names, shapes, units and calibrations.
    fn spec(&self) -> &ModelSpec;
    /// A fresh encoder worker.
    fn encoder(&self) -> Result<Box<dyn Encoder>, ModelError>;
    /// A fresh dynamics worker.
    fn dynamics(&self) -> Result<Box<dyn Dynamics>, ModelError>;
    /// A fresh metric worker.
    fn metric(&self) -> Result<Box<dyn Metric>, ModelError>;
    /// The read-out of named quantities, if the model has one.
    fn probe(&self) -> Result<Option<Box<dyn Head>>, ModelError>;
    /// Latents of places that the robot knows, if the model has a map of them.
    fn map(&self) -> Option<&LatentMap> {
        None
    }
    /// The latent `[D]` that a goal stands for: an image is encoded at rest, a latent's length is checked.
    /// Joint and point goals have no latent unless the model reads joints: `Ok(None)` then, and the cost
    /// term `probe_distance` takes over.
    fn goal_latent(
        &self,
        encoder: &mut dyn Encoder,
        goal: &Goal,
    ) -> Result<Option<Vec<f32>>, ModelError>;
}

/// Observation to latent.
pub trait Encoder: Send {
    /// Writes the latent `[D]` for `observation`. A feed-forward encoder ignores `prior` (`[D]`, the predicted
    /// latent) and `last_action` (`[A*U]`, what led here); both are empty at the first frame.
    fn update(
        &mut self,
        prior: &[f32],
        last_action: &[f32],
        observation: &Observation,
        latent: &mut [f32],
    ) -> Result<(), ModelError>;
    /// Writes the latent `[D]` of a robot that stands in `observation` and stood there before, for goals. Leaves no
    /// trace in what [`Encoder::update`] gives next.
    fn at_rest(&mut self, observation: &Observation, latent: &mut [f32]) -> Result<(), ModelError> {
        self.update(&[], &[], observation, latent)
    }
    /// Forgets the observations so far.
    fn reset(&mut self) {}
}

/// Latents and actions to the next latent.
pub trait Dynamics: Send {
    /// One model step for `rows` candidates: `latents` [rows, C, D], `actions` [rows, C, A*U] (row c: what
    /// led away from latent c), `next` [rows, D].
    fn step(
        &mut self,
        rows: usize,
        latents: &[f32],
        actions: &[f32],
        next: &mut [f32],
    ) -> Result<(), ModelError>;
}

/// How far there is to go, in model steps. A latent is *placed* once (`[D]` to a point `[E]`); distances and
/// motion are then cheap. A pairwise metric places by copying (E = D).
pub trait Metric: Send {
    /// E, the size of a point.
    fn point_len(&self) -> usize;
    /// Takes the goal latent `[D]` for all later distances.
    fn prepare(&mut self, goal: &[f32]) -> Result<(), ModelError>;
    /// Places `rows` latents [rows, D] as points [rows, E].
    fn place(&mut self, rows: usize, latents: &[f32], points: &mut [f32])
    -> Result<(), ModelError>;
    /// Distance of placed points to the goal `[rows]`, >= 0, in model steps.
    fn distance(&mut self, rows: usize, points: &[f32], out: &mut [f32]) -> Result<(), ModelError>;
    /// Distance between placed points, row by row `[rows]`, in model steps.
    fn motion(
        &mut self,
        rows: usize,
        from: &[f32],
        to: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError>;
}

/// Latent to named quantities.
pub trait Head: Send {
    /// Evaluates `rows` latents [rows, D] to quantities [rows, Y], angles already joined by atan2 `[rad]`, in
    /// the order of [`ModelSpec::quantities`].
    fn evaluate(&mut self, rows: usize, latents: &[f32], out: &mut [f32])
    -> Result<(), ModelError>;
}
