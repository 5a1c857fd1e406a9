//! `forerun run` from outside, on the wall clock, in a binary of its own: who looks on must not matter.

#[cfg(feature = "viewer")]
#[path = "support/fake_viewer.rs"]
mod fake_viewer;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use forerun::recording::{Content, Recording};
use forerun::sensing::Message;

/// One run at a time: real time is what is tested.
static ALONE: Mutex<()> = Mutex::new(());

/// One goal with a recording, where no file may grow beyond `kib`.
fn run(record: &Path, kib: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_forerun");
    let script = format!(
        "trap '' XFSZ; ulimit -f {kib}; exec {program} run --goals 1 --record {}",
        record.display()
    );
    Command::new("bash")
        .args(["-c", &script])
        .output()
        .expect("bash")
}

#[test]
fn a_run_is_recorded_in_what_ros_tools_read() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.mcap");
    let output = run(&file, "unlimited");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let recording = Recording::open(&file).expect(&said);
    assert_eq!(recording.header().expect("its own").robot, "arm");
    let entries: Vec<_> = recording
        .entries()
        .expect("a recording")
        .map(|entry| entry.expect("readable"))
        .collect();
    let count =
        |is: fn(&Content) -> bool| entries.iter().filter(|entry| is(&entry.content)).count();
    assert_eq!(
        count(|content| matches!(content, Content::Description(_))),
        1
    );
    let images = count(|content| matches!(content, Content::Sensor(Message::Image(_))));
    let joints = count(|content| matches!(content, Content::Sensor(Message::Joints(_))));
    let commands = count(|content| matches!(content, Content::Command(_)));
    assert!(
        images > 10 && joints > images && commands > joints,
        "{images}, {joints}, {commands}"
    );
    // Thoughts among them, which are nobody's inputs.
    let bytes = std::fs::read(&file).expect("readable");
    let messages = mcap::MessageStream::new(&bytes).expect("MCAP").count();
    assert!(messages > entries.len() + 20, "{messages}: {said}");
    assert!(
        said.contains(&format!("run.mcap: {messages} messages")),
        "{said}"
    );
    for entry in &entries {
        if let Content::Sensor(Message::Image(image)) = &entry.content {
            assert!(
                image.stamp < entry.time,
                "a picture arrives after it was taken"
            );
        }
    }
}

#[test]
fn a_disk_that_fills_up_is_said_once_while_the_robot_goes_on_and_at_the_end() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let formats: &[&str] = if cfg!(feature = "viewer") {
        &["mcap", "rrd"]
    } else {
        &["mcap"]
    };
    for format in formats {
        let file = folder.path().join(format!("run.{format}"));
        let output = run(&file, "96");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let result = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(result.contains("of 1 goals reached"), "{format}: {said}");
        let warnings = said.lines().filter(|line| !line.starts_with("forerun: "));
        let warned = warnings.filter(|line| line.contains("File too large"));
        assert_eq!(warned.count(), 1, "{format}: {said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("forerun: --record") && last.ends_with("it is incomplete"),
            "{format}: {said}"
        );
        assert_eq!(output.status.code(), Some(1), "{format}: {said}");
    }
}

#[cfg(feature = "viewer")]
mod viewers {
    use super::*;
    use fake_viewer::{DEAF, FakeViewer};

    /// One goal in a folder of its own, with `fake` as the `rerun` on the path and a screen to show it on.
    fn run_with(fake: &FakeViewer, folder: &Path) -> (String, String) {
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new(env!("CARGO_BIN_EXE_forerun"))
            .args(["run", "--goals", "1", "--model"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/arm"))
            .current_dir(folder)
            .env("PATH", format!("{}:{path}", fake.folder().display()))
            .env("DISPLAY", ":99")
            .output()
            .expect("the binary runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    }

    #[test]
    fn a_viewer_that_hangs_does_not_hold_up_the_run_and_is_said() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("a folder");
        let fake = FakeViewer::new(DEAF);
        let began = std::time::Instant::now();
        let (result, said) = run_with(&fake, folder.path());
        assert!(result.contains("of 1 goals reached"), "{said}");
        assert!(said.contains("viewer at 127.0.0.1"), "{said}");
        // Two attempts of 15 s, and seconds to end: only a hang takes longer.
        assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
    }

    #[test]
    fn a_viewer_that_does_not_start_is_said_and_a_recording_made_instead() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("a folder");
        let fake = FakeViewer::new("exit 3");
        let (result, said) = run_with(&fake, folder.path());
        assert!(result.contains("of 1 goals reached"), "{said}");
        assert!(
            said.contains("exit status: 3") && said.contains("rerun ./arm.rrd"),
            "{said}"
        );
        assert!(
            folder
                .path()
                .join("arm.rrd")
                .metadata()
                .is_ok_and(|data| data.len() > 100_000)
        );
    }
}

/// In another room, of which the package's map does not know every place.
#[test]
fn a_run_goes_on_after_a_goal_that_is_refused() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_forerun"));
    command.args(["run", "rover", "--goals", "2", "--seed", "5010", "--record"]);
    command.arg(folder.path().join("run.mcap"));
    for rule in [
        "rover.goals=point",
        "rover.layout=3",
        "goal.time_limit=0.5",
        "run.retries=1",
    ] {
        command.args(["--set", rule]);
    }
    let output = command.output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("goal 1: refused: goal: point: found"),
        "{said}"
    );
    // Not a second time; the next one is tried again.
    assert!(!said.contains("goal 1: not reached, once more"), "{said}");
    assert!(said.contains("goal 2: not reached, once more"), "{said}");
    let result = String::from_utf8_lossy(&output.stdout);
    assert!(result.contains("0 of 2 goals reached"), "{result}");
}
