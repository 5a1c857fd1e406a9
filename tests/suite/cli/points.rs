//! Goals that are points, judged by the truth.

use serde_json::Value;

use super::forerun;

fn eval(robot: &str, episodes: &str) -> Value {
    let goals = format!("{robot}.goals=point");
    let output = forerun(&[
        "eval",
        robot,
        "--episodes",
        episodes,
        "--seed",
        "5000",
        "--set",
        &goals,
        "--json",
    ]);
    let text = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&text);
    report.unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn success(report: &Value) -> f64 {
    assert_eq!(report["stops"], 0, "{report}");
    report["success"].as_f64().expect("a number")
}

/// Straight at the point a fifth of them would end where the arm can't go on.
#[test]
fn the_arm_finds_its_way_to_points() {
    let report = eval("arm", "40");
    assert!(success(&report) >= 0.97, "{report}");
}

/// Straight at the point a third of them would end at a wall.
#[test]
fn the_rover_finds_its_way_to_points_and_knows_when_it_is_there() {
    let report = eval("rover", "30");
    assert!(success(&report) >= 0.9, "{report}");
    let wrong = report["false_arrivals"].as_u64().expect("a number");
    assert!(wrong <= 2, "{report}");
}

/// In another room, of which the package's map does not know every place.
#[test]
fn a_goal_that_is_refused_is_a_failed_episode_and_not_the_end() {
    let eval = |more: &[&str]| {
        let told = [
            "eval",
            "rover",
            "--episodes",
            "12",
            "--seed",
            "5000",
            "--set",
            "rover.goals=point",
            "--set",
            "rover.layout=3",
            "--set",
            "rover.time_limit=0.5",
        ];
        let output = forerun(&[&told[..], more].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let report: Value = serde_json::from_str(&eval(&["--json"])).expect("one JSON object");
    let refused = report["refused_seeds"].as_array().expect("a list");
    assert_eq!(report["n"], 12, "{report}");
    assert_eq!(report["refusals"], refused.len(), "{report}");
    assert!((1..12).contains(&refused.len()), "{report}");
    let failed = report["failed_seeds"].as_array().expect("a list");
    for one in refused {
        let reason = one["reason"].as_str().expect("text");
        assert!(
            reason.contains("from any place that the model knows"),
            "{reason}"
        );
        assert!(failed.contains(&one["seed"]), "{report}");
    }
    let text = eval(&[]);
    let line = format!("goals refused        {}\n", refused.len());
    assert!(text.contains(&line), "{text}");
    let first = &refused[0];
    let said = format!(
        "seed {}: {}",
        first["seed"],
        first["reason"].as_str().expect("text")
    );
    assert!(text.contains(&said), "{text}");
}
