//! Mirrors `src/runtime`: the whole line with the shipped package on the embedded arm.

mod follower;
mod health;
mod pursuit;
mod shadow;
mod signals;

use std::sync::{Arc, Mutex};

use forerun::cli::{Contender, Lab};
use forerun::cost::CostConfig;
use forerun::evaluation::{Alteration, Outcome, fast_episode};
use forerun::runtime::{
    Arrival, Event, FastSession, GoalKeeper, GoalPhase, Instruction, Observer, Task,
};
use forerun::sensing::Goal;
use forerun::time::{Span, Stamp};

fn episodes(contender: Contender, seeds: std::ops::Range<u64>) -> Vec<Outcome> {
    let lab = Lab::new("arm").expect("the shipped package loads");
    let (mut session, mut task) = lab
        .fast(contender, seeds.start, Vec::new())
        .expect("a session");
    seeds
        .map(|seed| fast_episode(&mut session, &mut task, seed).expect("an episode"))
        .collect()
}

fn successes(outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter(|outcome| outcome.success).count()
}

#[test]
fn image_goals_are_reached_and_nothing_stops_the_robot() {
    let outcomes = episodes(Contender::Model, 100..112);
    assert!(successes(&outcomes) >= 11, "{outcomes:?}");
    assert!(
        outcomes.iter().all(|outcome| !outcome.stopped),
        "{outcomes:?}"
    );
}

/// Half of the episodes on a second thread.
fn on_two_threads(contender: fn() -> Contender, seeds: std::ops::Range<u64>) -> Vec<Outcome> {
    let middle = seeds.start.midpoint(seeds.end);
    std::thread::scope(|scope| {
        let other = scope.spawn(move || episodes(contender(), middle..seeds.end));
        let mut outcomes = episodes(contender(), seeds.start..middle);
        outcomes.extend(other.join().expect("the other half"));
        outcomes
    })
}

fn stopped(outcomes: &[Outcome]) -> Vec<u64> {
    let stopped = outcomes.iter().filter(|outcome| outcome.stopped);
    stopped.map(|outcome| outcome.seed).collect()
}

/// The default sensor has latency, jitter and dropped frames; episodes that run to their end give it most time.
#[test]
fn the_default_sensor_never_trips_a_stop_in_three_hundred_episodes() {
    let outcomes = on_two_threads(|| Contender::StandingStill, 300..600);
    assert_eq!(outcomes.len(), 300);
    let stopped = stopped(&outcomes);
    assert!(stopped.is_empty(), "stopped: {stopped:?}");
}

#[test]
fn the_model_reaches_its_goals_and_never_trips_a_stop_in_sixty_episodes() {
    let outcomes = on_two_threads(|| Contender::Model, 700..760);
    let stopped = stopped(&outcomes);
    assert!(stopped.is_empty(), "stopped: {stopped:?}");
    assert!(successes(&outcomes) >= 58, "{outcomes:?}");
}

#[test]
fn with_swapped_action_columns_success_falls_to_the_floor() {
    let outcomes = on_two_threads(|| Contender::Altered(Alteration::SwappedActions), 100..160);
    assert_eq!(outcomes.len(), 60);
    assert!(successes(&outcomes) <= 6, "{outcomes:?}");
}

#[test]
fn with_permuted_latents_before_the_metric_success_falls_to_the_floor() {
    let outcomes = on_two_threads(|| Contender::Altered(Alteration::PermutedLatents), 100..160);
    assert_eq!(outcomes.len(), 60);
    assert!(successes(&outcomes) <= 6, "{outcomes:?}");
}

#[test]
fn the_fast_clock_is_deterministic_by_seed() {
    assert_eq!(
        episodes(Contender::Model, 7..9),
        episodes(Contender::Model, 7..9)
    );
}

/// Keeps the terms of every plan.
struct Terms(Arc<Mutex<Vec<Vec<&'static str>>>>);

impl Observer for Terms {
    fn observe(&mut self, event: &Event) {
        if let Event::Plan(plan) = event {
            let terms = plan.evidence.terms.iter().map(|term| term.name);
            self.0.lock().expect("terms").push(terms.collect());
        }
    }
}

#[test]
fn the_cost_changes_between_two_plans() {
    let lab = Lab::new("arm").expect("the shipped package loads");
    let terms = Arc::new(Mutex::new(Vec::new()));
    let observer = Box::new(Terms(terms.clone()));
    let session = lab.fast(Contender::Model, 3, vec![observer]);
    let (mut session, mut task) = session.expect("a session");
    let goal = task.reset(3).expect("an episode").goal;
    while session.instruct(Instruction::Activate).is_err() {
        session.tick().expect("a tick");
    }
    session.instruct(Instruction::Pursue(goal)).expect("a goal");
    let plan = |session: &mut FastSession| {
        terms.lock().expect("terms").clear();
        while terms.lock().expect("terms").is_empty() {
            session.tick().expect("a tick");
        }
        terms.lock().expect("terms").remove(0)
    };
    assert!(plan(&mut session).contains(&"effort"));
    let mut cost = CostConfig::default();
    cost.set_weight("effort", 0.0);
    let weighed = session.instruct(Instruction::Weigh(cost.clone()));
    weighed.expect("known terms");
    assert!(!plan(&mut session).contains(&"effort"));
    cost.set_weight("efort", 1.0);
    let refused = session.instruct(Instruction::Weigh(cost));
    let why = refused.expect_err("an unknown term").to_string();
    assert!(why.contains("efort") && why.contains("effort"), "{why}");
    assert!(!plan(&mut session).contains(&"effort"));
}

fn near(distance: f64) -> Arrival {
    Arrival {
        distance,
        reached: 1.0,
        still: true,
    }
}

#[test]
fn a_goal_is_reached_after_a_second_near_and_still() {
    let mut keeper = GoalKeeper::new(Span::from_secs(1.0), Some(Span::from_secs(10.0)));
    keeper.accept(Arc::new(Goal::Latent(Vec::new())), Stamp::ZERO);
    let at = |secs: f64| Stamp::ZERO + Span::from_secs(secs);
    assert!(keeper.judge(near(0.5), at(1.0)).is_none());
    assert!(
        keeper.judge(near(f64::NAN), at(1.5)).is_none(),
        "not-a-number is far"
    );
    assert!(keeper.judge(near(0.5), at(1.6)).is_none());
    assert!(keeper.judge(near(0.5), at(2.5)).is_none());
    let ended = keeper.judge(near(0.5), at(2.6)).expect("a second is over");
    assert_eq!(ended.phase, GoalPhase::Reached);
    assert!(keeper.goal().is_none());
}

#[test]
fn a_goal_times_out_and_a_newer_one_cancels_it() {
    let mut keeper = GoalKeeper::new(Span::from_secs(1.0), Some(Span::from_secs(10.0)));
    let goal = Arc::new(Goal::Latent(Vec::new()));
    keeper.accept(goal.clone(), Stamp::ZERO);
    let (cancelled, accepted) = keeper.accept(goal, Stamp::ZERO + Span::from_secs(1.0));
    assert_eq!(
        cancelled.map(|event| event.phase),
        Some(GoalPhase::Cancelled)
    );
    assert_eq!(accepted.sequence, 2);
    let late = Stamp::ZERO + Span::from_secs(11.0);
    assert_eq!(
        keeper.expire(late).map(|event| event.phase),
        Some(GoalPhase::TimedOut)
    );
}
