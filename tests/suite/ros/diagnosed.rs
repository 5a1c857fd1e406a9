//! Mirrors `src/ros/diagnostics.rs`.

use forerun::control::State;
use forerun::ros::{Silence, topics};
use forerun::runtime::Level;
use forerun::time::Condition;

fn silence(sentence: &str, vital: bool) -> Silence {
    Silence {
        sentence: sentence.to_owned(),
        vital,
    }
}

#[test]
fn a_clock_that_nobody_tells_warns_and_is_an_error_for_a_robot_that_is_commanded() {
    let clock = [silence("/clock: nobody publishes it", true)];
    for (state, level) in [
        (State::Unconfigured, Level::Warn),
        (State::Inactive, Level::Warn),
        (State::Stopped, Level::Error),
    ] {
        let finding = topics(state, Condition::Stands, &clock);
        let said = "/clock: nobody publishes it";
        assert_eq!((finding.level, finding.message.as_str()), (level, said));
        // Somebody publishes it, and says nothing.
        let finding = topics(state, Condition::Stands, &[]);
        assert_eq!(finding.level, level);
        assert!(finding.message.starts_with("/clock: "), "{finding:?}");
    }
}

#[test]
fn a_publisher_that_is_not_heard_warns_and_one_that_is_says_nothing() {
    let strangers = [silence("/image: a", false), silence("/odom: b", false)];
    let finding = topics(State::Tracking, Condition::Runs, &strangers);
    assert_eq!(
        (finding.level, finding.message.as_str()),
        (Level::Warn, "/image: a; /odom: b")
    );
    let finding = topics(State::Tracking, Condition::Runs, &[]);
    assert_eq!(finding.level, Level::Ok);
}
