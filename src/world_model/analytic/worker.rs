//! One thread's encoder, dynamics, metric and probe over two numbers a joint.

use std::sync::Arc;

use super::super::{Dynamics, Encoder, Head, Metric, ModelError, norm};
use super::{BLOCK, Kinematics};
use crate::robot::MAX_AXES;
use crate::sensing::Observation;

/// One joint, with what a stretch of constant command does to it.
#[derive(Clone, Copy)]
pub(super) struct Joint {
    /// `1 / (v_max P)`.
    pub scale: f64,
    /// tau `[s]`.
    pub lag: f64,
}

impl Joint {
    /// Position and velocity after `time` seconds under the command `u`.
    fn advance(&self, q: f64, dq: f64, u: f64, time: f64) -> (f64, f64) {
        if self.lag == 0.0 {
            return (q + u * time, u);
        }
        let decay = -(-time / self.lag).exp_m1();
        (
            q + u * time + (dq - u) * self.lag * decay,
            dq + (u - dq) * decay,
        )
    }
}

/// One thread's state; every seam is small enough to share it.
pub(super) struct Worker {
    pub joints: Arc<[Joint]>,
    /// Seconds a command mean holds.
    pub step: f64,
    /// Dead time `[s]`.
    pub delay: f64,
    /// The goal's point `[E]`.
    pub goal: Vec<f32>,
    pub kinematics: Option<Kinematics>,
    /// Y.
    pub quantities: usize,
}

impl Encoder for Worker {
    fn update(
        &mut self,
        _prior: &[f32],
        _last_action: &[f32],
        observation: &Observation,
        latent: &mut [f32],
    ) -> Result<(), ModelError> {
        let axes = self.joints.len();
        let state = &observation.state;
        length("measured positions", state.position.len(), axes)?;
        length("measured velocities", state.velocity.len(), axes)?;
        length("latent", latent.len(), 2 * axes)?;
        let measured = state.position.iter().chain(state.velocity.iter());
        for (slot, value) in latent.iter_mut().zip(measured) {
            *slot = *value as f32;
        }
        finite("measured state", latent)
    }
}

impl Dynamics for Worker {
    fn step(
        &mut self,
        rows: usize,
        latents: &[f32],
        actions: &[f32],
        next: &mut [f32],
    ) -> Result<(), ModelError> {
        let axes = self.joints.len();
        length("latents", latents.len(), rows * 2 * axes)?;
        length("actions", actions.len(), rows * BLOCK * axes)?;
        length("next latents", next.len(), rows * 2 * axes)?;
        let rows = latents
            .chunks_exact(2 * axes)
            .zip(actions.chunks_exact(BLOCK * axes))
            .zip(next.chunks_exact_mut(2 * axes));
        for ((latent, action), next) in rows {
            for (axis, joint) in self.joints.iter().enumerate() {
                let (q, dq) = (f64::from(latent[axis]), f64::from(latent[axes + axis]));
                let first = f64::from(action[axis]);
                let second = f64::from(action[axes + axis]);
                let (q, dq) = joint.advance(q, dq, dq, self.delay);
                let (q, dq) = joint.advance(q, dq, first, self.step);
                let (q, dq) = joint.advance(q, dq, second, self.step - self.delay);
                next[axis] = q as f32;
                next[axes + axis] = dq as f32;
            }
        }
        Ok(())
    }
}

impl Metric for Worker {
    fn point_len(&self) -> usize {
        self.joints.len()
    }

    fn prepare(&mut self, goal: &[f32]) -> Result<(), ModelError> {
        let mut point = std::mem::take(&mut self.goal);
        let placed = self.place(1, goal, &mut point);
        self.goal = point;
        placed
    }

    fn place(
        &mut self,
        rows: usize,
        latents: &[f32],
        points: &mut [f32],
    ) -> Result<(), ModelError> {
        let axes = self.joints.len();
        length("latents", latents.len(), rows * 2 * axes)?;
        length("points", points.len(), rows * axes)?;
        let rows = latents
            .chunks_exact(2 * axes)
            .zip(points.chunks_exact_mut(axes));
        for (latent, point) in rows {
            for ((slot, q), joint) in point.iter_mut().zip(latent).zip(self.joints.iter()) {
                *slot = (f64::from(*q) * joint.scale) as f32;
            }
        }
        Ok(())
    }

    fn distance(&mut self, rows: usize, points: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        length("points", points.len(), rows * self.goal.len())?;
        length("distances", out.len(), rows)?;
        norm::to_one(points, &self.goal, out);
        Ok(())
    }

    fn motion(
        &mut self,
        rows: usize,
        from: &[f32],
        to: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        length("points", from.len(), rows * self.goal.len())?;
        length("points", to.len(), from.len())?;
        length("distances", out.len(), rows)?;
        norm::between(from, to, self.goal.len(), out);
        Ok(())
    }
}

impl Head for Worker {
    fn evaluate(
        &mut self,
        rows: usize,
        latents: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        let axes = self.joints.len();
        length("latents", latents.len(), rows * 2 * axes)?;
        length("quantities", out.len(), rows * self.quantities)?;
        let rows = latents
            .chunks_exact(2 * axes)
            .zip(out.chunks_exact_mut(self.quantities));
        for (latent, out) in rows {
            let (joints, tip) = out.split_at_mut(axes);
            joints.copy_from_slice(&latent[..axes]);
            if let Some(kinematics) = &self.kinematics {
                let mut position = [0.0; MAX_AXES];
                for (slot, q) in position.iter_mut().zip(joints.iter()) {
                    *slot = f64::from(*q);
                }
                for (slot, value) in tip.iter_mut().zip(kinematics(&position[..axes])) {
                    *slot = value as f32;
                }
            }
        }
        Ok(())
    }
}

pub(super) fn length(field: &str, found: usize, expected: usize) -> Result<(), ModelError> {
    ModelError::check_len("analytic", field, found, expected)
}

pub(super) fn finite(field: &str, values: &[f32]) -> Result<(), ModelError> {
    ModelError::check_finite("analytic", field, values)
}
