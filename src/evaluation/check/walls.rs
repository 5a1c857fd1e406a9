//! Does the model know walls? Asked where somebody knows them: a room that was drawn.

use super::report::{Bound, Finding, Report};
use super::statistics::{median, spearman};
use crate::sensing::Observation;
use crate::world_model::{ModelError, WorldModel};

/// Two places that are close on pictures, and far from each other for a body.
#[derive(Clone, Debug)]
pub struct BlockedPair {
    /// What is seen at the one.
    pub from: Observation,
    /// What is seen at the other.
    pub to: Observation,
    /// The shortest way between them `[m]`.
    pub way: f64,
}

/// A body in front of something that blocks it, told to drive on all the same.
pub struct Push {
    /// What is seen where it stands.
    pub from: Observation,
    /// The action row `[A*U]` that is held.
    pub action: Vec<f32>,
    /// Model steps for which it is held.
    pub steps: usize,
}

impl Report {
    /// Takes in what the model makes of pairs of places with something in between, and of pushes against it.
    /// `depth`: how deep a body at a place x, y `[m]` would be in what blocks it `[m]`.
    ///
    /// # Errors
    /// Those of the model; a model whose probe tells no place.
    pub fn judge_walls(
        &mut self,
        model: &dyn WorldModel,
        pairs: &[BlockedPair],
        pushes: &[Push],
        depth: impl Fn([f64; 2]) -> f64,
    ) -> Result<(), ModelError> {
        self.findings.push(Finding::new(
            "rank correlation of metric and way, walls",
            ways(model, pairs)?,
            Bound::AtLeast(0.5),
            "pairs across a wall look near: train the metric again in this room",
        ));
        let mut depths = Vec::with_capacity(pushes.len());
        for push in pushes {
            let place = pushed(model, push)?;
            depths.push(depth(place).max(0.0));
        }
        self.findings.push(Finding::new(
            "leak: imagined drive into a wall [m]",
            median(&depths),
            Bound::AtMost(0.15),
            "imagination drives through walls: more data at walls, or longer roll-outs",
        ));
        Ok(())
    }
}

fn ways(model: &dyn WorldModel, pairs: &[BlockedPair]) -> Result<f64, ModelError> {
    let (mut encoder, mut metric) = (model.encoder()?, model.metric()?);
    let mut place = |observation: &Observation| -> Result<Vec<f32>, ModelError> {
        let mut latent = vec![0.0; model.spec().latent_len];
        encoder.update(&[], &[], observation, &mut latent)?;
        let mut point = vec![0.0; metric.point_len()];
        metric.place(1, &latent, &mut point)?;
        Ok(point)
    };
    let mut points = Vec::with_capacity(pairs.len());
    for pair in pairs {
        points.push((place(&pair.from)?, place(&pair.to)?));
    }
    let mut distances = Vec::with_capacity(pairs.len());
    for (from, to) in &points {
        let mut distance = [0.0];
        metric.motion(1, from, to, &mut distance)?;
        distances.push(f64::from(distance[0]));
    }
    let ways: Vec<f64> = pairs.iter().map(|pair| pair.way).collect();
    Ok(spearman(&distances, &ways))
}

/// Where imagination gets to.
fn pushed(model: &dyn WorldModel, push: &Push) -> Result<[f64; 2], ModelError> {
    let spec = model.spec();
    let probe = model.probe()?;
    let (Some(mut probe), &[x, y, ..]) = (probe, spec.tip.as_slice()) else {
        return Err(ModelError::new(
            &spec.name,
            "probe",
            "no place among its quantities",
            "x and y of the body",
            "train the package with this version's recipe",
        ));
    };
    let mut dynamics = model.dynamics()?;
    let mut latent = vec![0.0; spec.latent_len];
    model.encoder()?.update(&[], &[], &push.from, &mut latent)?;
    let mut latents = latent.repeat(spec.context);
    let actions = push.action.repeat(spec.context);
    let mut next = vec![0.0; spec.latent_len];
    for _ in 0..push.steps {
        dynamics.step(1, &latents, &actions, &mut next)?;
        latents.copy_within(spec.latent_len.., 0);
        let newest = latents.len() - spec.latent_len;
        latents[newest..].copy_from_slice(&next);
    }
    let mut quantities = vec![0.0; spec.quantities.len()];
    probe.evaluate(1, &next, &mut quantities)?;
    Ok([x, y].map(|index| f64::from(quantities[index])))
}
