//! What was imagined.

/// A value wanted of one of the probe's quantities.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WantedQuantity {
    /// Index into [`ModelSpec::quantities`](super::ModelSpec::quantities).
    pub index: usize,
    /// The wanted value [the quantity's unit].
    pub value: f32,
    /// How much of it full speed changes in a model step [the quantity's unit], > 0.
    pub scale: f32,
}

/// The imagined futures of `candidates` action sequences over `horizon` model steps, step-major so that each
/// model step writes one contiguous block. Index 0 of `latents`, `points` and `distance` is the belief at
/// t0 (the same for every candidate).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rollout {
    /// Rows, N.
    pub candidates: usize,
    /// Model steps, H.
    pub horizon: usize,
    /// `[H + 1, N, D]`.
    pub latents: Vec<f32>,
    /// Metric points `[H + 1, N, E]`.
    pub points: Vec<f32>,
    /// Metric distance to the goal `[H + 1, N]`, model steps.
    pub distance: Vec<f32>,
    /// Metric distance moved in each step `[H, N]`, model steps.
    pub motion: Vec<f32>,
    /// Action rows `[H, N, A*U]`, SI units.
    pub actions: Vec<f32>,
    /// Probe quantities `[H + 1, N, Y]`; empty unless a term or the viewer asked for them.
    pub quantities: Vec<f32>,
    /// Commanded positions [H + 1, N, U]: the limiter's estimate at t0 and the imagined commands since.
    pub positions: Vec<f32>,
    /// What is wanted of single quantities when the goal has no latent; empty when it has one. `distance` and
    /// `motion` are then counted in these.
    pub wanted: Vec<WantedQuantity>,
    /// The action in force when the plan starts `[U]`, SI units.
    pub previous: Vec<f32>,
    /// Numbers a latent, D.
    pub latent_len: usize,
    /// Numbers an action row, A*U.
    pub row_len: usize,
    /// Quantities, Y (0 if none).
    pub quantities_len: usize,
}

impl Rollout {
    /// Distances of all candidates after `step` model steps (0..=H).
    pub fn distance_at(&self, step: usize) -> &[f32] {
        &self.distance[step * self.candidates..(step + 1) * self.candidates]
    }

    /// Motion of all candidates in model step `step` (0..H).
    pub fn motion_at(&self, step: usize) -> &[f32] {
        &self.motion[step * self.candidates..(step + 1) * self.candidates]
    }

    /// The action row `[A*U]` of `candidate` in model step `step` (0..H).
    pub fn action(&self, step: usize, candidate: usize) -> &[f32] {
        let start = (step * self.candidates + candidate) * self.row_len;
        &self.actions[start..start + self.row_len]
    }

    /// The latent `[D]` of `candidate` after `step` model steps (0..=H).
    pub fn latent(&self, step: usize, candidate: usize) -> &[f32] {
        let start = (step * self.candidates + candidate) * self.latent_len;
        &self.latents[start..start + self.latent_len]
    }

    /// The commanded positions `[U]` of `candidate` after `step` model steps (0..=H).
    pub fn position(&self, step: usize, candidate: usize) -> &[f32] {
        let axes = self.previous.len();
        let start = (step * self.candidates + candidate) * axes;
        &self.positions[start..start + axes]
    }

    /// The probe's quantities `[Y]` of `candidate` after `step` model steps (0..=H).
    pub fn quantities(&self, step: usize, candidate: usize) -> &[f32] {
        let start = (step * self.candidates + candidate) * self.quantities_len;
        &self.quantities[start..start + self.quantities_len]
    }
}
