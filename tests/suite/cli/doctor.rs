//! Mirrors `src/cli/doctor.rs`: every line says what, how it stands and, unless that is well, what to do.

use serde_json::Value;

use super::{forerun, refuses};

fn doctor(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = forerun(&[&["doctor", "--json"], arguments].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {output:?}"));
    (report, output.status.code())
}

fn line<'a>(report: &'a Value, what: &str) -> &'a Value {
    let lines = report["lines"].as_array().expect("lines");
    let line = lines.iter().find(|line| line["what"] == what);
    line.unwrap_or_else(|| panic!("no line {what}: {report}"))
}

#[test]
fn a_machine_that_runs_the_tests_is_ready() {
    let (report, status) = doctor(&[]);
    assert_eq!(
        (&report["ready"], status),
        (&true.into(), Some(0)),
        "{report}"
    );
    for what in [
        "processor",
        "kernels",
        "clock",
        "fifo",
        "wake",
        "model",
        "viewer",
        "ros",
        "disk",
    ] {
        line(&report, what);
    }
    for line in report["lines"].as_array().expect("lines") {
        assert!(
            line["found"]
                .as_str()
                .is_some_and(|found| !found.is_empty()),
            "{line}"
        );
        let well = line["verdict"] == "good";
        assert!(well || line["verdict"] == "limited", "{line}");
        assert_eq!(line["remedy"].is_null(), well, "{line}");
    }
    assert!(
        line(&report, "model")["found"]
            .as_str()
            .is_some_and(|found| found.starts_with("arm "))
    );
    if !cfg!(feature = "viewer") {
        assert_eq!(line(&report, "viewer")["found"], "not in this build");
    }
    if !cfg!(feature = "ros") {
        assert_eq!(line(&report, "ros")["found"], "not in this build");
    }
}

#[test]
fn without_a_model_there_is_no_main_job() {
    let (report, status) = doctor(&["--model", "amr"]);
    assert_eq!(
        (&report["ready"], status),
        (&false.into(), Some(1)),
        "{report}"
    );
    let model = line(&report, "model");
    assert_eq!(model["verdict"], "impossible");
    assert!(
        model["found"]
            .as_str()
            .is_some_and(|found| found.contains("did you mean `arm`?")),
        "{model}"
    );
    refuses(
        &["doctor", "--model", "amr"],
        1,
        "the main job can't run here",
    );
}

#[test]
fn a_package_is_loaded_for_the_robot_that_it_fits() {
    let (report, status) = doctor(&["--model", "rover"]);
    assert_eq!(status, Some(0), "{report}");
    let model = line(&report, "model");
    assert_eq!(model["verdict"], "good", "{model}");
    let found = model["found"].as_str();
    assert!(found.is_some_and(|found| found.starts_with("rover ")));
}

#[test]
fn the_configuration_is_examined_too() {
    let (report, status) = doctor(&[
        "--set",
        "runtime.fifo_priority=0",
        "--set",
        "control.rate=1000",
    ]);
    assert_eq!(status, Some(0));
    assert_eq!(line(&report, "fifo")["found"], "not asked for");
    assert!(
        line(&report, "wake")["found"]
            .as_str()
            .is_some_and(|found| found.ends_with("ticks of 1 ms"))
    );
    let (report, status) = doctor(&["--set", "model.kernel=scalar"]);
    assert_eq!(status, Some(0));
    let kernels = line(&report, "kernels")["found"].as_str();
    assert!(
        kernels.is_some_and(|found| found.starts_with("scalar of scalar")),
        "{report}"
    );
    refuses(
        &["doctor", "--set", "planner.knotts=3"],
        2,
        "did you mean planner.knots?",
    );
}
