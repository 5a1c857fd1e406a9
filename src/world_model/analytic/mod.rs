//! A world model written by hand: velocity-commanded joints with a first-order lag.
//!
//! No folder, no camera: the encoder reads the measured joints. It is exact where its assumptions hold, so it
//! is the yardstick for learned models and the model of tests.
//!
//! The latent is `[q, dq]`, D = 2U. A row holds A = 2 command means over half a period each; between two of
//! them the lag `dq' = (u - dq) / tau` is integrated exactly. A metric point is `q / (v_max P)`, so that a
//! distance counts model steps at full speed.

mod worker;

use std::sync::Arc;

use super::{
    Dynamics, Encoder, Head, LatentPart, Metric, ModelError, ModelSpec, Quantity, WorldModel,
};
use crate::robot::{ActionKind, MAX_AXES};
use crate::sensing::Goal;
use crate::time::Span;

use worker::{Joint, Worker, finite, length};

/// Forward kinematics: joint positions `[U]` to the tip `[m]`.
pub type Kinematics = Arc<dyn Fn(&[f64]) -> [f64; 3] + Send + Sync>;

/// What an [`AnalyticModel`] assumes of its robot.
#[derive(Clone)]
pub struct AnalyticParameters {
    /// Joint names, in the order of the action axes (U of them).
    pub axes: Vec<String>,
    /// Full speed of every axis `[rad/s or m/s]`, > 0.
    pub velocity: Vec<f64>,
    /// Time constant of every axis's first-order lag `[s]`, >= 0.
    pub lag: Vec<f64>,
    /// Dead time between a command and its effect `[s]`, 0 to half a period. What is in flight when a step
    /// begins is unknown to a model with C = 1: the measured velocity stands for it.
    pub delay: f64,
    /// P `[s]`, > 0.
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

/// Joints that follow velocity commands with a first-order lag; the latent is their positions and velocities.
pub struct AnalyticModel {
    spec: ModelSpec,
    joints: Arc<[Joint]>,
    delay: f64,
    kinematics: Option<Kinematics>,
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
