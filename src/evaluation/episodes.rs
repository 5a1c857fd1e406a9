//! Seeded episodes: does the robot get there, by the truth?

use serde::Serialize;

use super::wilson::{Proportion, quantile};
use crate::control::{Cause, State};
use crate::runtime::{Counts, FastSession, Instruction, PortError, Task};
use crate::time::{Span, Stamp};

/// How one episode ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The episode's seed.
    pub seed: u64,
    /// True if the truth says: at the goal, still, for the task's hold time.
    pub success: bool,
    /// From the goal's acceptance to the end of the hold `[s]`; `None` if it failed.
    pub time: Option<f64>,
    /// True distance to the goal at the end `[m]`.
    pub error: f64,
    /// The belief claimed "reached" while the truth was not at the goal.
    pub false_arrival: bool,
    /// The truth held, the belief had not claimed it.
    pub missed_arrival: bool,
    /// The supervisor stopped the robot.
    pub stopped: bool,
    /// Contacts.
    pub contacts: u32,
}

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
    /// 90 % quantile of the true error at the end `[m]`.
    pub error_q90_m: Option<f64>,
    /// Episodes in which the belief claimed an arrival that was none.
    pub false_arrivals: usize,
    /// Successes that the belief had not claimed.
    pub missed_arrivals: usize,
    /// Episodes that the supervisor stopped.
    pub stops: usize,
    /// Mean model steps a plan.
    pub model_steps_per_plan: f64,
    /// Seeds that failed.
    pub failed_seeds: Vec<u64>,
}

impl Summary {
    /// Sums up `outcomes`; `counts`: of the session that ran them.
    pub fn of(outcomes: &[Outcome], counts: Counts) -> Self {
        let count =
            |hit: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| hit(outcome)).count();
        let rate = Proportion {
            hits: count(|outcome| outcome.success),
            n: outcomes.len(),
        };
        let times: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.time).collect();
        let errors: Vec<f64> = outcomes.iter().map(|outcome| outcome.error).collect();
        Self {
            success: rate.rate(),
            n: rate.n,
            ci95: rate.ci95(),
            median_time_s: quantile(&times, 0.5),
            error_q90_m: quantile(&errors, 0.9),
            false_arrivals: count(|outcome| outcome.false_arrival),
            missed_arrivals: count(|outcome| outcome.missed_arrival),
            stops: count(|outcome| outcome.stopped),
            model_steps_per_plan: counts.model_steps as f64 / (counts.plans as f64).max(1.0),
            failed_seeds: outcomes
                .iter()
                .filter(|outcome| !outcome.success)
                .map(|outcome| outcome.seed)
                .collect(),
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

/// Runs the episode of `seed` on the fast clock. It ends at the truth's success or when the task's time is
/// over, never at the belief's claim. The session is its own operator: it activates explicitly.
///
/// # Errors
/// Those of the session and the task.
pub fn fast_episode(
    session: &mut FastSession,
    task: &mut dyn Task,
    seed: u64,
) -> Result<Outcome, PortError> {
    session.instruct(Instruction::Hold).ok();
    session.reset(seed);
    let episode = task.reset(seed)?;
    settle(session)?;
    session.instruct(Instruction::Pursue(episode.goal))?;

    let began = session.now();
    let limit = Span::from_secs(task.time_limit());
    let hold = Span::from_secs(task.hold());
    let mut there_since: Option<Stamp> = None;
    let mut outcome = Outcome {
        seed,
        success: false,
        time: None,
        error: f64::NAN,
        false_arrival: false,
        missed_arrival: false,
        stopped: false,
        contacts: 0,
    };
    let mut claimed = false;
    while session.now() - began < limit {
        session.tick()?;
        let now = session.now();
        let truth = task.truth(now);
        outcome.error = truth.error;
        outcome.contacts = truth.contacts;
        let (state, cause) = session.state();
        outcome.stopped |= state == State::Braking || state == State::Stopped;
        if state == State::Holding && cause == Cause::Reached && !claimed {
            claimed = true;
            outcome.false_arrival = !truth.at_goal;
        }
        if !truth.at_goal {
            there_since = None;
            continue;
        }
        if now - *there_since.get_or_insert(now) >= hold {
            outcome.success = true;
            outcome.time = Some((now - began).secs());
            outcome.missed_arrival = !claimed && !claims_soon(session, hold)?;
            break;
        }
    }
    Ok(outcome)
}

/// Ticks until inputs are fresh, and activates.
fn settle(session: &mut FastSession) -> Result<(), PortError> {
    let began = session.now();
    loop {
        session.tick()?;
        if session.thinker().surprise().is_some() || session.now() - began > Span::from_secs(0.5) {
            match session.instruct(Instruction::Activate) {
                Ok(()) => return Ok(()),
                Err(why) if session.now() - began > Span::from_secs(2.0) => return Err(why),
                Err(_) => {}
            }
        }
    }
}

/// The belief runs behind the truth by the camera's latency: it gets the same time again.
fn claims_soon(session: &mut FastSession, hold: Span) -> Result<bool, PortError> {
    let until = session.now() + hold;
    while session.now() < until {
        session.tick()?;
        if session.state() == (State::Holding, Cause::Reached) {
            return Ok(true);
        }
    }
    Ok(false)
}
