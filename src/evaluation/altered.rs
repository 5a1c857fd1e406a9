//! World models altered on purpose: the raw-latent floor, and what must break a planner that is honest.

use std::sync::Arc;

use crate::sensing::Goal;
use crate::world_model::{Dynamics, Encoder, Head, Metric, ModelError, ModelSpec, WorldModel};

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

/// `inner`, altered.
pub struct Altered {
    inner: Arc<dyn WorldModel>,
    alteration: Alteration,
}

impl Altered {
    /// Alters `inner`.
    pub fn new(inner: Arc<dyn WorldModel>, alteration: Alteration) -> Self {
        Self { inner, alteration }
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
        let axes = self.spec().axes_len();
        Ok(match self.alteration {
            Alteration::SwappedActions => Box::new(SwappedActions {
                inner,
                axes,
                actions: Vec::new(),
            }),
            _ => inner,
        })
    }

    fn metric(&self) -> Result<Box<dyn Metric>, ModelError> {
        let spec = self.spec();
        let latent_len = spec.latent_len;
        Ok(match self.alteration {
            Alteration::RawLatent => {
                let (start, len) = spec
                    .parts
                    .first()
                    .map_or((0, latent_len), |part| (part.start, part.len));
                Box::new(RawLatent {
                    latent_len,
                    start,
                    len,
                    goal: vec![0.0; len],
                })
            }
            Alteration::PermutedLatents => Box::new(PermutedLatents {
                inner: self.inner.metric()?,
                latent_len,
                permuted: Vec::new(),
            }),
            Alteration::SwappedActions => self.inner.metric()?,
        })
    }

    fn probe(&self) -> Result<Option<Box<dyn Head>>, ModelError> {
        self.inner.probe()
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
        for action in self.actions.chunks_mut(self.axes.max(1)) {
            action.rotate_left(1);
        }
        self.inner.step(rows, latents, &self.actions, next)
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
        for latent in self.permuted.chunks_mut(self.latent_len.max(1)) {
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

struct RawLatent {
    latent_len: usize,
    start: usize,
    len: usize,
    goal: Vec<f32>,
}

impl Metric for RawLatent {
    fn point_len(&self) -> usize {
        self.len
    }

    fn prepare(&mut self, goal: &[f32]) -> Result<(), ModelError> {
        self.goal
            .copy_from_slice(&goal[self.start..self.start + self.len]);
        Ok(())
    }

    fn place(
        &mut self,
        rows: usize,
        latents: &[f32],
        points: &mut [f32],
    ) -> Result<(), ModelError> {
        let placed = points
            .chunks_exact_mut(self.len)
            .zip(latents.chunks_exact(self.latent_len));
        for (point, latent) in placed.take(rows) {
            point.copy_from_slice(&latent[self.start..self.start + self.len]);
        }
        Ok(())
    }

    fn distance(&mut self, rows: usize, points: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        for (distance, point) in out.iter_mut().zip(points.chunks_exact(self.len)).take(rows) {
            *distance = norm(point, &self.goal);
        }
        Ok(())
    }

    fn motion(
        &mut self,
        rows: usize,
        from: &[f32],
        to: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        let pairs = from.chunks_exact(self.len).zip(to.chunks_exact(self.len));
        for (motion, (from, to)) in out.iter_mut().zip(pairs).take(rows) {
            *motion = norm(from, to);
        }
        Ok(())
    }
}

fn norm(a: &[f32], b: &[f32]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b) * (a - b))
        .sum::<f32>()
        .sqrt()
}
