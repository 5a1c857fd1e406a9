//! One thread's encoder, dynamics and metric over a package's networks.

use super::super::graph::Runner;
use super::super::manifest::Manifest;
use super::super::{Dynamics, Encoder, Metric, ModelError, norm};
use super::stack::Stack;
use crate::sensing::Observation;
use crate::time::Span;

/// Feed-forward: pictures and velocity to a latent.
pub(super) struct EncoderWorker {
    runner: Runner,
    image: bool,
    stack: Stack,
    velocity: bool,
    axes: usize,
    /// The velocity in f32 `[U]`.
    measured: Vec<f32>,
    name: String,
}

impl EncoderWorker {
    pub fn new(runner: Runner, manifest: &Manifest) -> Self {
        Self {
            runner,
            image: manifest.image.is_some(),
            stack: Stack::new(
                manifest.model.stacked_frames,
                Span::from_secs(manifest.model.period),
            ),
            velocity: manifest.inputs.velocity,
            axes: manifest.axes_len(),
            measured: Vec::with_capacity(manifest.axes_len()),
            name: manifest.name.clone(),
        }
    }
}

impl EncoderWorker {
    fn measure(&mut self, observation: &Observation) -> Result<(), ModelError> {
        self.measured.clear();
        let velocity = observation.velocity.iter().map(|value| *value as f32);
        self.measured.extend(velocity);
        if self.velocity {
            let found = self.measured.len();
            ModelError::check_len(&self.name, "measured velocity", found, self.axes)?;
            ModelError::check_finite(&self.name, "measured velocity", &self.measured)?;
        }
        Ok(())
    }

    /// `stacked`: the stack's way to the pictures, from the observation's.
    fn encode(
        &mut self,
        observation: &Observation,
        stacked: for<'a> fn(&'a mut Stack, &'a Observation) -> &'a [f32],
        latent: &mut [f32],
    ) -> Result<(), ModelError> {
        self.measure(observation)?;
        let image = if self.image {
            stacked(&mut self.stack, observation)
        } else {
            &[]
        };
        match (self.image, self.velocity) {
            (true, true) => self.runner.run(1, &[image, &self.measured], latent),
            (true, false) => self.runner.run(1, &[image], latent),
            (false, _) => self.runner.run(1, &[&self.measured], latent),
        }
    }
}

impl Encoder for EncoderWorker {
    fn update(
        &mut self,
        _prior: &[f32],
        _last_action: &[f32],
        observation: &Observation,
        latent: &mut [f32],
    ) -> Result<(), ModelError> {
        self.encode(
            observation,
            |stack, seen| stack.append(seen.stamp, &seen.image),
            latent,
        )
    }

    fn at_rest(&mut self, observation: &Observation, latent: &mut [f32]) -> Result<(), ModelError> {
        self.encode(observation, |stack, seen| stack.repeat(&seen.image), latent)
    }

    fn reset(&mut self) {
        self.stack.clear();
    }
}

/// Latents and actions to the next latent.
pub(super) struct StepWorker {
    runner: Runner,
}

impl StepWorker {
    pub fn new(runner: Runner) -> Self {
        Self { runner }
    }
}

impl Dynamics for StepWorker {
    fn step(
        &mut self,
        rows: usize,
        latents: &[f32],
        actions: &[f32],
        next: &mut [f32],
    ) -> Result<(), ModelError> {
        self.runner.run(rows, &[latents, actions], next)
    }
}

/// A metric that embeds latents as points; distances are Euclidean.
pub(super) struct EmbeddingMetric {
    runner: Runner,
    /// The goal's point `[E]`.
    goal: Vec<f32>,
    latent: usize,
}

impl EmbeddingMetric {
    pub fn new(runner: Runner, latent: usize, point: usize) -> Self {
        Self {
            runner,
            goal: vec![0.0; point],
            latent,
        }
    }
}

impl Metric for EmbeddingMetric {
    fn point_len(&self) -> usize {
        self.goal.len()
    }

    fn prepare(&mut self, goal: &[f32]) -> Result<(), ModelError> {
        ModelError::check_len("metric", "goal latent", goal.len(), self.latent)?;
        self.runner.run(1, &[goal], &mut self.goal)
    }

    fn place(
        &mut self,
        rows: usize,
        latents: &[f32],
        points: &mut [f32],
    ) -> Result<(), ModelError> {
        self.runner.run(rows, &[latents], points)
    }

    fn distance(&mut self, rows: usize, points: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        check_points(rows, self.goal.len(), points, out)?;
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
        check_points(rows, self.goal.len(), from, out)?;
        check_points(rows, self.goal.len(), to, out)?;
        norm::between(from, to, self.goal.len(), out);
        Ok(())
    }
}

/// A metric of two latents; a point is the latent itself.
pub(super) struct PairMetric {
    runner: Runner,
    /// The goal latent, repeated [rows, D].
    goals: Vec<f32>,
    latent: usize,
}

impl PairMetric {
    pub fn new(runner: Runner, latent: usize) -> Self {
        Self {
            runner,
            goals: vec![0.0; latent],
            latent,
        }
    }
}

impl Metric for PairMetric {
    fn point_len(&self) -> usize {
        self.latent
    }

    fn prepare(&mut self, goal: &[f32]) -> Result<(), ModelError> {
        ModelError::check_len("metric", "goal latent", goal.len(), self.latent)?;
        for row in self.goals.chunks_exact_mut(self.latent) {
            row.copy_from_slice(goal);
        }
        Ok(())
    }

    fn place(
        &mut self,
        rows: usize,
        latents: &[f32],
        points: &mut [f32],
    ) -> Result<(), ModelError> {
        ModelError::check_len("metric", "latents", latents.len(), rows * self.latent)?;
        ModelError::check_len("metric", "points", points.len(), latents.len())?;
        points.copy_from_slice(latents);
        Ok(())
    }

    fn distance(&mut self, rows: usize, points: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        let wanted = rows * self.latent;
        while self.goals.len() < wanted {
            self.goals.extend_from_within(..self.latent);
        }
        self.runner
            .run(rows, &[points, &self.goals[..wanted]], out)?;
        never_negative(out);
        Ok(())
    }

    fn motion(
        &mut self,
        rows: usize,
        from: &[f32],
        to: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        self.runner.run(rows, &[from, to], out)?;
        never_negative(out);
        Ok(())
    }
}

/// A learned distance may dip below zero by a rounding; not-a-number stays what it is.
fn never_negative(distances: &mut [f32]) {
    for distance in distances {
        if *distance < 0.0 {
            *distance = 0.0;
        }
    }
}

fn check_points(rows: usize, len: usize, points: &[f32], out: &[f32]) -> Result<(), ModelError> {
    ModelError::check_len("metric", "points", points.len(), rows * len)?;
    ModelError::check_len("metric", "distances", out.len(), rows)
}
