//! What a model says of itself.

use crate::robot::ActionKind;
use crate::sensing::ImageSpec;
use crate::time::Span;

/// A named quantity that a probe reads out of a latent.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// E.g. `tip_x` or a joint's name.
    pub name: String,
    /// `m`, `rad`, ...
    pub unit: String,
}

/// A named slice of the latent, for drawing and floors only.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentPart {
    /// E.g. `image`, `velocity`.
    pub name: String,
    /// First index.
    pub start: usize,
    /// Length.
    pub len: usize,
}

/// Names, shapes, units and calibrations of a world model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSpec {
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// Free text: `jepa`, `analytic`, ...
    pub family: String,
    /// What products are computed in and by which instructions, for every status line: `int8 on avx2`, ...
    pub arithmetic: String,
    /// What an action row means.
    pub action_kind: ActionKind,
    /// Action axes, in the order of every action row (U names).
    pub axes: Vec<String>,
    /// P, the duration of a model step.
    pub period: Span,
    /// C, latents of context that a step takes.
    pub context: usize,
    /// K, frames stacked in one image input.
    pub stacked_frames: usize,
    /// A, action means a model step.
    pub action_block: usize,
    /// D, numbers a latent.
    pub latent_len: usize,
    /// Actuator delay contained in the training data.
    pub delay: Span,
    /// The picture that the encoder takes; `None` for a model without a camera.
    pub image: Option<ImageSpec>,
    /// Metric distance that means "there" [model steps].
    pub reached: f64,
    /// 99.9 % quantile of the one-step surprise on validation data [model steps].
    pub surprise: f64,
    /// Named slices of the latent.
    pub parts: Vec<LatentPart>,
    /// What the probe gives, in order; empty without a probe.
    pub quantities: Vec<Quantity>,
    /// Indices into `quantities` of the tip's coordinates (x, y[, z]); empty if there is none.
    pub tip: Vec<usize>,
    /// Median error of the tip on validation data `[m]`.
    pub probe_error: f64,
}

impl ModelSpec {
    /// U, action axes.
    pub fn axes_len(&self) -> usize {
        self.axes.len()
    }

    /// A*U, numbers an action row.
    pub fn row_len(&self) -> usize {
        self.action_block * self.axes.len()
    }
}
