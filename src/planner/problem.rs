//! What a method works on: candidates in, the best so far kept.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::paths::Paths;
use super::tally::Tally;
use super::{Candidates, Evidence, Imagination, Proposal, TermCost};
use crate::belief::Belief;
use crate::cost::CostFunction;
use crate::robot::{Action, Limits};
use crate::time::Span;
use crate::world_model::ModelError;

/// The best candidate so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    pub knots: Vec<f64>,
    pub track: Vec<Action>,
    pub tick: Span,
    pub cost: f64,
    pub proposal: Proposal,
    pub terms: Vec<(&'static str, f64)>,
}

/// One plan in the making. A [`Method`](super::Method) writes candidates with [`Problem::propose`] and judges
/// them with [`Problem::evaluate`], which keeps the best: a published cost never rises.
pub struct Problem {
    pub(super) imagination: Imagination,
    pub(super) cost: CostFunction,
    rng: ChaCha8Rng,
    belief: Belief,
    candidates: Candidates,
    proposals: Vec<Proposal>,
    costs: Vec<f64>,
    warm: Vec<f64>,
    speeds: Vec<f64>,
    pub(super) best: Best,
    still: Option<(f64, Vec<(&'static str, f64)>)>,
    sigma: f64,
    rows: usize,
    evaluated: usize,
    model_steps: usize,
    tally: Tally,
    paths: Paths,
}

impl Problem {
    pub(super) fn new(
        imagination: Imagination,
        cost: CostFunction,
        limits: &Limits,
        seed: u64,
    ) -> Self {
        let speeds: Vec<f64> = limits.axes().iter().map(|axis| axis.velocity).collect();
        let width = imagination.config().knots.max(2) * speeds.len();
        Self {
            imagination,
            cost,
            rng: ChaCha8Rng::seed_from_u64(seed),
            belief: Belief::default(),
            candidates: Candidates {
                knots: Vec::new(),
                width,
            },
            proposals: Vec::new(),
            costs: Vec::new(),
            warm: vec![0.0; width],
            speeds,
            best: Best::default(),
            still: None,
            sigma: 0.0,
            rows: 0,
            evaluated: 0,
            model_steps: 0,
            tally: Tally::default(),
            paths: Paths::default(),
        }
    }

    /// Begins a plan: `warm` `[K, U]` is the last plan's continuation, `base` the track to fall back on.
    pub(super) fn begin(&mut self, belief: &Belief, sigma: f64, wants_paths: bool) {
        self.belief.clone_from(belief);
        self.sigma = sigma;
        self.best.cost = f64::INFINITY;
        self.best.terms.clear();
        self.still = None;
        self.evaluated = 0;
        self.model_steps = 0;
        self.tally = Tally::default();
        self.paths.begin(wants_paths);
        self.discard();
    }

    pub(super) fn warm_mut(&mut self) -> &mut [f64] {
        &mut self.warm
    }

    pub(super) fn set_rows(&mut self, rows: usize) {
        self.rows = rows;
    }

    pub(super) fn reseed(&mut self, seed: u64) {
        self.rng = ChaCha8Rng::seed_from_u64(seed);
    }

    pub(super) fn imagination(&mut self) -> &mut Imagination {
        &mut self.imagination
    }

    pub(super) fn cost_mut(&mut self) -> &mut CostFunction {
        &mut self.cost
    }

    pub(super) fn model_steps(&self) -> usize {
        self.model_steps
    }

    /// The belief to plan from.
    pub fn belief(&self) -> &Belief {
        &self.belief
    }

    /// U, axes.
    pub fn axes(&self) -> usize {
        self.speeds.len()
    }

    /// Full speed of every axis `[U]`.
    pub fn speeds(&self) -> &[f64] {
        &self.speeds
    }

    /// Candidates that the next quantum may hold, >= 4.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Standard deviation of random knots as a fraction of full speed, scaled by the distance to the goal.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The last plan's continuation `[K, U]`.
    pub fn warm(&self) -> &[f64] {
        &self.warm
    }

    /// Knots of the best candidate so far [K, U]: the warm start before the first evaluation.
    pub fn best_knots(&self) -> &[f64] {
        &self.best.knots
    }

    /// Drops what was proposed since the last evaluation.
    pub fn discard(&mut self) {
        self.candidates.knots.clear();
        self.proposals.clear();
    }

    /// Candidates proposed since the last evaluation.
    pub fn proposed(&self) -> usize {
        self.proposals.len()
    }

    /// Knots proposed since the last evaluation `[N, K, U]`.
    pub fn knots(&self) -> &[f64] {
        &self.candidates.knots
    }

    /// Appends a candidate; its knots `[K, U]` come as zeros and are cut to full speed when evaluated.
    pub fn propose(&mut self, proposal: Proposal) -> &mut [f64] {
        self.proposals.push(proposal);
        let start = self.candidates.knots.len();
        self.candidates
            .knots
            .resize(start + self.candidates.width, 0.0);
        &mut self.candidates.knots[start..]
    }

    /// Appends a random candidate: `draw` gives the knot value at index (of `[K, U]`) for an axis's full speed.
    pub fn propose_random(&mut self, mut draw: impl FnMut(&mut ChaCha8Rng, usize, f64) -> f64) {
        self.proposals.push(Proposal::Random);
        let axes = self.speeds.len();
        for index in 0..self.candidates.width {
            let value = draw(&mut self.rng, index, self.speeds[index % axes]);
            self.candidates.knots.push(value);
        }
    }

    /// Appends the fixed candidates: the warm start, standing still, and the action in force, held.
    pub fn propose_fixed(&mut self) {
        let warm = std::mem::take(&mut self.warm);
        self.propose(Proposal::WarmStart).copy_from_slice(&warm);
        self.warm = warm;
        self.propose(Proposal::StandStill);
        let command = self.belief.limiter.command;
        for (index, slot) in self.propose(Proposal::KeepLast).iter_mut().enumerate() {
            *slot = command
                .get(index % command.len().max(1))
                .copied()
                .unwrap_or(0.0);
        }
    }

    /// Imagines and judges what was proposed: the costs in the order of proposal `[N]`, infinite where
    /// imagination isn't finite. Keeps the best.
    ///
    /// # Errors
    /// Those of the model.
    pub fn evaluate(&mut self) -> Result<&[f64], ModelError> {
        let axes = self.speeds.len();
        for (index, knot) in self.candidates.knots.iter_mut().enumerate() {
            let speed = self.speeds[index % axes];
            *knot = if knot.is_nan() {
                0.0
            } else {
                knot.clamp(-speed, speed)
            };
        }
        let probe = self.cost.needs_quantities() || self.paths.wanted();
        self.imagination
            .imagine(&self.belief, &self.candidates, probe)?;
        let rollout = self.imagination.rollout();
        self.model_steps += rollout.candidates * rollout.horizon;
        self.costs.clear();
        self.costs.extend_from_slice(self.cost.evaluate(rollout));
        let tip = &self.imagination.spec().tip;
        self.paths.add(rollout, tip, &self.costs);
        self.count();
        self.keep_best();
        self.evaluated += self.proposals.len();
        self.discard();
        Ok(&self.costs)
    }

    fn count(&mut self) {
        self.tally.add(&self.costs);
        let still = self
            .proposals
            .iter()
            .position(|proposal| *proposal == Proposal::StandStill);
        if let (None, Some(index)) = (&self.still, still) {
            let terms = self.cost.contributions(index).collect();
            self.still = Some((self.costs[index], terms));
        }
    }

    fn keep_best(&mut self) {
        let cheapest = self.costs.iter().enumerate();
        let Some((index, cost)) = cheapest.min_by(|a, b| a.1.total_cmp(b.1)) else {
            return;
        };
        if *cost < self.best.cost {
            let width = self.candidates.width;
            self.best.cost = *cost;
            self.best.proposal = self.proposals[index];
            self.best.knots.clear();
            self.best
                .knots
                .extend_from_slice(&self.candidates.knots[index * width..(index + 1) * width]);
            self.best.track.clear();
            self.best.track.extend(self.imagination.track(index));
            self.best.tick = self.imagination.tick();
            self.best.terms.clear();
            self.best.terms.extend(self.cost.contributions(index));
            self.paths.choose(self.evaluated + index);
        }
    }

    /// Why the best is the best; times and distance are the caller's.
    pub(super) fn evidence(&mut self) -> Evidence {
        let (still, still_terms) = match &self.still {
            Some((cost, terms)) => (*cost, terms.as_slice()),
            None => (f64::INFINITY, &[] as &[_]),
        };
        let terms = self.best.terms.iter().enumerate();
        let terms = terms.map(|(index, (name, chosen))| TermCost {
            name,
            chosen: *chosen,
            standing_still: still_terms.get(index).map_or(f64::NAN, |term| term.1),
        });
        Evidence {
            cost: self.best.cost,
            standing_still: still,
            terms: terms.collect(),
            proposal: self.best.proposal,
            spread: self.tally.spread(),
            rejected: self.tally.rejected,
            model_steps: self.model_steps,
            paths: self.paths.take(),
            ..Evidence::default()
        }
    }
}
