//! Mirrors `src/cli`: exit status and messages of the real binary.

mod check;
mod doctor;
#[cfg(feature = "ros")]
mod latency;
mod networks;
mod packages;
mod parameters;
mod pictures;
mod points;
mod recordings;
mod rover;
mod walls;

use std::process::{Command, Output};

fn forerun(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_forerun"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn refuses(arguments: &[&str], status: i32, says: &str) {
    let output = forerun(arguments);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
    assert!(text.contains(says), "{arguments:?}: {text}");
}

#[test]
fn an_unknown_robot_gets_the_nearest_known_one() {
    refuses(&["run", "arn"], 2, "did you mean arm?");
    refuses(
        &["eval", "boat", "--episodes", "1"],
        2,
        "expected one of: arm, rover",
    );
}

#[test]
fn an_unknown_verb_or_flag_is_a_usage_error() {
    refuses(&["fly"], 2, "Usage");
    refuses(&["eval", "arm", "--epsodes", "3"], 2, "--episodes");
}

#[test]
fn an_unknown_model_is_a_refused_package() {
    refuses(&["run", "--model", "amr"], 3, "did you mean `arm`?");
    refuses(&["run", "amr"], 2, "did you mean arm?");
}

#[test]
fn eval_reports_pairs_and_floors_as_json() {
    let output = forerun(&[
        "eval",
        "arm",
        "--episodes",
        "2",
        "--seed",
        "9000",
        "--floors",
        "1",
        "--against",
        "precision=f32",
        "--json",
    ]);
    let text = String::from_utf8_lossy(&output.stdout);
    let report: serde_json::Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!(report["n"], 2);
    assert_eq!(report["clock"], "fast");
    for key in ["success", "median_time_s", "time_q90_s"] {
        assert!(report[key].is_number(), "{key}: {text}");
    }
    for key in ["false_arrivals", "missed_arrivals", "stops"] {
        assert!(report[key].is_u64(), "{key}: {text}");
    }
    assert_eq!(report["ci95"].as_array().map(Vec::len), Some(2));
    let plan = &report["plan"];
    assert_eq!(plan["budget_ms"], 20.0);
    let times = ["p50_ms", "p99_ms", "max_ms"].map(|key| plan[key].as_f64().expect(key));
    assert!(
        times[0] > 0.0 && times.is_sorted(),
        "quantiles out of order: {times:?}"
    );
    assert_eq!(report["model_steps_per_plan"], 32.0);
    assert!(report["ticks"].is_null(), "no real ticks on the fast clock");
    let paired = &report["paired"][0];
    assert_eq!(paired["against"], "precision=f32");
    let arithmetic = paired["arithmetic"].as_str();
    assert!(
        arithmetic.is_some_and(|name| name.starts_with("f32")),
        "{text}"
    );
    assert_eq!(paired["n"], 2);
    for key in ["failures", "failures_against", "more_failures", "mcnemar_p"] {
        assert!(paired[key].is_number(), "{key}: {text}");
    }
    assert!(paired["lost_seeds"].is_array() && paired["summary"]["success"].is_number());
    let names = report["floors"].as_array().expect("floors").iter();
    let names: Vec<&str> = names.filter_map(|floor| floor["name"].as_str()).collect();
    assert_eq!(
        names,
        ["random_actions", "standing_still", "raw_latent_distance"]
    );
}

#[test]
fn eval_refuses_a_pair_that_is_none() {
    let eval = |against: &str, says: &str| {
        refuses(&["eval", "arm", "--against", against], 2, says);
    };
    eval("clock=fast", "name something that differs");
    eval("clok=wall", "did you mean clock?");
    eval("precision=int4", "expected one of package, f32, int8");
    eval("planner.candidates=8", "name something that differs");
    eval("planner.candidats=16", "planner.candidates");
    refuses(&["eval", "arm", "--against", "model=amr"], 3, "arm");
}

#[test]
fn bench_measures_every_stage() {
    for (what, stages) in [
        (
            "plan",
            &["convert", "encode", "belief", "search", "image to command"][..],
        ),
        ("encode", &["convert 64x64", "convert 640x480"]),
    ] {
        let output = forerun(&["bench", what, "--repetitions", "10", "--json"]);
        let text = String::from_utf8_lossy(&output.stdout);
        let report: serde_json::Value = serde_json::from_str(&text).expect("one JSON object");
        assert_eq!(report["machine"]["forerun"], env!("CARGO_PKG_VERSION"));
        let found = report["stages"].as_array().expect("stages");
        for name in stages {
            let stage = found.iter().find(|stage| stage["name"] == *name);
            let stage = stage.unwrap_or_else(|| panic!("no stage {name}: {text}"));
            assert!(stage["n"].as_u64().is_some_and(|n| n >= 10), "{text}");
            let times = ["p50_us", "p99_us", "max_us"].map(|key| stage[key].as_f64());
            assert!(
                times[0] > Some(0.0) && times.is_sorted(),
                "{name}: {times:?}"
            );
        }
    }
    refuses(&["bench", "plan", "--repetitions", "1"], 2, "10..=1000000");
}
