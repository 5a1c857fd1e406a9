//! The verbs on the second robot: what it collects, how it is judged, and where.

use std::path::Path;

use forerun::recording::{Content, Recording};
use forerun::sensing::Message;
use serde_json::Value;

use super::packages::changed;
use super::{forerun, refuses};

/// The shipped package in `folder` with its manifest changed.
fn relabelled(folder: &Path, change: impl FnOnce(String) -> String) {
    changed("rover", folder, "robot.urdf", |urdf| urdf);
    let file = folder.join("manifest.toml");
    let manifest = std::fs::read_to_string(&file).expect("readable");
    std::fs::write(file, change(manifest)).expect("written");
}

/// The shipped package in `folder` with `from` in its URDF replaced.
fn described(folder: &Path, from: &str, to: &str) -> String {
    changed("rover", folder, "robot.urdf", |urdf| {
        let text = String::from_utf8(urdf).expect("UTF-8");
        assert!(text.contains(from), "{from}");
        text.replace(from, to).into_bytes()
    });
    folder.to_str().expect("UTF-8").to_owned()
}

/// The report of `check`, what it said beside it, and its exit status.
fn check(package: &str, episodes: &str) -> (Value, String, Option<i32>) {
    let output = forerun(&["check", package, "--json", "--episodes", episodes]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {said}"));
    (report, said, output.status.code())
}

/// Findings whose name holds `part`: passed, or not.
fn verdicts(report: &Value, part: &str) -> Vec<bool> {
    let all = ["findings", "quantization"].map(|list| report[list].as_array().expect("findings"));
    let all = all.into_iter().flatten();
    let named = |finding: &&Value| finding["name"].as_str().expect("a name").contains(part);
    all.filter(named)
        .map(|finding| finding["pass"] == true)
        .collect()
}

#[test]
fn the_shipped_package_passes_where_it_was_trained() {
    let (report, said, _) = check("rover", "2");
    let all = verdicts(&report, "").len();
    let late = verdicts(&report, " ms");
    let passed = verdicts(&report, "")
        .into_iter()
        .filter(|pass| *pass)
        .count();
    let late = late.into_iter().filter(|pass| !pass).count();
    assert_eq!(passed + late, all, "{report}");
    assert_eq!(verdicts(&report, "wall"), [true; 5], "{report}");
    assert!(!said.contains("never in"), "{said}");
}

/// A package is examined in its own room: one of room 1 that claims another knows nothing of that one's boxes.
#[test]
fn the_room_is_the_packages() {
    let folder = tempfile::tempdir().expect("a folder");
    relabelled(folder.path(), |manifest| {
        manifest.replace("\"rover-room-1\"", "\"rover-room-1-boxes-2\"")
    });
    let (report, said, status) = check(folder.path().to_str().expect("UTF-8"), "0");
    assert!(verdicts(&report, "wall").contains(&false), "{report}");
    assert_eq!(status, Some(1), "{said}");
}

#[test]
fn walls_of_an_unknown_room_are_not_judged_and_that_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    relabelled(folder.path(), |manifest| {
        manifest.replace("\"rover-room-1\"", "\"office-3\"")
    });
    let (report, said, _) = check(folder.path().to_str().expect("UTF-8"), "0");
    assert_eq!(verdicts(&report, "wall"), [] as [bool; 0], "{report}");
    assert!(said.contains("never in office-3"), "{said}");
}

#[test]
fn without_a_probe_a_package_is_examined_but_for_its_leak() {
    let folder = tempfile::tempdir().expect("a folder");
    relabelled(folder.path(), |manifest| {
        // Nor a map then, which its probe would place.
        let without = |text: String, from: &str, to: &str| {
            let (before, rest) = text.split_once(from).expect(from);
            let (_, after) = rest.split_once(to).expect(to);
            format!("{before}{to}{after}")
        };
        let manifest = without(manifest, "[graphs.probe]", "[golden]");
        without(manifest, "[map]", "[urdf]")
    });
    let (report, said, _) = check(folder.path().to_str().expect("UTF-8"), "0");
    assert_eq!(verdicts(&report, "wall"), [true; 3], "{report}");
    assert!(said.contains("no leak: the package has no probe"), "{said}");
}

#[test]
fn another_room_than_the_packages_is_said_once() {
    let eval = |more: &[&str]| {
        let output = forerun(&[&["eval", "rover", "--episodes", "1"][..], more].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    };
    let moved = ["--set", "rover.boxes=2"];
    let against = ["--against", "planner.candidates=9"];
    let said = eval(&[&moved[..], &against].concat());
    let warning = "trained in rover-room-1, not in rover-room-1-boxes-2";
    assert_eq!(said.matches(warning).count(), 1, "{said}");
    assert!(!eval(&[]).contains("trained in"));
    let said = eval(&[&moved[..], &["--detour", "1.2"]].concat());
    assert_eq!(said.matches(warning).count(), 1, "{said}");
}

#[test]
fn a_urdf_of_other_wheels_refuses_the_package() {
    let folder = tempfile::tempdir().expect("a folder");
    let wide = "<wheel_separation>0.44</wheel_separation>";
    let package = described(
        folder.path(),
        "<wheel_separation>0.22</wheel_separation>",
        wide,
    );
    refuses(&["check", &package], 3, "robot.urdf: wheels: found");
    let eval = ["eval", "rover", "--episodes", "1", "--model", &package];
    refuses(&eval, 3, "robot.couplings: found");
    let slow = described(folder.path(), "velocity=\"22.5\"", "velocity=\"20.0\"");
    refuses(&["check", &slow], 3, "robot.urdf: wheels: found");
    refuses(&eval, 3, "robot.couplings.velocity: found 0.9");
    // No drive at all.
    let still = described(
        folder.path(),
        "gz-sim-diff-drive-system",
        "gz-sim-imu-system",
    );
    refuses(
        &["check", &still],
        3,
        "robot.urdf: differential drive: found none",
    );
}

#[test]
fn what_it_collects_is_what_the_recipe_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rover.mcap");
    let out = file.to_str().expect("UTF-8");
    let output = forerun(&["collect", "rover", "--seconds", "5", "--out", out]);
    assert!(output.status.success(), "{output:?}");
    let recording = Recording::open(&file).expect("a recording");
    let header = recording.header().expect("its own recording");
    assert_eq!(header.robot, "rover");
    assert_eq!(header.layout, "rover-room-1");
    assert_eq!(header.axes, ["linear", "angular"]);
    assert_eq!(header.units, ["m/s", "rad/s"]);
    let (mut images, mut places, mut yaws, mut commands) = (0, 0, 0, 0);
    let mut farthest = 0.0f64;
    for entry in recording.entries().expect("a recording") {
        match entry.expect("readable").content {
            Content::Description(urdf) => assert!(urdf.contains("diff-drive")),
            Content::Sensor(Message::Image(_)) => images += 1,
            Content::Sensor(Message::Odometry(odometry)) => {
                farthest = farthest.max(odometry.pose[0].hypot(odometry.pose[1]));
                places += 1;
            }
            Content::Sensor(Message::Imu(_)) => yaws += 1,
            Content::Sensor(Message::Joints(_)) => panic!("a body has no joints"),
            Content::Command(_) => commands += 1,
        }
    }
    assert!((20..=25).contains(&images), "{images} pictures");
    assert!(places >= 490 && yaws > 0, "{places} places, {yaws} yaws");
    assert_eq!(commands, 1000);
    assert!(farthest > 0.1, "it never drove: {farthest} m");
}

#[test]
fn ways_around_are_compared_on_the_same_seeds() {
    let output = forerun(&[
        "eval",
        "rover",
        "--episodes",
        "2",
        "--detour",
        "1.5",
        "--json",
    ]);
    let text = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!(
        (&report["robot"], &report["detour"]),
        (&"rover".into(), &1.5.into())
    );
    let ways = report["ways"].as_array().expect("ways");
    let names: Vec<&str> = ways.iter().filter_map(|way| way["name"].as_str()).collect();
    assert_eq!(names, ["raw latent distance", "metric", "subgoals"]);
    assert!(ways.iter().all(|way| way["n"] == 2), "{text}");
}
