//! What a set of records must hold to.

use std::sync::Arc;

use forerun::config::{Default, Parameters, Record, Schema};

use super::{RECORDS, record};

fn refused(records: &[Record]) -> String {
    Schema::gather(&[RECORDS, records])
        .expect_err("a bad schema")
        .to_string()
}

#[test]
fn a_name_has_one_owner() {
    let message = refused(&[record(
        "control.rate",
        Default::Double(1.0),
        Some((0.0, 2.0)),
    )]);
    assert!(
        message.contains("record control.rate: two rooms"),
        "{message}"
    );
}

#[test]
fn a_name_is_no_group() {
    let message = refused(&[record("planner", Default::Bool(true), None)]);
    assert!(
        message.contains("record planner: the name is also the group"),
        "{message}"
    );
}

#[test]
fn a_default_is_allowed_by_its_own_record() {
    let message = refused(&[record("x", Default::Integer(9), Some((0.0, 8.0)))]);
    assert!(message.contains("record x: the default"), "{message}");
    let words = Record {
        choices: &["a", "b"],
        ..record("y", Default::Text("c"), None)
    };
    assert!(refused(&[words]).contains("record y: the default"));
}

#[test]
fn only_numbers_have_a_range_and_all_of_them_do() {
    assert!(refused(&[record("x", Default::Double(0.0), None)]).contains("record x: numbers"));
    assert!(refused(&[record("x", Default::Bool(true), Some((0.0, 1.0)))]).contains("record x"));
}

#[test]
fn every_bad_record_is_named_at_once() {
    let message = refused(&[
        record("a..b", Default::Bool(true), None),
        record("control.rate", Default::Double(1.0), Some((0.0, 2.0))),
    ]);
    assert!(
        message.contains("a..b") && message.contains("control.rate"),
        "{message}"
    );
}

#[test]
fn the_nearest_name_is_found_by_whole_name_and_by_last_part() {
    let schema = Schema::gather(&[RECORDS]).expect("a sound schema");
    assert_eq!(
        schema.nearest("planner.candidatse"),
        Some("planner.candidates")
    );
    assert_eq!(schema.nearest("candidates"), Some("planner.candidates"));
    assert_eq!(schema.nearest("rate"), Some("control.rate"));
    assert_eq!(schema.nearest("xyzzy"), None);
}

#[test]
fn what_others_read_may_stand_in_a_file_but_not_be_set() {
    let schema = Schema::gather(&[RECORDS]).expect("a sound schema");
    let schema = schema.only(|record| record.name.starts_with("planner."));
    assert!(schema.record("control.rate").is_none());
    let parameters = Parameters::defaults(Arc::new(schema));
    let text = "/**:\n  ros__parameters: {control.rate: 250, planner.candidates: 9}\n";
    let read = parameters.with_yaml("test", text, "forerun");
    assert_eq!(
        read.expect("known names").integer("planner.candidates"),
        Ok(9)
    );
    let error = parameters.with_overrides("--set", &["control.rate=250"]);
    assert_eq!(
        error.expect_err("nobody here reads it").reasons(),
        "control.rate: nothing here reads it; other verbs or nodes do"
    );
}

#[test]
fn the_table_has_a_row_a_record_and_escapes_bars() {
    let barred = Record {
        description: "a|b",
        ..record("z", Default::Bool(true), None)
    };
    let schema = Schema::gather(&[RECORDS, &[barred]]).expect("a sound schema");
    let table = schema.to_markdown();
    assert_eq!(table.lines().count(), 2 + RECORDS.len() + 1);
    let columns = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(table.lines().all(|line| columns(line) == 8), "{table}");
    assert!(
        table.contains("| `control.rate` | `200.0` | 20 to 1000 Hz |"),
        "{table}"
    );
    assert!(table.contains("a\\|b"));
}
