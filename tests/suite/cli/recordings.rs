//! Where recordings go, and what is said when they can't.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use forerun::recording::{Content, Recording};
use forerun::runtime::is_ignored;
use forerun::sensing::Message;
use nix::sys::signal::Signal;

use super::{forerun, refuses};

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The formats that this build records.
const FORMATS: &[&str] = if cfg!(feature = "viewer") {
    &["rrd", "mcap"]
} else {
    &["mcap"]
};

#[test]
fn a_place_that_cannot_be_written_is_refused_before_anything_moves() {
    let folder = tempfile::tempdir().expect("a folder");
    for format in FORMATS {
        let name = format!("run.{format}");
        let missing = text(&folder.path().join("no/such").join(&name));
        refuses(&["run", "--record", &missing], 2, "found no folder");
        let taken = folder.path().join(&name);
        std::fs::create_dir(&taken).expect("a folder");
        refuses(&["run", "--record", &text(&taken)], 2, "found a folder");
        // Nobody may make files there, whoever he is.
        let read_only = format!("/sys/{name}");
        refuses(&["run", "--record", &read_only], 2, &read_only);
        let device = folder.path().join(format!("device.{format}"));
        symlink("/dev/null", &device).expect("a link");
        refuses(&["run", "--record", &text(&device)], 2, "found a device");
    }
}

#[test]
fn a_name_that_says_no_format_is_refused_with_those_that_there_are() {
    for name in ["run.bag", "run", "run.RRD.gz"] {
        refuses(&["run", "--record", name], 2, ".mcap");
    }
}

#[cfg(not(feature = "viewer"))]
#[test]
fn without_a_viewer_there_is_no_rrd() {
    refuses(
        &["run", "--record", "run.rrd"],
        2,
        "this build has no viewer",
    );
}

fn collect(file: &Path, options: &[&str]) -> Output {
    let file = text(file);
    forerun(&[&["collect", "arm", "--out", &file][..], options].concat())
}

#[test]
fn what_is_collected_is_what_the_recipe_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("arm.mcap");
    let output = collect(
        &file,
        &[
            "--seconds",
            "5",
            "--seed",
            "3",
            "--camera-rate",
            "20",
            "--size",
            "32x24",
        ],
    );
    assert!(output.status.success(), "{output:?}");
    let recording = Recording::open(&file).expect("a recording");
    let header = recording.header().expect("its own recording");
    assert_eq!((header.robot.as_str(), header.seed.as_str()), ("arm", "3"));
    assert_eq!(header.axes, ["shoulder", "elbow"]);
    assert_eq!(header.units, ["rad/s", "rad/s"]);

    let (mut frames, mut joints, mut commands, mut fastest) = (0, 0, 0, 0.0f64);
    for (index, entry) in recording.entries().expect("a recording").enumerate() {
        let entry = entry.expect("readable");
        match entry.content {
            Content::Description(urdf) => {
                assert_eq!(index, 0);
                assert!(urdf.contains("<robot"));
            }
            Content::Sensor(Message::Image(image)) => {
                assert_eq!((image.width, image.height), (32, 24));
                assert!(
                    image.stamp < entry.time,
                    "a picture is seen after it is taken"
                );
                frames += 1;
            }
            Content::Sensor(Message::Joints(message)) => {
                assert_eq!(*message.names, ["shoulder", "elbow"]);
                joints += 1;
            }
            Content::Sensor(Message::Odometry(_) | Message::Imu(_)) => {
                panic!("an arm has no odometry")
            }
            Content::Command(action) => {
                fastest = fastest.max(action.max_abs());
                commands += 1;
            }
        }
    }
    assert!((85..=100).contains(&frames) && joints >= 499 && commands == 1000);
    assert!((0.5..=2.0).contains(&fastest), "{fastest}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains(&format!("{frames} frames")) && said.contains("1000 commands"),
        "{said}"
    );
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("readable")
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn the_same_seed_collects_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = |name: &str, seed: &str| {
        let file = folder.path().join(name);
        assert!(
            collect(&file, &["--seconds", "2", "--seed", seed])
                .status
                .success()
        );
        std::fs::read(file).expect("readable")
    };
    assert_eq!(bytes("a.mcap", "4"), bytes("b.mcap", "4"));
    assert_ne!(bytes("c.mcap", "4"), bytes("d.mcap", "5"));
}

/// Runs `forerun` where no file may grow beyond `kib`: what a full disk does, for any user.
fn confined(kib: u32, arguments: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_forerun");
    let script = format!("trap '' XFSZ; ulimit -f {kib}; exec {program} {arguments}");
    Command::new("bash")
        .args(["-c", &script])
        .output()
        .expect("bash")
}

#[test]
fn a_disk_that_fills_up_leaves_no_recording_that_looks_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("arm.mcap");
    std::fs::write(&file, b"an older recording").expect("written");
    let output = confined(
        256,
        &format!("collect arm --seconds 60 --out {}", file.display()),
    );
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("can't be written") && said.contains("has room"),
        "{said}"
    );
    assert_eq!(
        std::fs::read(&file).expect("untouched"),
        b"an older recording"
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("readable").count(),
        1
    );
}

#[test]
fn collecting_where_nothing_can_be_written_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("no/such/arm.mcap");
    refuses(
        &["collect", "arm", "--out", &text(&missing)],
        2,
        "found no folder",
    );
    refuses(
        &["collect", "arm", "--out", &text(folder.path())],
        2,
        "found a folder",
    );
    refuses(
        &["collect", "arm", "--out", "/sys/arm.mcap"],
        2,
        "/sys/arm.mcap",
    );
    refuses(&["collect", "arm", "--seconds", "0"], 2, "--seconds");
    refuses(
        &["collect", "arm", "--camera-rate", "nan"],
        2,
        "camera_rate",
    );
    refuses(&["collect", "leg"], 2, "expected one of: arm");
}

/// Collects until `signal` comes, in a process that ignores SIGHUP or not; gives the exit status, and whether nothing is
/// left behind.
fn interrupted(
    program: &str,
    before: &[&str],
    ignores: bool,
    signal: Signal,
) -> (Option<i32>, bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("arm.mcap");
    let mut child = Command::new(program)
        .args(before)
        .args(["collect", "arm", "--seconds", "100000", "--out"])
        .arg(&file)
        .spawn()
        .expect("the binary runs");
    while std::fs::read_dir(folder.path()).expect("readable").count() == 0 {
        assert!(
            child.try_wait().expect("a child").is_none(),
            "it ended before it began"
        );
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let process = format!("/proc/{}/status", child.id());
    let process = std::fs::read_to_string(process).expect("a child");
    assert_eq!(is_ignored(&process, Signal::SIGHUP as i32), ignores);
    let pid = nix::unistd::Pid::from_raw(child.id() as i32);
    nix::sys::signal::kill(pid, signal).expect("a child");
    let status = child.wait().expect("a child");
    let left = std::fs::read_dir(folder.path()).expect("readable").count();
    (status.code(), left == 0)
}

#[test]
fn an_interrupted_collection_leaves_nothing_behind() {
    let forerun = env!("CARGO_BIN_EXE_forerun");
    let ours = std::fs::read_to_string("/proc/self/status").expect("this process");
    let ignores = is_ignored(&ours, Signal::SIGHUP as i32);
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGHUP, 129)] {
        // Under nohup there is nothing to see.
        if signal == Signal::SIGHUP && ignores {
            continue;
        }
        let ended = interrupted(forerun, &[], ignores, signal);
        assert_eq!(ended, (Some(status), true));
    }
}

/// A terminal that closed, a pipe whose reader went: nobody hears what is said any more.
#[test]
fn a_recording_is_whole_though_nobody_listens() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("arm.mcap");
    let mut child = Command::new(env!("CARGO_BIN_EXE_forerun"))
        .args(["run", "arm", "--goals", "100", "--record"])
        .arg(&file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop((child.stdout.take(), child.stderr.take()));
    while !file.metadata().is_ok_and(|file| file.len() > 0) {
        assert_eq!(child.try_wait().expect("a child"), None, "it goes on");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let pid = nix::unistd::Pid::from_raw(child.id() as i32);
    nix::sys::signal::kill(pid, Signal::SIGINT).expect("a child");
    assert_eq!(child.wait().expect("a child").code(), Some(130));
    let bytes = std::fs::read(&file).expect("a recording");
    assert!(bytes.ends_with(b"\x89MCAP0\r\n"), "{} bytes", bytes.len());
}

#[test]
fn a_report_that_can_not_be_written_is_a_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let params = Command::new(env!("CARGO_BIN_EXE_forerun"))
        .arg("params")
        .stdout(full.expect("a full disk"))
        .output()
        .expect("the binary runs");
    assert_eq!(params.status.code(), Some(1));
    let said = String::from_utf8_lossy(&params.stderr);
    assert!(said.contains("stdout can't be written"), "{said}");
}

#[test]
fn whoever_is_told_to_outlive_his_terminal_does() {
    let forerun = env!("CARGO_BIN_EXE_forerun");
    let script = ["-c", "trap '' HUP; exec \"$0\" \"$@\"", forerun];
    let ended = interrupted("sh", &script, true, Signal::SIGTERM);
    assert_eq!(ended, (Some(143), true));
}

fn pipe(folder: &Path, name: &str) -> PathBuf {
    let pipe = folder.join(name);
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo works");
    pipe
}

#[test]
fn what_is_no_plain_file_is_neither_written_nor_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe_itself = pipe(folder.path(), "pipe.mcap");
    let name = text(&pipe_itself);
    let says = "expected a file";
    refuses(&["collect", "--seconds", "1", "--out", &name], 2, says);
    refuses(&["run", "--record", &name], 2, says);
    refuses(&["robot", "arm", "--picture", "0,0", &name], 2, says);
    refuses(&["run", "--params-file", &name], 2, "plain file");
    pipe(folder.path(), "other.mcap.part");
    let beside = text(&folder.path().join("other.mcap"));
    refuses(&["collect", "--seconds", "1", "--out", &beside], 2, says);
    refuses(&["check", "README.md"], 3, "a folder with a manifest");
    let still = pipe_itself.metadata().expect("it is still there");
    assert!(!still.is_file(), "a pipe was replaced by a file");
}

#[test]
fn a_run_says_in_its_recording_what_it_thought() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.mcap");
    std::fs::write(&file, b"an older recording").expect("written");
    // Whether the goal is reached is another matter, on a machine that is busy.
    let output = forerun(&["run", "arm", "--goals", "1", "--record", &text(&file)]);
    assert!(
        [0, 1].contains(&output.status.code().expect("a status")),
        "{output:?}"
    );
    let bytes = std::fs::read(&file).expect("readable");
    let messages = mcap::MessageStream::new(&bytes).expect("an MCAP file");
    let mut counts = std::collections::BTreeMap::new();
    for message in messages {
        let message = message.expect("whole");
        *counts.entry(message.channel.topic.clone()).or_insert(0) += 1;
    }
    let count = |topic: &str| counts.get(topic).copied().unwrap_or(0);
    for (topic, least) in [
        ("/forerun/plan", 10),
        ("/forerun/transition", 3),
        ("/forerun/goal", 2),
        ("/forerun/goal_image", 1),
        ("/image", 20),
        ("/joint_states", 100),
        ("/command", 100),
    ] {
        assert!(count(topic) >= least, "{topic}: {counts:?}");
    }
    assert_eq!(count("/forerun/command") + count("/forerun/comparison"), 0);
    let recording = Recording::open(&file).expect("a recording");
    let entries = recording.entries().expect("a recording");
    let others = counts
        .iter()
        .filter(|(topic, _)| !topic.starts_with("/forerun/"));
    let others: usize = others.map(|(_, count)| count).sum();
    assert_eq!(
        entries.inspect(|entry| assert!(entry.is_ok())).count(),
        others
    );
}

#[test]
fn arguments_for_ros_are_refused_where_nobody_reads_them() {
    for verb in [
        &["run", "arm"][..],
        &["eval", "arm"],
        &["collect", "arm"],
        &["check", "arm"],
        &["bench", "plan"],
        &["params", "run"],
        &["robot", "arm", "--picture", "0,0", "goal.png"],
    ] {
        let ros = ["--ros-args", "-p", "planner.candidates:=8"];
        refuses(&[verb, &ros].concat(), 2, "only node and robot");
    }
}
