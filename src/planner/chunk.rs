//! The unit of work of the rollout: a fixed number of rows, whatever the number of threads.

use crate::belief::Belief;
use crate::robot::{Action, LimiterState};
use crate::world_model::ModelError;

/// Sizes of a rollout.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// R, rows a chunk.
    pub rows: usize,
    /// H, model steps.
    pub horizon: usize,
    /// K, knots.
    pub knots: usize,
    /// U, axes.
    pub axes: usize,
    /// C, context.
    pub context: usize,
    /// D.
    pub latent: usize,
    /// A*U.
    pub row: usize,
    /// E.
    pub point: usize,
    /// Y.
    pub quantities: usize,
}

/// `rows` candidates on their way through the model, padded by copies of the last one.
#[derive(Debug)]
pub(super) struct Chunk {
    /// First candidate in the rollout.
    pub first: usize,
    /// Real candidates, the rest is padding.
    pub used: usize,
    /// True if quantities are to be read out.
    pub probe: bool,
    /// True if action rows and positions are there already, and don't come of the knots.
    pub given: bool,
    /// Length of a command `[s]`.
    pub tick: f64,
    /// Knots `[R, K, U]`.
    pub knots: Vec<f64>,
    /// Belief: latents `[C, D]`.
    pub context: Vec<f32>,
    /// Belief: action rows [C - 1, A*U].
    pub context_actions: Vec<f32>,
    /// Belief: the disturbance a model step `[D]`.
    pub disturbance: Vec<f32>,
    /// Belief: the limiter at t0.
    pub limiter: LimiterState,
    /// The limiter of each row on its way `[R]`.
    pub limiters: Vec<LimiterState>,
    /// Belief: commands before t0 that still count.
    pub in_flight: Vec<Action>,
    /// Commands `[R, ticks, U]`, as they will be sent.
    pub tracks: Vec<f64>,
    /// `[H + 1, R, D]`.
    pub latents: Vec<f32>,
    /// `[H + 1, R, E]`.
    pub points: Vec<f32>,
    /// `[H + 1, R]`.
    pub distance: Vec<f32>,
    /// `[H, R]`.
    pub motion: Vec<f32>,
    /// `[H, R, A*U]`.
    pub actions: Vec<f32>,
    /// `[H + 1, R, Y]`.
    pub quantities: Vec<f32>,
    /// `[H + 1, R, U]`.
    pub positions: Vec<f32>,
    /// How it went.
    pub outcome: Result<(), ModelError>,
}

impl Chunk {
    pub fn new(shape: &Shape) -> Self {
        let (rows, steps) = (shape.rows, shape.horizon);
        Self {
            first: 0,
            used: 0,
            probe: false,
            given: false,
            tick: 0.0,
            knots: vec![0.0; rows * shape.knots * shape.axes],
            context: vec![0.0; shape.context * shape.latent],
            context_actions: vec![0.0; (shape.context - 1) * shape.row],
            disturbance: vec![0.0; shape.latent],
            limiter: LimiterState::default(),
            limiters: Vec::new(),
            in_flight: Vec::new(),
            tracks: Vec::new(),
            latents: vec![0.0; (steps + 1) * rows * shape.latent],
            points: vec![0.0; (steps + 1) * rows * shape.point],
            distance: vec![0.0; (steps + 1) * rows],
            motion: vec![0.0; steps * rows],
            actions: vec![0.0; steps * rows * shape.row],
            quantities: vec![0.0; (steps + 1) * rows * shape.quantities],
            positions: vec![0.0; (steps + 1) * rows * shape.axes],
            outcome: Ok(()),
        }
    }

    /// Takes the belief and the knots [used, K, U] of candidates `first..`.
    pub fn load(&mut self, shape: &Shape, belief: &Belief, first: usize, knots: &[f64]) {
        let width = shape.knots * shape.axes;
        self.first = first;
        self.given = false;
        self.used = knots.len() / width;
        self.knots[..knots.len()].copy_from_slice(knots);
        for row in self.used..shape.rows {
            let last = (self.used - 1) * width;
            self.knots.copy_within(last..last + width, row * width);
        }
        self.context.copy_from_slice(&belief.latents);
        self.context_actions.copy_from_slice(&belief.actions);
        self.disturbance.fill(0.0);
        let known = belief.disturbance.len().min(shape.latent);
        self.disturbance[..known].copy_from_slice(&belief.disturbance[..known]);
        self.limiter = belief.limiter;
        self.in_flight.clear();
        self.in_flight.extend_from_slice(&belief.in_flight);
    }

    /// The commands of row `row`, one a tick.
    pub fn track(&self, shape: &Shape, row: usize) -> &[f64] {
        let width = self.tracks.len() / shape.rows;
        &self.tracks[row * width..(row + 1) * width]
    }
}
