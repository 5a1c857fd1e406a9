//! World models altered on purpose: the raw-latent floor, and what must break a planner that is honest.

use std::sync::Arc;

use super::raw_latent::RawLatent;
use crate::sensing::Goal;
use crate::world_model::{
    Dynamics, Encoder, Head, LatentMap, Metric, ModelError, ModelSpec, WorldModel,
};

/// What is altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// The learned metric is replaced by the Euclidean distance of the latents' first part (the image's),
    /// scaled so that `reached` keeps its meaning nowhere: a floor, not a contender.
    RawLatent,
    /// The action columns are rotated by one axis before the dynamics see them.
    SwappedActions,
    /// The latent is reversed before the metric sees it.
    PermutedLatents,
}

/// What is done to one imagined row: its latents of context `[C, D]` and action rows [C, A*U], and the next
/// latent `[D]` that the dynamics gave, to be changed in place.
pub type Spoil = dyn Fn(&[f32], &[f32], &mut [f32]) + Send + Sync;

/// A model, altered.
pub struct Altered {
    inner: Arc<dyn WorldModel>,
    kind: Kind,
}

enum Kind {
    Named(Alteration),
    SpoiltSteps(Arc<Spoil>),
}

impl Altered {
    /// Alters `inner`.
    pub fn new(inner: Arc<dyn WorldModel>, alteration: Alteration) -> Self {
        let kind = Kind::Named(alteration);
        Self { inner, kind }
    }

    /// `inner` with every imagined step spoilt by `spoil`, row by row.
    pub fn with_spoilt_steps(
        inner: Arc<dyn WorldModel>,
        spoil: impl Fn(&[f32], &[f32], &mut [f32]) + Send + Sync + 'static,
    ) -> Self {
        let kind = Kind::SpoiltSteps(Arc::new(spoil));
        Self { inner, kind }
    }
}

impl WorldModel for Altered {
    fn spec(&self) -> &ModelSpec {
        self.inner.spec()
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>, ModelError> {
        self.inner.encoder()
    }

    fn dynamics(&self) -> Result<Box<dyn Dynamics>, ModelError> {
        let inner = self.inner.dynamics()?;
        Ok(match &self.kind {
            Kind::Named(Alteration::SwappedActions) => Box::new(SwappedActions {
                inner,
                axes: self.spec().axes_len(),
                actions: Vec::new(),
            }),
            Kind::Named(Alteration::RawLatent | Alteration::PermutedLatents) => inner,
            Kind::SpoiltSteps(spoil) => Box::new(SpoiltSteps {
                inner,
                spoil: spoil.clone(),
            }),
        })
    }

    fn metric(&self) -> Result<Box<dyn Metric>, ModelError> {
        Ok(match self.kind {
            Kind::Named(Alteration::RawLatent) => Box::new(RawLatent::new(self.spec())?),
            Kind::Named(Alteration::PermutedLatents) => Box::new(PermutedLatents {
                inner: self.inner.metric()?,
                latent_len: self.spec().latent_len,
                permuted: Vec::new(),
            }),
            Kind::Named(Alteration::SwappedActions) | Kind::SpoiltSteps(_) => {
                self.inner.metric()?
            }
        })
    }

    fn probe(&self) -> Result<Option<Box<dyn Head>>, ModelError> {
        self.inner.probe()
    }

    fn map(&self) -> Option<&LatentMap> {
        self.inner.map()
    }

    fn goal_latent(
        &self,
        encoder: &mut dyn Encoder,
        goal: &Goal,
    ) -> Result<Option<Vec<f32>>, ModelError> {
        self.inner.goal_latent(encoder, goal)
    }
}

struct SwappedActions {
    inner: Box<dyn Dynamics>,
    axes: usize,
    actions: Vec<f32>,
}

impl Dynamics for SwappedActions {
    fn step(
        &mut self,
        rows: usize,
        latents: &[f32],
        actions: &[f32],
        next: &mut [f32],
    ) -> Result<(), ModelError> {
        self.actions.clear();
        self.actions.extend_from_slice(actions);
        for action in self.actions.chunks_exact_mut(self.axes.max(1)) {
            action.rotate_left(1);
        }
        self.inner.step(rows, latents, &self.actions, next)
    }
}

struct SpoiltSteps {
    inner: Box<dyn Dynamics>,
    spoil: Arc<Spoil>,
}

impl Dynamics for SpoiltSteps {
    fn step(
        &mut self,
        rows: usize,
        latents: &[f32],
        actions: &[f32],
        next: &mut [f32],
    ) -> Result<(), ModelError> {
        self.inner.step(rows, latents, actions, next)?;
        let width = |values: usize| (values / rows.max(1)).max(1);
        let latents = latents.chunks_exact(width(latents.len()));
        let actions = actions.chunks_exact(width(actions.len()));
        let next = next.chunks_exact_mut(width(next.len()));
        for ((latents, actions), next) in latents.zip(actions).zip(next) {
            (self.spoil)(latents, actions, next);
        }
        Ok(())
    }
}

struct PermutedLatents {
    inner: Box<dyn Metric>,
    latent_len: usize,
    permuted: Vec<f32>,
}

impl Metric for PermutedLatents {
    fn point_len(&self) -> usize {
        self.inner.point_len()
    }

    fn prepare(&mut self, goal: &[f32]) -> Result<(), ModelError> {
        self.inner.prepare(goal)
    }

    fn place(
        &mut self,
        rows: usize,
        latents: &[f32],
        points: &mut [f32],
    ) -> Result<(), ModelError> {
        self.permuted.clear();
        self.permuted.extend_from_slice(latents);
        for latent in self.permuted.chunks_exact_mut(self.latent_len.max(1)) {
            latent.reverse();
        }
        self.inner.place(rows, &self.permuted, points)
    }

    fn distance(&mut self, rows: usize, points: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        self.inner.distance(rows, points, out)
    }

    fn motion(
        &mut self,
        rows: usize,
        from: &[f32],
        to: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        self.inner.motion(rows, from, to, out)
    }
}
