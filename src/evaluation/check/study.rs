//! Frames encoded once, and futures imagined from them.

use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::report::{Bound, Finding};
use super::{Frame, Options};
use crate::world_model::{Dynamics, Metric, ModelError, ModelSpec, WorldModel};

/// Frames that follow one another, needed to judge anything.
const SHORTEST: usize = 16;

/// A model at work on a recording.
pub(super) struct Study {
    pub spec: ModelSpec,
    pub metric: Box<dyn Metric>,
    dynamics: Box<dyn Dynamics>,
    /// Encoded frames `[N, D]`.
    pub latents: Vec<f32>,
    /// Their metric points `[N, E]`.
    pub points: Vec<f32>,
    /// The row `[A*U]` that led to each frame from the one before.
    actions: Vec<Option<Vec<f32>>>,
    /// The first frame's observation, to measure the encoder with.
    pub sample: crate::sensing::Observation,
    pub random: ChaCha8Rng,
}

/// At most `count` of `all`, evenly spread.
fn thinned(all: Vec<usize>, count: usize) -> Vec<usize> {
    let stride = all.len().div_ceil(count.max(1)).max(1);
    all.into_iter().step_by(stride).collect()
}

impl Study {
    pub fn new(
        model: &dyn WorldModel,
        frames: &[Frame],
        options: &Options,
    ) -> Result<Self, ModelError> {
        let spec = model.spec().clone();
        let mut encoder = model.encoder()?;
        let mut metric = model.metric()?;
        let mut latents: Vec<f32> = Vec::new();
        let mut actions = Vec::new();
        let mut prior = Vec::new();
        for frame in frames {
            let action = frame.action.clone();
            let action = action.filter(|row| row.len() == spec.row_len());
            let mut latent = vec![0.0; spec.latent_len];
            let last = action.as_deref().unwrap_or(&[]);
            encoder.update(&prior, last, &frame.observation, &mut latent)?;
            prior.clone_from(&latent);
            latents.extend(latent);
            actions.push(action);
        }
        let following = actions.iter().filter(|action| action.is_some()).count();
        let sample = frames.first().map(|frame| frame.observation.clone());
        let Some(sample) = sample.filter(|_| following >= SHORTEST) else {
            return Err(ModelError::new(
                &spec.name,
                "recording",
                format!("{following} frames that follow another"),
                format!("{SHORTEST} or more, a model period apart, with their actions"),
                "give a longer recording of this robot",
            ));
        };
        let mut points = vec![0.0; actions.len() * metric.point_len()];
        metric.place(actions.len(), &latents, &mut points)?;
        Ok(Self {
            dynamics: model.dynamics()?,
            metric,
            latents,
            points,
            actions,
            sample,
            random: ChaCha8Rng::seed_from_u64(options.seed),
            spec,
        })
    }

    pub fn len(&self) -> usize {
        self.actions.len()
    }

    pub fn is_finite(&self) -> bool {
        self.latents
            .iter()
            .chain(&self.points)
            .all(|value| value.is_finite())
    }

    pub fn health(&self) -> Finding {
        let all = self.latents.len() + self.points.len();
        let numbers = self.latents.iter().chain(&self.points);
        let finite = numbers.filter(|value| value.is_finite()).count();
        Finding::new(
            "finite latents",
            finite as f64 / all as f64,
            Bound::AtLeast(1.0),
            "train again: look for exploding weights, or inputs outside 0..1",
        )
    }

    pub fn latent(&self, index: usize) -> &[f32] {
        let len = self.spec.latent_len;
        &self.latents[index * len..(index + 1) * len]
    }

    pub fn point(&self, index: usize) -> &[f32] {
        let len = self.metric.point_len();
        &self.points[index * len..(index + 1) * len]
    }

    /// The row that led to frame `index`.
    pub fn action(&self, index: usize) -> &[f32] {
        self.actions
            .get(index)
            .and_then(|row| row.as_deref())
            .unwrap_or(&[])
    }

    /// Frames with a whole context before them and `ahead` frames after them, without a hole; at most
    /// `count`, evenly spread.
    pub fn starts(&self, ahead: usize, count: usize) -> Vec<usize> {
        let before = self.spec.context - 1;
        let whole = |start: &usize| {
            (start + 1 - before..=start + ahead).all(|index| self.actions[index].is_some())
        };
        let last = self.len().saturating_sub(ahead);
        thinned((before..last).filter(whole).collect(), count)
    }

    /// Those of [`Study::starts`] from which the robot got farther in `ahead` frames than an arrival: a shorter way
    /// can't be told from standing still, and a robot that turns on the spot goes none.
    pub fn moving_starts(&mut self, ahead: usize, count: usize) -> Result<Vec<usize>, ModelError> {
        let all = self.starts(ahead, usize::MAX);
        let points = |shift: usize| -> Vec<f32> {
            let points = all.iter().map(|start| self.point(start + shift));
            points.flatten().copied().collect()
        };
        let (from, to) = (points(0), points(ahead));
        let ways = self.distances(&from, &to)?;
        let moved = all.into_iter().zip(ways);
        let moved = moved.filter(|(_, way)| *way > self.spec.reached);
        Ok(thinned(moved.map(|(start, _)| start).collect(), count))
    }

    /// A row that some frame of the recording was reached by.
    pub fn any_action(&mut self) -> Vec<f32> {
        let rows: Vec<&Vec<f32>> = self.actions.iter().flatten().collect();
        rows.choose(&mut self.random)
            .map_or_else(Vec::new, |row| (*row).clone())
    }

    /// Imagines futures from frames `starts`, row by row under `plans` `[H * A*U each]`. Gives the points of
    /// every step [H][rows, E].
    pub fn imagine(
        &mut self,
        starts: &[usize],
        plans: &[Vec<f32>],
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let (rows, context) = (starts.len(), self.spec.context);
        let (latent, row) = (self.spec.latent_len, self.spec.row_len());
        let horizon = plans.iter().map(|plan| plan.len() / row).min().unwrap_or(0);
        let mut latents = Vec::with_capacity(rows * context * latent);
        let mut actions = Vec::with_capacity(rows * context * row);
        for start in starts {
            let first = start + 1 - context;
            latents.extend_from_slice(&self.latents[first * latent..(start + 1) * latent]);
            for index in first + 1..=start + 1 {
                // The newest row is the plan's, written below.
                let led_away = if index <= *start {
                    self.action(index)
                } else {
                    &[]
                };
                let missing = row - led_away.len();
                actions.extend_from_slice(led_away);
                actions.extend(std::iter::repeat_n(0.0, missing));
            }
        }
        let mut imagined = Vec::with_capacity(horizon);
        let mut next = vec![0.0; rows * latent];
        for step in 0..horizon {
            for (actions, plan) in actions.chunks_exact_mut(context * row).zip(plans) {
                let newest = (context - 1) * row;
                actions[newest..].copy_from_slice(&plan[step * row..(step + 1) * row]);
            }
            self.dynamics.step(rows, &latents, &actions, &mut next)?;
            let mut points = vec![0.0; rows * self.metric.point_len()];
            self.metric.place(rows, &next, &mut points)?;
            imagined.push(points);
            for (history, next) in latents
                .chunks_exact_mut(context * latent)
                .zip(next.chunks_exact(latent))
            {
                history.copy_within(latent.., 0);
                history[(context - 1) * latent..].copy_from_slice(next);
            }
            for actions in actions.chunks_exact_mut(context * row) {
                actions.copy_within(row.., 0);
            }
        }
        Ok(imagined)
    }

    /// The rows that really led from frame `start` to the `steps` frames after it.
    pub fn true_plan(&self, start: usize, steps: usize) -> Vec<f32> {
        let rows = (start + 1..=start + steps).map(|index| self.action(index));
        rows.flatten().copied().collect()
    }

    /// Distances between points row by row [model steps].
    pub fn distances(&mut self, from: &[f32], to: &[f32]) -> Result<Vec<f64>, ModelError> {
        let rows = from.len() / self.metric.point_len().max(1);
        let mut out = vec![0.0; rows];
        self.metric.motion(rows, from, to, &mut out)?;
        Ok(out.into_iter().map(f64::from).collect())
    }
}
