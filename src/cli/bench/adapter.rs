//! A single network as the dynamics of a world model, so that the planner's own rollout can be measured with it.

use crate::robot::ActionKind;
use crate::sensing::{Goal, Observation};
use crate::time::Span;
use crate::world_model::{
    Dynamics, Encoder, Head, Metric, ModelError, ModelSpec, WorldModel, norm,
};

use crate::world_model::{Network, NetworkRunner};

/// Numbers of the latent that the metric reads.
const POINT: usize = 4;
/// Action means a model step; one axis.
const BLOCK: usize = 2;

/// A network of one input row, latent and action behind one another, that gives at least the next latent.
pub(super) struct NetworkModel {
    network: Network,
    spec: ModelSpec,
}

impl NetworkModel {
    /// # Errors
    /// A network of another form.
    pub fn new(name: &str, network: Network) -> Result<Self, ModelError> {
        let inputs = network.inputs();
        let width = match inputs.as_slice() {
            [(_, shape)] if shape.len() == 1 => shape.first().copied().unwrap_or(0),
            _ => 0,
        };
        let latent = width.saturating_sub(BLOCK);
        if latent < POINT || network.output_len() < latent {
            return Err(ModelError::new(
                name,
                "inputs",
                format!("{inputs:?} to {} numbers", network.output_len()),
                format!("one row of latent and {BLOCK} action numbers to the next latent"),
                "make the reference networks again",
            ));
        }
        let spec = ModelSpec {
            name: name.to_owned(),
            version: String::new(),
            family: "reference".into(),
            arithmetic: String::new(),
            action_kind: ActionKind::JointVelocity,
            axes: vec!["joint".into()],
            period: Span::from_millis(100),
            context: 1,
            stacked_frames: 1,
            action_block: BLOCK,
            latent_len: latent,
            delay: Span::ZERO,
            image: None,
            reached: 1.0,
            surprise: 1.0,
            parts: Vec::new(),
            quantities: Vec::new(),
            tip: Vec::new(),
            probe_error: 0.0,
        };
        Ok(Self { network, spec })
    }
}

impl WorldModel for NetworkModel {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>, ModelError> {
        Ok(Box::new(Blind))
    }

    fn dynamics(&self) -> Result<Box<dyn Dynamics>, ModelError> {
        Ok(Box::new(Steps {
            runner: self.network.runner()?,
            latent: self.spec.latent_len,
            output: self.network.output_len(),
            inputs: Vec::new(),
            outputs: Vec::new(),
        }))
    }

    fn metric(&self) -> Result<Box<dyn Metric>, ModelError> {
        Ok(Box::new(Points {
            latent: self.spec.latent_len,
            goal: [0.0; POINT],
        }))
    }

    fn probe(&self) -> Result<Option<Box<dyn Head>>, ModelError> {
        Ok(None)
    }

    fn goal_latent(
        &self,
        _encoder: &mut dyn Encoder,
        goal: &Goal,
    ) -> Result<Option<Vec<f32>>, ModelError> {
        Ok(match goal {
            Goal::Latent(latent) => Some(latent.clone()),
            _ => None,
        })
    }
}

/// Sees nothing.
struct Blind;

impl Encoder for Blind {
    fn update(
        &mut self,
        _prior: &[f32],
        _last_action: &[f32],
        _observation: &Observation,
        _latent: &mut [f32],
    ) -> Result<(), ModelError> {
        Err(ModelError::new(
            "reference network",
            "encoder",
            "none",
            "a latent goal and a given belief",
            "measure a package instead",
        ))
    }
}

/// The network, with its inputs put behind one another.
struct Steps {
    runner: NetworkRunner,
    latent: usize,
    output: usize,
    /// `[rows, D + A*U]`.
    inputs: Vec<f32>,
    /// `[rows, output]`.
    outputs: Vec<f32>,
}

impl Dynamics for Steps {
    fn step(
        &mut self,
        rows: usize,
        latents: &[f32],
        actions: &[f32],
        next: &mut [f32],
    ) -> Result<(), ModelError> {
        let (latent, width) = (self.latent, self.latent + BLOCK);
        ModelError::check_len("reference network", "latents", latents.len(), rows * latent)?;
        ModelError::check_len("reference network", "actions", actions.len(), rows * BLOCK)?;
        self.inputs.resize(rows * width, 0.0);
        self.outputs.resize(rows * self.output, 0.0);
        let parts = latents
            .chunks_exact(latent)
            .zip(actions.chunks_exact(BLOCK));
        for (row, (latents, actions)) in self.inputs.chunks_exact_mut(width).zip(parts) {
            row[..latent].copy_from_slice(latents);
            row[latent..].copy_from_slice(actions);
        }
        self.runner.run(rows, &[&self.inputs], &mut self.outputs)?;
        let rows = next.chunks_exact_mut(latent);
        for (next, row) in rows.zip(self.outputs.chunks_exact(self.output)) {
            next.copy_from_slice(&row[..latent]);
        }
        Ok(())
    }
}

/// The first numbers of a latent, as they are.
struct Points {
    latent: usize,
    goal: [f32; POINT],
}

impl Metric for Points {
    fn point_len(&self) -> usize {
        POINT
    }

    fn prepare(&mut self, goal: &[f32]) -> Result<(), ModelError> {
        ModelError::check_len("reference network", "goal", goal.len(), self.latent)?;
        self.goal.copy_from_slice(&goal[..POINT]);
        Ok(())
    }

    fn place(
        &mut self,
        rows: usize,
        latents: &[f32],
        points: &mut [f32],
    ) -> Result<(), ModelError> {
        ModelError::check_len("reference network", "points", points.len(), rows * POINT)?;
        let rows = latents.chunks_exact(self.latent);
        for (point, latent) in points.chunks_exact_mut(POINT).zip(rows) {
            point.copy_from_slice(&latent[..POINT]);
        }
        Ok(())
    }

    fn distance(
        &mut self,
        _rows: usize,
        points: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        norm::to_one(points, &self.goal, out);
        Ok(())
    }

    fn motion(
        &mut self,
        _rows: usize,
        from: &[f32],
        to: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        norm::between(from, to, POINT, out);
        Ok(())
    }
}
