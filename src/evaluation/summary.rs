//! What many episodes gave.

use serde::Serialize;

use super::Outcome;
use super::effort::{Effort, PlanTimes, TickEffort};
use super::wilson::{Proportion, quantile};
use crate::control::Cause;
use crate::time::Span;

/// What many episodes gave.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Success rate, 0..1.
    pub success: f64,
    /// Episodes.
    pub n: usize,
    /// 95 % Wilson interval of the success rate.
    pub ci95: [f64; 2],
    /// Median time to the goal of the successes `[s]`.
    pub median_time_s: Option<f64>,
    /// 90 % quantile of the same `[s]`.
    pub time_q90_s: Option<f64>,
    /// 90 % quantile of the true error at the end `[m]`.
    pub error_q90_m: Option<f64>,
    /// Episodes in which the belief claimed an arrival that was none.
    pub false_arrivals: usize,
    /// Successes that the belief had not claimed.
    pub missed_arrivals: usize,
    /// Episodes that the supervisor stopped.
    pub stops: usize,
    /// Mean number of contacts an episode.
    pub contacts_per_episode: f64,
    /// Mean model steps a plan.
    pub model_steps_per_plan: f64,
    /// What plans took in real time, on either clock.
    pub plan: PlanTimes,
    /// How punctual commands were; `None` on the fast clock.
    pub ticks: Option<TickEffort>,
    /// Episodes whose goal the line refused; they count as failures.
    pub refusals: usize,
    /// Why it was stopped, seed by seed.
    pub stopped_seeds: Vec<Stopped>,
    /// Why its goal was refused, seed by seed.
    pub refused_seeds: Vec<Refused>,
    /// Seeds that failed.
    pub failed_seeds: Vec<u64>,
}

/// An episode that the supervisor stopped.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stopped {
    /// The episode's seed.
    pub seed: u64,
    /// Why.
    pub cause: Cause,
}

/// An episode whose goal was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The episode's seed.
    pub seed: u64,
    /// Why: what was found, what is expected, what to do.
    pub reason: String,
}

impl Summary {
    /// Sums up `outcomes`, the `effort` for them, and the `budget` that a plan has.
    pub fn of(outcomes: &[Outcome], effort: &Effort, budget: Span) -> Self {
        let count =
            |hit: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| hit(outcome)).count();
        let rate = Proportion {
            hits: count(|outcome| outcome.success),
            n: outcomes.len(),
        };
        let times: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.time).collect();
        let errors: Vec<f64> = outcomes.iter().map(|outcome| outcome.error).collect();
        let failed = outcomes.iter().filter(|outcome| !outcome.success);
        let refused: Vec<Refused> = outcomes
            .iter()
            .filter_map(|outcome| {
                Some(Refused {
                    seed: outcome.seed,
                    reason: outcome.refusal.clone()?,
                })
            })
            .collect();
        Self {
            success: rate.rate(),
            n: rate.n,
            ci95: rate.ci95(),
            median_time_s: quantile(&times, 0.5),
            time_q90_s: quantile(&times, 0.9),
            error_q90_m: quantile(&errors, 0.9),
            false_arrivals: count(|outcome| outcome.false_arrival),
            missed_arrivals: count(|outcome| outcome.missed_arrival),
            stops: count(|outcome| outcome.stopped),
            contacts_per_episode: outcomes
                .iter()
                .map(|outcome| f64::from(outcome.contacts))
                .sum::<f64>()
                / outcomes.len().max(1) as f64,
            model_steps_per_plan: effort.model_steps_per_plan(),
            plan: effort.plan_times(budget),
            ticks: effort.ticks,
            refusals: refused.len(),
            stopped_seeds: outcomes
                .iter()
                .filter_map(|outcome| {
                    Some(Stopped {
                        seed: outcome.seed,
                        cause: outcome.stop_cause?,
                    })
                })
                .collect(),
            refused_seeds: refused,
            failed_seeds: failed.map(|outcome| outcome.seed).collect(),
        }
    }

    /// The success rate as a proportion.
    pub fn proportion(&self) -> Proportion {
        Proportion {
            hits: self.n - self.failed_seeds.len(),
            n: self.n,
        }
    }
}
