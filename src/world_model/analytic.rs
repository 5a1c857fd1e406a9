//! A world model written by hand: velocity-commanded joints with a first-order lag.
//!
//! No folder, no camera: the encoder reads the measured joints. It is exact where its assumptions hold, so it
//! is the yardstick for learned models and the model of tests.
//!
//! The latent is `[q, dq]`, D = 2U. A row holds A = 2 command means over half a period each; between two of
//! them the lag `dq' = (u - dq) / tau` is integrated exactly. A metric point is `q / (v_max P)`, so that a
//! distance counts model steps at full speed.

use std::sync::Arc;

use super::{
    Dynamics, Encoder, Head, LatentPart, Metric, ModelError, ModelSpec, Quantity, WorldModel,
};
use crate::robot::{ActionKind, MAX_AXES};
use crate::sensing::{Goal, Observation};
use crate::time::Span;

/// Forward kinematics: joint positions [U] to the tip [m].
pub type Kinematics = Arc<dyn Fn(&[f64]) -> [f64; 3] + Send + Sync>;

/// What an [`AnalyticModel`] assumes of its robot.
#[derive(Clone)]
pub struct AnalyticParameters {
    /// Joint names, in the order of the action axes (U of them).
    pub axes: Vec<String>,
    /// Full speed of every axis [rad/s or m/s], > 0.
    pub velocity: Vec<f64>,
    /// Time constant of every axis's first-order lag [s], >= 0.
    pub lag: Vec<f64>,
    /// Dead time between a command and its effect [s], 0 to half a period. What is in flight when a step
    /// begins is unknown to a model with C = 1: the measured velocity stands for it.
    pub delay: f64,
    /// P [s], > 0.
    pub period: f64,
    /// Metric distance that means "there" [model steps].
    pub reached: f64,
    /// Where the tip is, if anybody wants to know.
    pub kinematics: Option<Kinematics>,
}

impl AnalyticParameters {
    /// Joints named `axes` with full speeds `velocity` and one `lag` for all; P = 0.1 s, no dead time, there
    /// within a third of a step, no kinematics.
    pub fn new(axes: &[&str], velocity: &[f64], lag: f64) -> Self {
        Self {
            axes: axes.iter().map(ToString::to_string).collect(),
            velocity: velocity.to_vec(),
            lag: vec![lag; axes.len()],
            delay: 0.0,
            period: 0.1,
            reached: 1.0 / 3.0,
            kinematics: None,
        }
    }
}

/// Rows of a step, A.
const BLOCK: usize = 2;

/// See the [module](self).
pub struct AnalyticModel {
    spec: ModelSpec,
    joints: Arc<[Joint]>,
    delay: f64,
    kinematics: Option<Kinematics>,
}

/// One joint, with what a stretch of constant command does to it.
#[derive(Clone, Copy)]
struct Joint {
    /// `1 / (v_max P)`.
    scale: f64,
    /// tau [s].
    lag: f64,
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

impl AnalyticModel {
    /// Checks `parameters` and builds the model.
    ///
    /// # Errors
    /// Names the parameter whose length or value is impossible.
    pub fn new(parameters: AnalyticParameters) -> Result<Self, ModelError> {
        let AnalyticParameters {
            axes,
            velocity,
            lag,
            delay,
            period,
            reached,
            kinematics,
        } = parameters;
        let count = axes.len();
        if count == 0 || count > MAX_AXES {
            return Err(refuse("axes", count, format!("1 to {MAX_AXES} axes")));
        }
        for (field, values) in [("velocity", &velocity), ("lag", &lag)] {
            if values.len() != count {
                return Err(refuse(
                    field,
                    values.len(),
                    format!("{count} values, one an axis"),
                ));
            }
        }
        if !(period.is_finite() && period > 0.0) {
            return Err(refuse("period", period, "more than 0 s"));
        }
        if let Some(bad) = velocity.iter().find(|v| !(v.is_finite() && **v > 0.0)) {
            return Err(refuse("velocity", bad, "more than 0"));
        }
        if let Some(bad) = lag.iter().find(|t| !(t.is_finite() && **t >= 0.0)) {
            return Err(refuse("lag", bad, "0 s or more"));
        }
        if !(0.0..=period / BLOCK as f64).contains(&delay) {
            return Err(refuse("delay", delay, "0 s to half a period"));
        }
        if !(reached.is_finite() && reached > 0.0) {
            return Err(refuse("reached", reached, "more than 0 model steps"));
        }

        let mut quantities: Vec<_> = axes.iter().map(|name| quantity(name, "rad")).collect();
        let mut tip = Vec::new();
        if kinematics.is_some() {
            tip = (count..count + 3).collect();
            quantities.extend(["tip_x", "tip_y", "tip_z"].map(|name| quantity(name, "m")));
        }
        let joints = velocity.iter().zip(&lag).map(|(v, tau)| Joint {
            scale: 1.0 / (v * period),
            lag: *tau,
        });
        Ok(Self {
            joints: joints.collect(),
            delay,
            kinematics,
            spec: ModelSpec {
                name: "analytic".into(),
                version: env!("CARGO_PKG_VERSION").into(),
                family: "analytic".into(),
                arithmetic: "f64".into(),
                action_kind: ActionKind::JointVelocity,
                period: Span::from_secs(period),
                context: 1,
                stacked_frames: 1,
                action_block: BLOCK,
                latent_len: 2 * count,
                delay: Span::from_secs(delay),
                image: None,
                reached,
                surprise: reached,
                parts: vec![part("position", 0, count), part("velocity", count, count)],
                quantities,
                tip,
                probe_error: 0.0,
                axes,
            },
        })
    }

    fn worker(&self) -> Worker {
        let axes = self.joints.len();
        Worker {
            joints: self.joints.clone(),
            step: self.spec.period.secs() / BLOCK as f64,
            delay: self.delay,
            goal: vec![0.0; axes],
            kinematics: self.kinematics.clone(),
            quantities: self.spec.quantities.len(),
        }
    }
}

impl WorldModel for AnalyticModel {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>, ModelError> {
        Ok(Box::new(self.worker()))
    }

    fn dynamics(&self) -> Result<Box<dyn Dynamics>, ModelError> {
        Ok(Box::new(self.worker()))
    }

    fn metric(&self) -> Result<Box<dyn Metric>, ModelError> {
        Ok(Box::new(self.worker()))
    }

    fn probe(&self) -> Result<Option<Box<dyn Head>>, ModelError> {
        Ok(Some(Box::new(self.worker())))
    }

    fn goal_latent(
        &self,
        _encoder: &mut dyn Encoder,
        goal: &Goal,
    ) -> Result<Option<Vec<f32>>, ModelError> {
        let axes = self.joints.len();
        match goal {
            Goal::Image(_) => Err(ModelError::new(
                "analytic",
                "goal",
                "an image",
                "joint positions, a point or a latent",
                "give another goal, or choose a model with a camera",
            )),
            Goal::Joints(positions) => {
                length("goal joints", positions.len(), axes)?;
                let mut latent = vec![0.0; 2 * axes];
                for (slot, position) in latent.iter_mut().zip(positions.iter()) {
                    *slot = *position as f32;
                }
                finite("goal joints", &latent)?;
                Ok(Some(latent))
            }
            Goal::Point(_) => Ok(None),
            Goal::Latent(latent) => {
                length("goal latent", latent.len(), 2 * axes)?;
                finite("goal latent", latent)?;
                Ok(Some(latent.clone()))
            }
        }
    }
}

/// One thread's state; every seam is small enough to share it.
struct Worker {
    joints: Arc<[Joint]>,
    /// Seconds a command mean holds.
    step: f64,
    /// Dead time [s].
    delay: f64,
    /// The goal's point [E].
    goal: Vec<f32>,
    kinematics: Option<Kinematics>,
    /// Y.
    quantities: usize,
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
        super::norm::to_one(points, &self.goal, out);
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
        super::norm::between(from, to, self.goal.len(), out);
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

fn quantity(name: &str, unit: &str) -> Quantity {
    Quantity {
        name: name.into(),
        unit: unit.into(),
    }
}

fn part(name: &str, start: usize, len: usize) -> LatentPart {
    LatentPart {
        name: name.into(),
        start,
        len,
    }
}

fn refuse(field: &str, found: impl std::fmt::Display, expected: impl Into<String>) -> ModelError {
    ModelError::new(
        "analytic",
        field,
        found.to_string(),
        expected,
        "correct the robot's description",
    )
}

fn length(field: &str, found: usize, expected: usize) -> Result<(), ModelError> {
    ModelError::check_len("analytic", field, found, expected)
}

fn finite(field: &str, values: &[f32]) -> Result<(), ModelError> {
    ModelError::check_finite("analytic", field, values)
}
