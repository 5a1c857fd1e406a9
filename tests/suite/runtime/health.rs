//! Mirrors `src/runtime/health.rs` and `window.rs`.

use std::sync::Arc;

use forerun::config::{Parameters, Schema, Value};
use forerun::control::{self, Cause, State};
use forerun::runtime::{Finding, HEALTH, Health, Level, Status, Window, level};
use forerun::time::{Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn health(changes: &[(&str, f64)]) -> Health {
    let schema = Schema::gather(&[control::PARAMETERS, HEALTH]).expect("sound records");
    let changes: Vec<_> = changes
        .iter()
        .map(|(name, value)| (format!("diagnostics.{name}"), Value::Double(*value)))
        .collect();
    let parameters = Parameters::defaults(Arc::new(schema)).with("test", &changes);
    Health::from_parameters(&parameters.expect("in range")).expect("all there")
}

fn ms(millis: i64) -> Span {
    Span::from_millis(millis)
}

/// A session in which nothing is wrong, and itself a second later.
fn sound() -> (Status, Status) {
    let before = Status {
        state: State::Tracking,
        cause: Cause::Goal,
        plan_budget: ms(20),
        recent_gap: ms(6),
        recent_plan_time: ms(19),
        image_age: Some(ms(20)),
        recent_image_age: Some(ms(60)),
        state_age: Some(ms(5)),
        recent_state_age: Some(ms(15)),
        ..Status::default()
    };
    let now = Status {
        ticks: 200,
        misses: 3,
        plans: 30,
        images: 30,
        limited_ticks: 60,
        ..before.clone()
    };
    (before, now)
}

fn look(health: &Health, now: &Status, task: &str) -> Finding {
    let findings = health.examine(&sound().0, now);
    let found = findings.into_iter().find(|finding| finding.task == task);
    found.expect("a task of this name")
}

#[test]
fn a_second_commander_shows_while_nothing_moves() {
    let standing = Status {
        state: State::Holding,
        second_commander: true,
        ..sound().1
    };
    let finding = look(&health(&[]), &standing, "supervisor");
    assert_eq!(finding.level, Level::Warn);
    assert!(
        finding.message.contains("somebody else commands"),
        "{finding:?}"
    );
    let inactive = Status {
        state: State::Inactive,
        ..standing
    };
    let finding = look(&health(&[]), &inactive, "supervisor");
    assert_eq!(finding.level, Level::Ok);
}

#[test]
fn a_sound_session_is_ok_in_everything() {
    let (before, now) = sound();
    let findings = health(&[]).examine(&before, &now);
    let tasks: Vec<_> = findings.iter().map(|finding| finding.task).collect();
    let expected = [
        "supervisor",
        "command loop",
        "inputs",
        "planner",
        "limits",
        "transport",
    ];
    assert_eq!(tasks, expected);
    for finding in findings {
        assert_eq!(finding.level, Level::Ok, "{finding:?}");
        assert!(!finding.message.is_empty() && !finding.values.is_empty());
    }
}

/// A second with one gap of 0.15 s: its mean is 5.7 ms, as good as any.
#[test]
fn one_stall_in_a_thousand_good_ticks_is_an_error() {
    let now = Status {
        ticks: 1000,
        misses: 1,
        recent_gap: ms(150),
        ..sound().1
    };
    let finding = look(&health(&[]), &now, "command loop");
    let said = "a gap of 150.0 ms, control.max_gap is 100.0 ms";
    assert_eq!(
        (finding.level, finding.message.as_str()),
        (Level::Error, said)
    );
}

#[test]
fn thresholds_are_parameters_and_an_error_is_where_control_stops() {
    type Change = fn(&mut Status);
    let cases: [(&str, &str, f64, Change, Change); 4] = [
        (
            "gap",
            "command loop",
            0.02,
            |now| now.recent_gap = ms(25),
            |now| {
                now.recent_gap = ms(101);
            },
        ),
        (
            "input_age",
            "inputs",
            0.5,
            |now| now.recent_image_age = Some(ms(160)),
            |now| now.recent_image_age = Some(ms(301)),
        ),
        (
            "input_age",
            "inputs",
            0.5,
            |now| now.recent_state_age = Some(ms(55)),
            |now| now.state_age = Some(ms(101)),
        ),
        (
            "budget",
            "planner",
            1.2,
            |now| now.recent_plan_time = ms(25),
            |now| now.recent_plan_time = ms(251),
        ),
    ];
    for (name, task, threshold, warns, fails) in cases {
        let judge = |change: Change, health: &Health| {
            let mut now = sound().1;
            change(&mut now);
            look(health, &now, task).level
        };
        let (strict, lax) = (health(&[(name, threshold)]), health(&[]));
        assert_eq!(judge(warns, &strict), Level::Warn, "{task} {name}");
        assert_eq!(judge(warns, &lax), Level::Ok, "{task} {name}");
        assert_eq!(judge(fails, &strict), Level::Error, "{task} {name}");
        assert_eq!(judge(fails, &lax), Level::Error, "{task} {name}");
    }
}

#[test]
fn late_ticks_limits_and_losses_warn_by_their_share_of_the_last_second() {
    for (task, change) in [
        ("command loop", (|now| now.misses = 100) as fn(&mut Status)),
        ("limits", |now| now.limited_ticks = 199),
        ("planner", |now| now.plans = 0),
        ("transport", |now| now.refused = 1),
        ("transport", |now| now.lost = 1),
        ("transport", |now| now.dropped = 1),
    ] {
        let mut now = sound().1;
        change(&mut now);
        assert_eq!(look(&health(&[]), &now, task).level, Level::Warn, "{task}");
        // What was lost before the last second is over.
        let later = Status {
            ticks: now.ticks + 200,
            plans: now.plans + 30,
            ..now.clone()
        };
        let findings = health(&[]).examine(&now, &later);
        assert!(
            findings.iter().all(|finding| finding.level == Level::Ok),
            "{findings:?}"
        );
    }
}

#[test]
fn without_a_robot_an_inactive_node_warns_an_active_one_fails_and_an_unconfigured_one_is_fine() {
    let mut now = sound().1;
    (now.image_age, now.recent_image_age) = (None, None);
    let said = |now: &Status| {
        let finding = look(&health(&[]), now, "inputs");
        (finding.level, finding.message)
    };
    assert_eq!(said(&now), (Level::Error, "no image has come".into()));
    now.state = State::Inactive;
    let warned = "no image has come; activate will be refused";
    assert_eq!(said(&now), (Level::Warn, warned.into()));
    now.state = State::Unconfigured;
    assert_eq!(said(&now), (Level::Ok, "no model is loaded".into()));
}

#[test]
fn a_robot_without_a_camera_lacks_no_image() {
    let mut now = sound().1;
    (now.image_age, now.recent_image_age) = (None, None);
    let mut blind = health(&[]);
    blind.stops.image = None;
    assert_eq!(look(&blind, &now, "inputs").level, Level::Ok);
}

#[test]
fn states_are_as_bad_as_they_are() {
    for (state, bad) in [
        (State::Tracking, Level::Ok),
        (State::Braking, Level::Warn),
        (State::Stopped, Level::Error),
        (State::Fault, Level::Error),
    ] {
        assert_eq!(level(state), bad);
        let now = Status { state, ..sound().1 };
        assert_eq!(look(&health(&[]), &now, "supervisor").level, bad);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(15), failure_persistence: None, ..ProptestConfig::default() })]

    /// Against all that was noted in the last five seconds, counted in whole ones.
    #[test]
    fn a_window_gives_the_largest_of_its_seconds(notes in proptest::collection::vec((0_i64..3_000, 0_i64..5_000), 1..60)) {
        let window = Window::default();
        let mut now = Stamp::ZERO;
        let mut noted: Vec<(i64, Span)> = Vec::new();
        for (wait, span) in notes {
            now += ms(wait);
            window.note(now, ms(span));
            let second = |stamp: Stamp| (stamp - Stamp::ZERO).nanos() / 1_000_000_000;
            noted.push((second(now), ms(span)));
            let young = noted.iter().filter(|note| note.0 > second(now) - 5).map(|note| note.1).max();
            prop_assert_eq!(Some(window.largest(now)), young);
        }
        prop_assert_eq!(window.largest(now + ms(6_000)), Span::ZERO);
    }
}

#[test]
fn a_robot_that_does_not_follow_is_said_with_its_numbers_as_long_as_that_is_the_cause() {
    let stopped = Status {
        state: State::Stopped,
        cause: Cause::Unfollowed,
        behind: "elbow is more than 1.04 rad behind".to_owned(),
        ..sound().1
    };
    let said = "Stopped: robot does not follow: elbow is more than 1.04 rad behind";
    let finding = look(&health(&[]), &stopped, "supervisor");
    assert_eq!(
        (finding.level, finding.message.as_str()),
        (Level::Error, said)
    );
    let resumed = Status {
        state: State::Holding,
        cause: Cause::Requested,
        ..stopped
    };
    let finding = look(&health(&[]), &resumed, "supervisor");
    assert_eq!(finding.message, "Holding: requested");
}
