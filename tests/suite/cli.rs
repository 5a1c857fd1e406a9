//! Mirrors `src/cli`: exit status and messages of the real binary.

mod parameters;

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
        &["eval", "rover", "--episodes", "1"],
        2,
        "expected one of: arm",
    );
}

#[test]
fn an_unknown_verb_or_flag_is_a_usage_error() {
    refuses(&["fly"], 2, "Usage");
    refuses(&["eval", "arm", "--epsodes", "3"], 2, "--episodes");
}

#[test]
fn an_unknown_model_is_a_refused_package() {
    refuses(&["run", "--model", "amr"], 3, "arm");
}

#[test]
fn a_goal_that_is_no_picture_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("goal.png");
    std::fs::write(&file, b"no picture").expect("a file");
    let path = file.to_string_lossy().into_owned();
    refuses(
        &["run", "--goal", &path],
        2,
        "expected a PNG or JPEG picture",
    );
    refuses(&["run", "--goal", "nowhere.png"], 2, "nowhere.png");
}

#[test]
fn a_photograph_outside_the_limits_is_refused_by_joint() {
    refuses(
        &["robot", "arm", "--picture", "3.0,0.0", "goal.png"],
        2,
        "shoulder",
    );
    refuses(
        &["robot", "arm", "--picture", "0.1", "goal.png"],
        2,
        "shoulder,elbow",
    );
}

#[test]
fn a_photograph_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("goal.png");
    let output = forerun(&[
        "robot",
        "arm",
        "--picture",
        "0.5,-0.9",
        &file.to_string_lossy(),
    ]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let picture = image::open(&file).expect("a picture").to_rgb8();
    assert_eq!(picture.dimensions(), (64, 64));
}
