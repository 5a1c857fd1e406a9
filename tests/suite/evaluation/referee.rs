//! An episode is decided by the truth at every moment, whatever the belief claims.

use forerun::control::{Cause, State};
use forerun::evaluation::{Outcome, Referee};
use forerun::runtime::{Episode, PortError, Task, Truth};
use forerun::sensing::Goal;
use forerun::time::{Span, Stamp};

struct Rules;

impl Task for Rules {
    fn reset(&mut self, _: u64) -> Result<Episode, PortError> {
        Ok(Episode {
            goal: Goal::Latent(Vec::new()),
            description: String::new(),
        })
    }
    fn next_goal(&mut self, seed: u64) -> Result<Episode, PortError> {
        self.reset(seed)
    }
    fn truth(&mut self, _: Stamp) -> Truth {
        Truth::default()
    }
    fn hold(&self) -> f64 {
        1.0
    }
    fn time_limit(&self) -> f64 {
        10.0
    }
}

const TRACKING: (State, Cause) = (State::Tracking, Cause::Goal);
const REACHED: (State, Cause) = (State::Holding, Cause::Reached);

/// Judges moments of 5 ms from 2 s on until all is decided: when that was [s after the beginning], and what.
fn judge(there: impl Fn(f64) -> bool, standing: impl Fn(f64) -> (State, Cause)) -> (f64, Outcome) {
    let began = Stamp::ZERO + Span::from_millis(2000);
    let mut referee = Referee::new(&Rules, 7, began);
    for moment in 1..10_000 {
        let now = began + Span::from_millis(5) * moment;
        let time = (now - began).secs();
        let truth = Truth {
            error: if there(time) { 0.01 } else { 0.2 },
            at_goal: there(time),
            contacts: 0,
        };
        if referee.judge(now, truth, standing(time)) {
            return (time, referee.outcome());
        }
    }
    panic!("never decided");
}

#[test]
fn success_is_the_truth_held_for_a_second() {
    let claims = |time: f64| if time >= 2.5 { REACHED } else { TRACKING };
    let (decided, outcome) = judge(|time| time >= 1.5, claims);
    assert!(outcome.success && !outcome.missed_arrival && !outcome.false_arrival);
    assert_eq!(outcome.seed, 7);
    let time = outcome.time.expect("reached");
    assert!((time - 2.5).abs() < 0.006, "{time}");
    assert_eq!(decided, time, "nothing more to wait for");
    assert_eq!(outcome.error, 0.01);
}

#[test]
fn a_claim_that_is_not_true_is_a_false_arrival_and_ends_nothing() {
    let claims = |time: f64| if time >= 1.0 { REACHED } else { TRACKING };
    let (decided, outcome) = judge(|_| false, claims);
    assert!(outcome.false_arrival && !outcome.success);
    assert_eq!(outcome.time, None);
    assert!((decided - 10.0).abs() < 0.006, "{decided}");
}

#[test]
fn a_claim_may_come_a_hold_time_after_the_truth_and_not_later() {
    let claims = |from: f64| move |time: f64| if time >= from { REACHED } else { TRACKING };
    let (decided, outcome) = judge(|time| time >= 1.0, claims(2.9));
    assert!(outcome.success && !outcome.missed_arrival, "{outcome:?}");
    assert!((decided - 2.9).abs() < 0.006, "{decided}");
    let (decided, outcome) = judge(|time| time >= 1.0, claims(3.1));
    assert!(outcome.success && outcome.missed_arrival, "{outcome:?}");
    assert!((decided - 3.0).abs() < 0.011, "{decided}");
}

#[test]
fn leaving_the_goal_starts_the_second_anew() {
    let there = |time: f64| time >= 1.0 && !(1.9..1.91).contains(&time);
    let (_, outcome) = judge(there, |_| TRACKING);
    let time = outcome.time.expect("reached");
    assert!((time - 2.91).abs() < 0.006, "{time}");
}

#[test]
fn a_hold_that_is_cut_off_by_the_time_limit_is_a_failure() {
    let (decided, outcome) = judge(|time| time >= 9.2, |_| TRACKING);
    assert!(!outcome.success);
    assert!((decided - 10.0).abs() < 0.006, "{decided}");
}

#[test]
fn a_stop_is_a_failure_wherever_the_robot_came_to_stand() {
    let standing = |time: f64| {
        if (3.001..3.009).contains(&time) {
            (State::Braking, Cause::StalePlan)
        } else {
            TRACKING
        }
    };
    let (decided, outcome) = judge(|time| time >= 2.5, standing);
    assert!(outcome.stopped && !outcome.success);
    assert_eq!(outcome.stop_cause, Some(Cause::StalePlan));
    assert!((decided - 3.005).abs() < 1e-9, "{decided}");
    let (_, outcome) = judge(|time| time >= 1.5, standing);
    assert!(outcome.success && !outcome.stopped, "it was decided before");
}

#[test]
fn a_goal_that_is_refused_is_a_failure_with_its_reason() {
    let outcome = Referee::new(&Rules, 7, Stamp::ZERO).refused("out of reach".to_owned());
    assert!(!outcome.success && !outcome.stopped, "{outcome:?}");
    assert_eq!((outcome.seed, outcome.time), (7, None));
    assert_eq!(outcome.refusal.as_deref(), Some("out of reach"));
}
