//! The package's URDF against its manifest, and against reason; hashes are right.

use std::time::{Duration, Instant};

use super::package::{Draft, URDF, refused};

/// The good package with `from` replaced in its URDF, which must be refused for `field`.
fn spoilt(from: &str, to: &str, field: &str, found: &str) {
    let text = std::str::from_utf8(URDF).unwrap();
    assert!(text.contains(from), "{from}");
    let draft = Draft::good().replace("robot.urdf", Some(text.replace(from, to).into_bytes()));
    let begin = Instant::now();
    let error = refused(&draft, "robot.urdf", field);
    assert!(begin.elapsed() < Duration::from_secs(2), "{error}");
    assert!(error.found.contains(found), "{error}");
    assert!(
        !error.expected.is_empty() && !error.remedy.is_empty(),
        "{error}"
    );
}

#[test]
fn no_urdf() {
    for (content, field) in [
        (&b""[..], "line 1"),
        (&[0xff; 3_000], "text"),
        (b"<robot name=\"r\"/>", "robot"),
    ] {
        refused(
            &Draft::good().replace("robot.urdf", Some(content.to_vec())),
            "robot.urdf",
            field,
        );
    }
    let nested = format!("{}{}</robot>", "<a>".repeat(20_000), "</a>".repeat(20_000));
    spoilt("</robot>", &nested, "line", "deeper");
    let nested = format!(
        "{}{}</robot>",
        "<a>".repeat(150_000),
        "</a>".repeat(150_000)
    );
    spoilt("</robot>", &nested, "file", "bytes");
    spoilt(
        "<robot",
        "<!DOCTYPE r [<!ENTITY a \"x\">]><robot",
        "line",
        "document type",
    );
}

#[test]
fn another_robot() {
    spoilt(
        "name=\"elbow\"",
        "name=\"wrist\"",
        "moving joints",
        "shoulder, wrist",
    );
    spoilt(
        "name=\"shoulder\" type=\"revolute\"",
        "name=\"shoulder\" type=\"fixed\"",
        "moving joints",
        "elbow",
    );
    spoilt(
        "name=\"elbow\" type=\"revolute\"",
        "name=\"elbow\" type=\"prismatic\"",
        "joint elbow",
        "m/s",
    );
    spoilt(
        "name=\"elbow\"",
        "name=\"shoulder\"",
        "joint shoulder",
        "two joints",
    );
}

#[test]
fn other_limits() {
    spoilt(
        "lower=\"-2.4\"",
        "lower=\"-2.5\"",
        "joint elbow: limit lower",
        "-2.5",
    );
    spoilt(
        "upper=\"2.4\"",
        "upper=\"2.3\"",
        "joint elbow: limit upper",
        "2.3",
    );
    spoilt(
        "velocity=\"2.0\"",
        "velocity=\"3.0\"",
        "joint shoulder: limit velocity",
        "3.0",
    );
    spoilt(
        "velocity=\"2.0\"",
        "velocity=\"1e308\"",
        "joint shoulder: limit velocity",
        "1e308",
    );
    spoilt(
        "acceleration=\"20.0\"",
        "acceleration=\"2.0\"",
        "joint shoulder: limit acceleration",
        "2.0",
    );
    spoilt(
        "lower=\"-2.4\" upper=\"2.4\" ",
        "upper=\"2.4\" ",
        "joint elbow: limit lower",
        "no such attribute",
    );
}

#[test]
fn a_joint_without_an_end_is_not_the_one_with_ends() {
    spoilt(
        "name=\"elbow\" type=\"revolute\"",
        "name=\"elbow\" type=\"continuous\"",
        "joint elbow: limit lower",
        "-inf",
    );
}

#[test]
fn an_acceleration_limit_may_be_unsaid() {
    let text = std::str::from_utf8(URDF).unwrap();
    let text = text.replace(" acceleration=\"20.0\"", "");
    let draft = Draft::good().replace("robot.urdf", Some(text.into_bytes()));
    let folder = tempfile::tempdir().unwrap();
    draft.write(folder.path());
    super::package::open(folder.path()).unwrap();
}

#[test]
fn extreme_numbers_are_told_in_short() {
    let error = refused(
        &Draft::good().set("model.period", 1e-300),
        "manifest.toml",
        "model.period",
    );
    assert_eq!(error.found, "1e-300");
}
