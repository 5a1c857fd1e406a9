//! The whole rollout: commands, model steps, distances and costs of many candidates, as a plan needs them.

use std::fmt;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::networks::{Pace, Times, race, timed, us_a_product};
use crate::belief::Belief;
use crate::cli::Failure;
use crate::cost::{CostConfig, CostFunction, Registry, TermContext};
use crate::planner::{Candidates, Imagination, ImaginationConfig, Target};
use crate::robot::{Action, AxisLimits, LimiterState, Limits};
use crate::world_model::int8::kernel::Isa;
use crate::world_model::{ModelError, WorldModel};

/// Candidates, K.
pub(super) const CANDIDATES: usize = 128;
/// Model steps, H.
pub(super) const HORIZON: usize = 8;

/// One model's rollout.
#[derive(Debug, Serialize)]
pub(super) struct Rollout {
    pub model: String,
    pub candidates: usize,
    pub horizon: usize,
    /// Candidates that go through the model at once.
    pub chunk: usize,
    /// By threads.
    pub times: Vec<(usize, Times)>,
    /// Products of all model steps and distances.
    pub multiply_accumulates: u64,
    /// On one thread: share of the measured peak.
    pub of_peak: f64,
}

/// How rollouts are measured.
pub(super) struct How {
    /// Candidates that go through the model at once; `None`: as the planner does.
    pub chunk: Option<usize>,
    /// Whose peak it is related to.
    pub isa: Isa,
    pub pace: Pace,
}

/// Measures `model` with each number of `threads`; `work`: products of a model step with its distance.
///
/// # Errors
/// Those of the model.
pub(super) fn measure(
    model: &dyn WorldModel,
    threads: &[usize],
    work: u64,
    how: &How,
) -> Result<Rollout, Failure> {
    let (spec, pace) = (model.spec(), how.pace);
    let most = threads.iter().copied().max().unwrap_or(1);
    let chunk = how
        .chunk
        .unwrap_or(ImaginationConfig::rows(CANDIDATES, most));
    let mut lanes = threads
        .iter()
        .map(|threads| Lane::new(model, *threads, chunk))
        .collect::<Result<Vec<_>, ModelError>>()?;
    let times = race(lanes.len() + 1, pace, |index| match lanes.get_mut(index) {
        Some(lane) => timed(pace.window_us, || Ok(lane.run()?)),
        None => Ok(us_a_product(how.isa)),
    })?;
    let peak = times.last().map_or(f64::NAN, |times| times.min_us);
    let times: Vec<(usize, Times)> = threads.iter().copied().zip(times).collect();
    let all = work * (CANDIDATES * HORIZON) as u64;
    let alone = times.iter().find(|(threads, _)| *threads == 1);
    let alone = alone.map_or(f64::NAN, |(_, times)| times.min_us);
    Ok(Rollout {
        model: spec.name.clone(),
        candidates: CANDIDATES,
        horizon: HORIZON,
        chunk,
        times,
        multiply_accumulates: all,
        of_peak: all as f64 * peak / alone,
    })
}

/// A rollout on some threads.
struct Lane {
    imagination: Imagination,
    cost: CostFunction,
    belief: Belief,
    candidates: Candidates,
}

impl Lane {
    fn new(model: &dyn WorldModel, threads: usize, chunk: usize) -> Result<Self, ModelError> {
        let spec = model.spec();
        let limits = Limits::new(
            (0..spec.axes_len())
                .map(|_| AxisLimits {
                    lower: -3.0,
                    upper: 3.0,
                    velocity: 2.0,
                    acceleration: 20.0,
                    deceleration: 20.0,
                    jerk: f64::INFINITY,
                })
                .collect(),
        );
        let config = ImaginationConfig {
            horizon: HORIZON,
            threads,
            chunk,
            ..ImaginationConfig::default()
        };
        let mut imagination = Imagination::new(model, &limits, &config)?;
        imagination.aim(&Target::Latent(vec![0.1; spec.latent_len]))?;
        let context = TermContext {
            limits: &limits,
            spec,
            config: &CostConfig::default(),
        };
        let cost = Registry::builtin().build(&context)?;
        let context = spec.context.max(1);
        let mut draws = ChaCha8Rng::seed_from_u64(1);
        let mut numbers = |len: usize, most: f64| -> Vec<f64> {
            (0..len).map(|_| draws.random_range(-most..most)).collect()
        };
        let width = config.knots * spec.axes_len();
        let knots = numbers(CANDIDATES * width, 2.0);
        let latents = numbers(context * spec.latent_len, 1.0);
        Ok(Self {
            imagination,
            cost,
            belief: Belief {
                latents: latents.iter().map(|value| *value as f32).collect(),
                actions: vec![0.0; (context - 1) * spec.row_len()],
                limiter: LimiterState::at_rest(Action::zeros(spec.axes_len())),
                ..Belief::default()
            },
            candidates: Candidates { knots, width },
        })
    }

    fn run(&mut self) -> Result<(), ModelError> {
        let rollout = self
            .imagination
            .imagine(&self.belief, &self.candidates, false)?;
        let costs = self.cost.evaluate(rollout);
        std::hint::black_box(costs);
        Ok(())
    }
}

impl fmt::Display for Rollout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  {:<12} {:.0} M products, {} candidates at once",
            self.model,
            self.multiply_accumulates as f64 * 1e-6,
            self.chunk
        )?;
        for (threads, times) in &self.times {
            write!(
                f,
                ", {:.2} ms ({:.2}) on {threads} {}",
                times.min_us * 1e-3,
                times.median_us * 1e-3,
                if *threads == 1 { "core" } else { "cores" }
            )?;
        }
        write!(f, ", {:.0} % of the int8 peak", 100.0 * self.of_peak)?;
        if let [(_, one), (_, two), ..] = self.times.as_slice() {
            write!(
                f,
                ", {:.2} times as fast on two (medians)",
                one.median_us / two.median_us
            )?;
        }
        writeln!(f)
    }
}
