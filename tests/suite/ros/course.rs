//! `src/ros/course.rs`: what becomes of a goal, whatever happens in whatever order.

use std::sync::Arc;

use forerun::control::{Cause, State, Transition};
use forerun::planner::Plan;
use forerun::ros::{Course, End};
use forerun::runtime::{Event, GoalEvent, GoalPhase, Status};
use forerun::sensing::Goal;
use forerun::time::{Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The goal that is looked at.
const OURS: u64 = 5;

fn at(seconds: f64) -> Stamp {
    Stamp::ZERO + Span::from_secs(seconds)
}

fn course() -> Course {
    Course::new(OURS, at(10.0), Some(Span::from_secs(3.0)))
}

fn goal(sequence: u64, phase: GoalPhase) -> Event {
    Event::Goal(GoalEvent {
        stamp: at(11.0),
        sequence,
        goal: Arc::new(Goal::Latent(Vec::new())),
        phase,
    })
}

fn transition(seconds: f64, to: State, cause: Cause) -> Event {
    Event::Transition(Transition {
        stamp: at(seconds),
        from: State::Tracking,
        to,
        cause,
    })
}

fn status(goal: u64, state: State, cause: Cause) -> Status {
    Status {
        goal,
        state,
        cause,
        ..Status::default()
    }
}

fn aborted(why: &str) -> Option<End> {
    Some(End::Aborted(why.to_owned()))
}

#[test]
fn it_is_reached_or_times_out_or_the_supervisor_stops_it_for_a_cause() {
    let hear = |event| course().hear(&event);
    assert_eq!(hear(goal(OURS, GoalPhase::Reached)), Some(End::Reached));
    assert_eq!(
        hear(goal(OURS, GoalPhase::TimedOut)),
        aborted("goal timed out")
    );
    let stale = Cause::StaleImage;
    assert_eq!(
        hear(transition(11.0, State::Braking, stale)),
        aborted("stale input: image")
    );
    assert_eq!(
        hear(transition(11.0, State::Fault, Cause::SinkError)),
        aborted(&Cause::SinkError.to_string())
    );
    // What was before it, or is another's, ends nothing.
    assert_eq!(hear(transition(9.0, State::Braking, stale)), None);
    assert_eq!(hear(transition(11.0, State::Tracking, Cause::Goal)), None);
    for phase in [GoalPhase::Reached, GoalPhase::TimedOut, GoalPhase::Stopped] {
        assert_eq!(hear(goal(OURS - 1, phase)), None);
    }
}

#[test]
fn a_newer_goal_pre_empts_it_and_a_hold_by_others_aborts_it() {
    let mut course = course();
    assert_eq!(course.hear(&goal(OURS, GoalPhase::Cancelled)), None);
    let mut held = course.clone();
    assert_eq!(
        course.hear(&goal(OURS + 1, GoalPhase::Accepted)),
        aborted("pre-empted by a newer goal")
    );
    assert_eq!(
        held.hear(&transition(11.0, State::Holding, Cause::Cancelled)),
        aborted("goal cancelled")
    );
}

#[test]
fn it_leaves_when_its_time_is_over_and_ends_when_the_robot_holds() {
    let mut course = course();
    assert!(!course.is_leaving(at(12.9)) && course.is_leaving(at(13.0)));
    assert_eq!(course.hear(&goal(OURS, GoalPhase::Cancelled)), None);
    assert_eq!(
        course.hear(&transition(13.1, State::Holding, Cause::Cancelled)),
        aborted("goal timed out")
    );
    assert!(!Course::new(OURS, at(0.0), None).is_leaving(at(1e6)));
}

#[test]
fn without_events_the_status_tells() {
    let course = course();
    let look = |status: Status| course.look(Some(&status));
    assert_eq!(look(status(OURS, State::Tracking, Cause::Goal)), None);
    assert_eq!(
        look(status(OURS, State::Holding, Cause::Reached)),
        Some(End::Reached)
    );
    assert_eq!(
        look(status(OURS + 1, State::Tracking, Cause::Goal)),
        aborted("pre-empted by a newer goal")
    );
    let over = aborted("the session is over");
    assert_eq!(look(status(1, State::Inactive, Cause::Start)), over);
    assert_eq!(course.look(None), over);
}

#[test]
fn progress_is_of_this_goal() {
    let mut course = course();
    let belief = |seconds, distance| Event::Belief {
        stamp: at(seconds),
        distance,
        surprise: None,
    };
    let plan = |seconds: f64, cost: f64| {
        let mut plan = Plan {
            made: at(seconds),
            ..Plan::default()
        };
        plan.evidence.cost = cost;
        Event::Plan(Arc::new(plan))
    };
    for event in [belief(9.9, Some(1.0)), plan(9.9, 2.0), belief(10.0, None)] {
        assert_eq!(course.hear(&event), None);
    }
    let progress = course.progress(at(10.5));
    assert!(progress.distance.is_nan() && progress.cost.is_nan());
    course.hear(&belief(10.1, Some(4.0)));
    course.hear(&plan(10.1, 7.0));
    let progress = course.progress(at(12.0));
    assert_eq!((progress.distance, progress.cost), (4.0, 7.0));
    assert_eq!(progress.left, Some(Span::from_secs(1.0)));
    assert_eq!(course.progress(at(20.0)).left, Some(Span::ZERO));
}

fn events() -> impl Strategy<Value = Event> {
    let phases = prop::sample::select(vec![
        GoalPhase::Accepted,
        GoalPhase::Reached,
        GoalPhase::TimedOut,
        GoalPhase::Cancelled,
        GoalPhase::Stopped,
    ]);
    let passed = prop::sample::select(vec![
        (State::Holding, Cause::Cancelled),
        (State::Holding, Cause::Reached),
        (State::Tracking, Cause::Goal),
        (State::Braking, Cause::StaleState),
        (State::Stopped, Cause::Standstill),
        (State::Fault, Cause::NoStandstill),
    ]);
    prop_oneof![
        (OURS - 1..OURS + 2, phases).prop_map(|(sequence, phase)| goal(sequence, phase)),
        (5.0..15.0, passed).prop_map(|(when, (to, cause))| transition(when, to, cause)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, rng_seed: RngSeed::Fixed(9), failure_persistence: None, ..ProptestConfig::default() })]
    /// After cancel is accepted, ROS allows no other end.
    #[test]
    fn what_is_taken_back_ends_as_cancelled_whatever_happens(
        before in prop::collection::vec(events(), 0..4),
        after in prop::collection::vec(events(), 0..12),
    ) {
        let mut course = course();
        for event in &before {
            if course.hear(event).is_some() {
                return Ok(());
            }
        }
        course.cancel();
        for event in &after {
            if let Some(end) = course.hear(event) {
                prop_assert!(matches!(end, End::Cancelled(_)), "{end:?}");
                return Ok(());
            }
        }
        let held = status(OURS, State::Holding, Cause::Cancelled);
        prop_assert_eq!(course.look(Some(&held)), Some(End::Cancelled("goal cancelled".to_owned())));
    }
}
