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
