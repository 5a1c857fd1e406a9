//! The rollout: candidates in, imagined futures out.

use std::sync::Arc;

use super::chunk::{Chunk, Shape};
use super::commands::ticks;
use super::engine::Engine;
use super::gather::{gather, size};
use super::workers::{QUEUE, Worker};
use super::{Candidates, ImaginationConfig, Target};
use crate::belief::Belief;
use crate::robot::{Action, Limits};
use crate::time::Span;
use crate::world_model::{ModelError, ModelSpec, Rollout, WorldModel};

/// More candidates than this at once are projected on the grid of the action rows instead of the ticks.
const FINE_GRID: usize = 96;

/// Rolls candidates through the model in fixed-size chunks on persistent threads. The same candidates give
/// the same bits for any number of threads and any neighbours in a chunk that the model treats row by row.
pub struct Imagination {
    pub(super) spec: ModelSpec,
    pub(super) config: ImaginationConfig,
    pub(super) engine: Engine,
    workers: Vec<Worker>,
    chunks: Vec<Option<Box<Chunk>>>,
    pub(super) followed: Option<Box<Chunk>>,
    pub(super) rollout: Rollout,
    target: Option<Arc<Target>>,
    tick: Span,
}

impl Imagination {
    /// Workers of `model`. `limits`: the bounds that control projects onto, its position margin included.
    ///
    /// # Errors
    /// Those of the model's factories and of starting threads; limits that don't fit the model.
    pub fn new(
        model: &dyn WorldModel,
        limits: &Limits,
        config: &ImaginationConfig,
    ) -> Result<Self, ModelError> {
        let spec = model.spec().clone();
        if limits.axes().len() != spec.axes_len() {
            return Err(ModelError::new(
                &spec.name,
                "axes",
                format!("{} axes", spec.axes_len()),
                format!("{}, one a limit of the robot", limits.axes().len()),
                "take the model that was trained for this robot",
            ));
        }
        let engine = Engine::new(model, limits, config)?;
        let workers = (1..config.threads)
            .map(|index| Worker::spawn(index, Engine::new(model, limits, config)?));
        Ok(Self {
            workers: workers.collect::<Result<_, _>>()?,
            engine,
            chunks: Vec::new(),
            followed: None,
            rollout: Rollout::default(),
            target: None,
            tick: config.tick.max(Span::from_nanos(1_000)),
            config: config.clone(),
            spec,
        })
    }

    /// The configuration in force.
    pub fn config(&self) -> &ImaginationConfig {
        &self.config
    }

    /// The model's description.
    pub fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// Duration of the horizon.
    pub fn duration(&self) -> Span {
        self.spec.period * self.engine.shape().horizon as i64
    }

    /// Time between two commands of [`Imagination::track`].
    pub fn tick(&self) -> Span {
        self.tick
    }

    /// Sets what distances are measured to.
    ///
    /// # Errors
    /// Those of the model's metric; a target of quantities without a probe.
    pub fn aim(&mut self, target: &Target) -> Result<(), ModelError> {
        if matches!(target, Target::Quantities(_)) && self.engine.shape().quantities == 0 {
            return Err(ModelError::new(
                &self.spec.name,
                "probe",
                "none",
                "a probe, which pose and joint goals need",
                "give an image goal, or add a probe to the package",
            ));
        }
        let target = Arc::new(target.clone());
        self.engine.aim(&target)?;
        for worker in &self.workers {
            worker.aim(&target)?;
        }
        self.rollout.wanted.clear();
        if let Target::Quantities(wanted) = target.as_ref() {
            self.rollout.wanted.extend_from_slice(wanted.wanted());
        }
        self.target = Some(target);
        Ok(())
    }

    /// Imagines `candidates` from `belief`; `probe`: read out quantities, too.
    ///
    /// # Errors
    /// Those of the model; no target yet; a belief that doesn't fit.
    pub fn imagine(
        &mut self,
        belief: &Belief,
        candidates: &Candidates,
        probe: bool,
    ) -> Result<&Rollout, ModelError> {
        let shape = *self.engine.shape();
        self.check(belief, &shape)?;
        let width = shape.knots * shape.axes;
        if candidates.width != width {
            return Err(self.refuse("knots", candidates.width, width));
        }
        let count = candidates.len();
        self.tick = if count > FINE_GRID {
            self.spec.period / self.spec.action_block.max(1) as i64
        } else {
            self.config.tick.max(Span::from_nanos(1_000))
        };
        size(&mut self.rollout, &shape, belief, count, probe);
        let total = count.div_ceil(shape.rows);
        while self.chunks.len() < total {
            self.chunks.push(Some(Box::new(Chunk::new(&shape))));
        }
        let lanes = self.workers.len() + 1;
        let mut outcome = Ok(());
        for begin in (0..total).step_by(lanes * QUEUE) {
            let batch = begin..total.min(begin + lanes * QUEUE);
            let others = || batch.clone().filter(|index| index % lanes > 0);
            for index in others() {
                let chunk = self.load(belief, candidates, probe, index);
                if let Err(why) = self.workers[index % lanes - 1].imagine(chunk) {
                    outcome = Err(why);
                }
            }
            for index in batch.clone().step_by(lanes) {
                let mut chunk = self.load(belief, candidates, probe, index);
                self.engine.run(&mut chunk);
                outcome = outcome.and(gather(&mut self.rollout, &shape, &chunk));
                self.chunks[index] = Some(chunk);
            }
            for index in others() {
                match self.workers[index % lanes - 1].collect() {
                    Ok(chunk) => {
                        outcome = outcome.and(gather(&mut self.rollout, &shape, &chunk));
                        self.chunks[index] = Some(chunk);
                    }
                    Err(why) => outcome = Err(why),
                }
            }
        }
        outcome.map(|()| &self.rollout)
    }

    /// Chunk `index`, filled.
    fn load(
        &mut self,
        belief: &Belief,
        candidates: &Candidates,
        probe: bool,
        index: usize,
    ) -> Box<Chunk> {
        let shape = self.engine.shape();
        let kept = self.chunks[index].take();
        let mut chunk = kept.unwrap_or_else(|| Box::new(Chunk::new(shape)));
        let (first, width) = (index * shape.rows, candidates.width);
        let last = (first + shape.rows).min(candidates.len());
        let knots = &candidates.knots[first * width..last * width];
        chunk.load(shape, belief, first, knots);
        chunk.tick = self.tick.secs();
        chunk.probe = probe;
        chunk
    }

    /// The last rollout.
    pub fn rollout(&self) -> &Rollout {
        &self.rollout
    }

    /// The commands of `candidate` in the last rollout as control will send them, one a [`Imagination::tick`].
    pub fn track(&self, candidate: usize) -> impl ExactSizeIterator<Item = Action> {
        let shape = self.engine.shape();
        let chunk = self.chunks.get(candidate / shape.rows);
        let numbers = chunk.and_then(Option::as_ref);
        let numbers = numbers.map_or(&[] as &[f64], |chunk| {
            chunk.track(shape, candidate % shape.rows)
        });
        numbers
            .chunks_exact(shape.axes)
            .map(|action| Action::from_fn(action.len(), |axis| action[axis]))
    }

    /// Commands in the horizon at the present tick.
    pub fn ticks(&self) -> usize {
        ticks(self.duration().secs(), self.tick.secs())
    }

    fn refuse(&self, field: &str, found: usize, expected: usize) -> ModelError {
        ModelError::new(
            &self.spec.name,
            field,
            found.to_string(),
            expected.to_string(),
            "make the belief and the candidates for this model",
        )
    }

    pub(super) fn check(&self, belief: &Belief, shape: &Shape) -> Result<(), ModelError> {
        if self.target.is_none() {
            return Err(ModelError::new(
                &self.spec.name,
                "target",
                "none",
                "a goal",
                "aim before planning",
            ));
        }
        let (latents, actions) = (belief.latents.len(), belief.actions.len());
        let expected = shape.context * shape.latent;
        if latents != expected {
            return Err(self.refuse("belief latents", latents, expected));
        }
        let expected = (shape.context - 1) * shape.row;
        if actions != expected {
            return Err(self.refuse("belief actions", actions, expected));
        }
        Ok(())
    }
}
