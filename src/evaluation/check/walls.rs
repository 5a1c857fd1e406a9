//! Does the model know walls? Asked where somebody knows them: a room that was drawn.

use super::report::{Bound, Finding, Report};
use super::statistics::{median, spearman};
use crate::sensing::Observation;
use crate::world_model::{LatentMap, ModelError, WorldModel};

/// Two places that are close on pictures, and far from each other for a body.
#[derive(Clone, Debug)]
pub struct BlockedPair {
    /// What is seen at the one.
    pub from: Observation,
    /// What is seen at the other.
    pub to: Observation,
    /// The straight line between them `[m]`.
    pub straight: f64,
    /// The shortest way between them `[m]`.
    pub way: f64,
}

/// A body in front of something that blocks it, told to drive on all the same.
pub struct Push {
    /// What is seen where it stands.
    pub from: Observation,
    /// Where it is stopped: x, y `[m]`.
    pub stop: [f64; 2],
    /// The direction into what stops it, of length 1.
    pub into: [f64; 2],
    /// The action row `[A*U]` that is held.
    pub action: Vec<f32>,
    /// Model steps for which it is held.
    pub steps: usize,
}

impl Report {
    /// Takes in how the model's metric ranks pairs of places with something in between. What the straight line alone
    /// would give is found beside it: a metric that is blind to walls does no better.
    ///
    /// # Errors
    /// Those of the model.
    pub fn judge_ways(
        &mut self,
        model: &dyn WorldModel,
        pairs: &[BlockedPair],
    ) -> Result<(), ModelError> {
        let numbers = |of: fn(&BlockedPair) -> f64| pairs.iter().map(of).collect::<Vec<_>>();
        let (ways, straight) = (numbers(|pair| pair.way), numbers(|pair| pair.straight));
        let metric = spearman(&distances(model, pairs)?, &ways);
        let straight = spearman(&straight, &ways);
        let remedy = "pairs across a wall look near: train the metric again in this room";
        self.findings.extend([
            Finding::new(
                "rank correlation of metric and way, walls",
                metric,
                Bound::AtLeast(0.5),
                remedy,
            ),
            Finding::new(
                "that of the straight line, walls",
                straight,
                Bound::AtMost(0.5),
                "the straight line tells the ways by itself: judge in a room with more in the way",
            ),
            Finding::new(
                "what the metric knows beyond it, walls",
                metric - straight,
                Bound::AtLeast(0.2),
                remedy,
            ),
        ]);
        if let Some(map) = model.map() {
            self.findings.push(Finding::new(
                "rank correlation of map and way, walls",
                spearman(&routes(model, map, pairs)?, &ways),
                Bound::AtLeast(0.9),
                "the map has holes, or ways through walls: make it of more driving in this room (models/recipe/map)",
            ));
        }
        Ok(())
    }

    /// Takes in how far imagination drives into what blocks it, or through: beyond where the body is stopped.
    ///
    /// # Errors
    /// Those of the model; a model whose probe tells no place.
    pub fn judge_leak(
        &mut self,
        model: &dyn WorldModel,
        pushes: &[Push],
    ) -> Result<(), ModelError> {
        let mut depths = Vec::with_capacity(pushes.len());
        for push in pushes {
            let place = pushed(model, push)?;
            let beyond = [0, 1].map(|axis| (place[axis] - push.stop[axis]) * push.into[axis]);
            depths.push((beyond[0] + beyond[1]).max(0.0));
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

/// The metric's distances, one a pair.
fn distances(model: &dyn WorldModel, pairs: &[BlockedPair]) -> Result<Vec<f64>, ModelError> {
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
    Ok(distances)
}

/// The map's ways, one a pair `[m]`: from and to where the probe reads that they are. Farther than any of them where it
/// knows none.
fn routes(
    model: &dyn WorldModel,
    map: &LatentMap,
    pairs: &[BlockedPair],
) -> Result<Vec<f64>, ModelError> {
    let mut encoder = model.encoder()?;
    let mut place = |observation: &Observation| {
        let mut latent = vec![0.0; model.spec().latent_len];
        encoder.update(&[], &[], observation, &mut latent)?;
        tip(model, &latent)
    };
    let mut ways = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let to: Vec<f64> = place(&pair.to)?.into_iter().map(f64::from).collect();
        let way = map.route(&to).from(&place(&pair.from)?);
        ways.push(f64::from(way.min(f32::MAX)));
    }
    Ok(ways)
}

/// Where the probe reads a latent `[D]` to be `[T]`.
fn tip(model: &dyn WorldModel, latent: &[f32]) -> Result<Vec<f32>, ModelError> {
    let spec = model.spec();
    let mut quantities = vec![0.0; spec.quantities.len()];
    let probe = model.probe()?.filter(|_| spec.tip.len() >= 2);
    let Some(mut probe) = probe else {
        return Err(ModelError::new(
            &spec.name,
            "probe",
            "no place among its quantities",
            "x and y of the body",
            "train the package with this version's recipe",
        ));
    };
    probe.evaluate(1, latent, &mut quantities)?;
    Ok(spec.tip.iter().map(|index| quantities[*index]).collect())
}

/// Where imagination gets to.
fn pushed(model: &dyn WorldModel, push: &Push) -> Result<[f64; 2], ModelError> {
    let spec = model.spec();
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
    let place = tip(model, &next)?;
    Ok([0, 1].map(|axis| f64::from(place[axis])))
}
