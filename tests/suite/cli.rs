//! Mirrors `src/cli`: exit status and messages of the real binary.

mod parameters;
mod pictures;
mod recordings;

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
