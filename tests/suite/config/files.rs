//! ROS 2 parameter files, in and out.

use forerun::config::{Parameters, Value};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::defaults;

fn read(text: &str) -> Parameters {
    defaults()
        .with_yaml("test.yaml", text, "forerun")
        .expect("a good file")
}

fn refused(text: &str) -> String {
    let error = defaults().with_yaml("test.yaml", text, "forerun");
    error.expect_err("a bad file").to_string()
}

#[test]
fn nested_and_dotted_names_are_the_same() {
    let nested = read(
        "forerun:\n  ros__parameters:\n    planner:\n      candidates: 16\n    model: {path: {folder: m}}\n",
    );
    let dotted = read(
        "forerun:\n  ros__parameters:\n    planner.candidates: 16\n    model.path.folder: m\n",
    );
    for parameters in [nested, dotted] {
        assert_eq!(parameters.integer("planner.candidates"), Ok(16));
        assert_eq!(parameters.text("model.path.folder"), Ok("m"));
        assert_eq!(parameters.differences(&defaults()).count(), 2);
    }
}

#[test]
fn sections_apply_in_file_order_and_other_nodes_are_left_alone() {
    let text = "/**:\n  ros__parameters: {planner.candidates: 9, autostart: true}\n\
                camera:\n  ros__parameters: {exposure: 3}\n\
                /arm/forerun:\n  ros__parameters: {planner.candidates: 10}\n";
    let parameters = read(text);
    assert_eq!(parameters.integer("planner.candidates"), Ok(10));
    assert_eq!(parameters.boolean("autostart"), Ok(true));
}

#[test]
fn namespaces_may_be_nested() {
    let parameters = read("arm:\n  forerun:\n    ros__parameters: {autostart: true}\n");
    assert_eq!(parameters.boolean("autostart"), Ok(true));
}

#[test]
fn ros_keeps_its_own_parameters() {
    let text = "forerun:\n  ros__parameters:\n    use_sim_time: true\n    qos_overrides: {/image: {subscription: {depth: 1}}}\n";
    assert!(read(text).differences(&defaults()).count() == 0);
}

#[test]
fn a_full_name_takes_its_own_namespace_only() {
    let text = "/**:\n  ros__parameters: {planner.candidates: 9}\n\
                /*/forerun:\n  ros__parameters: {planner.seed: 3}\n\
                left:\n  forerun:\n    ros__parameters: {autostart: true}\n\
                right/forerun:\n  ros__parameters: {control.rate: 250}\n";
    let read = |node: &str| {
        let parameters = defaults().with_yaml("test.yaml", text, node);
        let parameters = parameters.expect("a good file");
        let before = defaults();
        let changed = parameters.differences(&before);
        changed.map(|(record, _)| record.name).collect::<Vec<_>>()
    };
    let (wide, seed) = ("planner.candidates", "planner.seed");
    assert_eq!(read("/left/forerun"), [wide, seed, "autostart"]);
    assert_eq!(read("/right/forerun"), [wide, "control.rate", seed]);
    assert_eq!(read("/a/b/forerun"), [wide]);
    assert_eq!(read("/forerun"), [wide]);
}

#[test]
fn a_parameter_set_twice_in_a_section_is_refused() {
    let message = refused(
        "forerun:\n  ros__parameters: {planner.candidates: 9, planner: {candidates: 10}}\n",
    );
    assert!(
        message.contains("planner.candidates: set twice"),
        "{message}"
    );
}

#[test]
fn an_empty_file_or_section_changes_nothing() {
    for text in [
        "",
        "# nothing\n\n",
        "forerun:\n  ros__parameters:\n",
        "/**:\n  ros__parameters: {}\n",
    ] {
        assert!(read(text).differences(&defaults()).count() == 0, "{text:?}");
    }
}

#[test]
fn a_file_for_other_nodes_only_is_refused_by_their_names() {
    let message = refused("camera:\n  ros__parameters: {exposure: 3}\n");
    assert!(
        message.contains("no section for node forerun; found: camera"),
        "{message}"
    );
}

#[test]
fn what_is_no_parameter_file_is_refused_with_its_origin() {
    for (text, part) in [
        ("forerun: [", "is no YAML"),
        ("- 1\n", "the file: found a list"),
        ("planner: {candidates: 9}\n", "planner/candidates: found 9"),
        (
            "forerun:\n  ros__parameters: {planner.candidates: [1, 2]}\n",
            "planner.candidates: found a list",
        ),
        (
            "forerun:\n  ros__parameters: {planner.candidates: }\n",
            "planner.candidates: found nothing",
        ),
        (
            "forerun:\n  ros__parameters: {autostart: true, autostart: false}\n",
            "is no YAML",
        ),
        (
            "forerun:\n  ros__parameters: {planner.candidates: 18446744073709551615}\n",
            "planner.candidates",
        ),
    ] {
        let message = refused(text);
        assert!(
            message.starts_with("test.yaml: nothing applied"),
            "{message}"
        );
        assert!(
            message.contains(part) || text.contains("1844"),
            "{text:?} gave {message}"
        );
    }
}

#[test]
fn every_violation_is_listed_and_none_of_the_set_applied() {
    let before = defaults();
    let text = "forerun:\n  ros__parameters:\n    autostart: true\n    planner: {candidatse: 9, candidates: 1}\n    control: {rate: .nan}\n    model: {path: {folder: 7}}\n";
    let error = before
        .with_yaml("p.yaml", text, "forerun")
        .expect_err("four violations");
    assert_eq!(error.violations.len(), 4, "{error}");
    let message = error.to_string();
    for part in [
        "planner.candidatse: unknown parameter; did you mean planner.candidates?",
        "planner.candidates: found 1, expected 4 to 64 Hz: it is slow",
        "control.rate: found .nan, expected a finite number",
        "model.path.folder: found 7, expected text",
    ] {
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
    assert_eq!(before.boolean("autostart"), Ok(false));
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_not_with_the_file() {
    let secret = "swordfish ".repeat(40);
    for (text, said) in [
        (
            format!(
                "forerun:\n  ros__parameters:\n    # {secret}\n    planner:\n      candidates: {secret}\n"
            ),
            "line 5: planner.candidates: found \"swordfish",
        ),
        (
            format!("forerun:\n  ros__parameters:\n    # {secret}\n    rat: 3\n"),
            "line 4: rat: unknown parameter; did you mean control.rate?",
        ),
        (
            format!("forerun:\n  ros__parameters:\n    planner: [{secret}]\n"),
            "line 3: planner: found a list",
        ),
        (
            format!("# {secret}\nforerun:\n  ros__parameters: {{a: 1\n  {secret}: 2\n"),
            "is no YAML",
        ),
        (
            format!("# {secret}\nforerun:\n  ros__parameters: {secret}\n{secret}: {secret}\n"),
            "line ",
        ),
        (secret.clone(), "line 1: the file: found \"swordfish"),
        (
            format!("{secret}: 3\n"),
            "found 3, expected NODE: {ros__parameters: {NAME: VALUE}}",
        ),
        (
            format!("{secret}:\n  ros__parameters: {{a: 3}}\n"),
            "no section for node forerun",
        ),
    ] {
        let message = refused(&text);
        assert!(message.contains(said), "{said:?} is not in {message}");
        assert!(
            message.contains("line") || said.starts_with("no section"),
            "{message}"
        );
        assert!(!message.contains(secret.trim()), "{message}");
        assert!(message.len() < 400, "{message}");
    }
}

#[test]
fn the_written_file_explains_each_value() {
    let text = defaults().to_yaml("forerun");
    assert!(text.starts_with("forerun:\n  ros__parameters:\n    planner:\n      # what it does [4 to 64 Hz]; too low: it is slow; too high: it is dear\n      candidates: 8\n"), "{text}");
    assert_eq!(text.matches("planner:").count(), 1);
}

#[test]
fn a_missing_file_is_named() {
    let error = defaults().with_yaml_file("no/such.yaml".as_ref(), "forerun");
    assert!(
        error
            .expect_err("no file")
            .to_string()
            .starts_with("no/such.yaml: ")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..ProptestConfig::default() })]

    /// What is written reads back as the same values, whatever they are.
    #[test]
    fn written_and_read_is_the_same(
        candidates in 4i64..=64,
        seed in 0i64..=9_000_000_000_000_000,
        rate in 20.0f64..=1000.0,
        autostart: bool,
        word in any::<String>(),
        node in "[a-z][a-z_]{0,8}",
    ) {
        let changes = [
            ("planner.candidates", Value::Integer(candidates)),
            ("planner.seed", Value::Integer(seed)),
            ("control.rate", Value::Double(rate)),
            ("autostart", Value::Bool(autostart)),
            ("planner.method", Value::Text(word)),
        ].map(|(name, value)| (name.to_owned(), value));
        let before = defaults().with("test", &changes).expect("allowed values");
        let after = defaults().with_yaml("test", &before.to_yaml(&node), &node);
        let after = after.map_err(|why| TestCaseError::fail(why.to_string()))?;
        prop_assert!(after.differences(&before).count() == 0);
    }

    /// Whatever the text, reading ends in values or in an error.
    #[test]
    fn no_text_panics(text in "[a-z_:{}\\[\\], \n#&*!|>'\"0-9.-]{0,80}") {
        let section = format!("forerun:\n  ros__parameters:\n    {text}\n");
        for text in [text, section] {
            if let Err(error) = defaults().with_yaml("test", &text, "forerun") {
                prop_assert!(!error.violations.is_empty());
            }
        }
    }
}
