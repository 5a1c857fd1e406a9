//! `NAME=VALUE`, changes while running and typed reading.

use forerun::config::{ConfigError, Parameters, Record, Value, Violation};

use super::defaults;

fn set(texts: &[&str]) -> Result<Parameters, ConfigError> {
    defaults().with_overrides("--set", texts)
}

#[test]
fn text_is_read_as_the_records_type() {
    let parameters = set(&[
        "planner.candidates=16",
        "control.rate = 250",
        "autostart=true",
        "planner.method=a=b",
    ]);
    let parameters = parameters.expect("good overrides");
    assert_eq!(parameters.count("planner.candidates"), Ok(16));
    assert_eq!(parameters.double("control.rate"), Ok(250.0));
    assert_eq!(parameters.boolean("autostart"), Ok(true));
    assert_eq!(parameters.text("planner.method"), Ok("a=b"));
}

#[test]
fn the_last_override_of_a_name_wins() {
    let parameters = set(&["planner.candidates=16", "planner.candidates=32"]);
    assert_eq!(
        parameters.expect("good").integer("planner.candidates"),
        Ok(32)
    );
}

#[test]
fn every_bad_override_is_listed() {
    let error = set(&[
        "planner.candidates",
        "planner.candidates=8.5",
        "control.rate=inf",
        "control.rate=5000",
        "autostart=maybe",
        "rate=3",
        "control.rate=-1e300",
    ])
    .expect_err("seven violations");
    assert_eq!(error.violations.len(), 7);
    let message = error.to_string();
    for part in [
        "expected NAME=VALUE",
        "planner.candidates: found 8.5, expected a whole number",
        "control.rate: found .inf, expected a finite number",
        "control.rate: found 5000, expected 20 to 1000 Hz: it is dear",
        "autostart: found \"maybe\", expected true or false",
        "rate: unknown parameter; did you mean control.rate?",
        "control.rate: found -1e300, expected 20 to 1000 Hz: it is slow",
    ] {
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
}

#[test]
fn while_running_only_live_parameters_change() {
    let change = |name: &str, value| vec![(name.to_owned(), Value::Integer(value))];
    let allowed = |record: &Record| record.live.then_some(()).ok_or("while it runs");
    let live = defaults().with_allowed("test", &change("planner.seed", 5), allowed);
    assert_eq!(live.expect("seed is live").integer("planner.seed"), Ok(5));
    let error = defaults().with_allowed("test", &change("planner.candidates", 9), allowed);
    let expected = Violation::NotLive {
        name: "planner.candidates",
        when: "while it runs",
    };
    assert_eq!(error.expect_err("not live").violations, [expected]);
    // Setting what is set already is no change.
    assert!(
        defaults()
            .with_allowed("test", &change("planner.candidates", 8), allowed)
            .is_ok()
    );
}

#[test]
fn reading_a_value_as_something_else_is_refused() {
    let parameters = defaults();
    assert!(parameters.double("planner.candidates").is_err());
    assert!(parameters.integer("control.rate").is_err());
    assert!(parameters.boolean("planner.method").is_err());
    assert!(parameters.text("autostart").is_err());
    let message = parameters
        .double("controle.rate")
        .expect_err("unknown")
        .to_string();
    assert!(message.contains("did you mean control.rate?"), "{message}");
}
