//! The viewer's program: started, deaf, broken, hung, and the real one.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use forerun::runtime::Observer;
use forerun::viewer::{VERSION, Viewer, ViewerError};
use nix::sys::signal::Signal;

use super::fake_viewer::{DEAF, FakeViewer};
use super::live::{NOT_HANGING, large_events};
use super::rrd::Rrd;
use super::{SECONDS, SEED, robot, scene, session};

/// Rerun's usual port.
const USUAL: u16 = 9876;

/// One viewer at a time: they all want the same port.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was logged by any thread of this binary.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct ToLog;

impl Write for ToLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn keep_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(|| ToLog)
            .init();
    });
}

/// True if a line of the log names `what` and says `says`.
fn logged(what: &str, says: &str) -> bool {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let text = String::from_utf8_lossy(&log).into_owned();
    text.lines()
        .any(|line| line.contains(what) && line.contains(says))
}

fn refusal(fake: &FakeViewer) -> String {
    match Viewer::live(&fake.program(), scene()) {
        Err(why @ ViewerError::Program { .. }) => why.to_string(),
        Err(why) => panic!("another error: {why}"),
        Ok(_) => panic!("it was taken for a viewer"),
    }
}

#[test]
fn a_program_that_is_not_there_is_refused_by_name() {
    let program = Path::new("/nowhere/rerun");
    let Err(why) = Viewer::live(program, scene()) else {
        panic!("a program that isn't there was started");
    };
    assert!(why.to_string().contains("/nowhere/rerun"), "{why}");
    assert!(why.to_string().contains("pip install"), "{why}");
}

#[test]
fn a_program_that_ends_at_once_is_refused_with_its_status() {
    let _alone = alone();
    let why = refusal(&FakeViewer::new("exit 3"));
    assert!(
        why.contains("exit status: 3") && why.contains("pip install"),
        "{why}"
    );
    let why = refusal(&FakeViewer::new("kill -9 $$"));
    assert!(why.contains("signal: 9"), "{why}");
}

#[test]
fn a_program_that_ends_well_but_leaves_no_viewer_is_refused() {
    let _alone = alone();
    let why = refusal(&FakeViewer::new("exit 0"));
    assert!(why.contains("nobody listens on port"), "{why}");
}

#[test]
fn a_program_that_does_not_say_its_version_is_refused_in_seconds() {
    let start = Instant::now();
    let why = refusal(&FakeViewer::with_version("sleep 600", "exit 0"));
    assert!(
        why.contains("version") && start.elapsed() < NOT_HANGING,
        "{why}"
    );
    let why = refusal(&FakeViewer::with_version(
        "echo I am no viewer; exit 0",
        "exit 0",
    ));
    assert!(why.contains("version"), "{why}");
}

#[test]
fn another_version_is_tried_and_said() {
    let _alone = alone();
    keep_log();
    let fake = FakeViewer::with_version("echo rerun-cli 0.1.2; exit 0", DEAF);
    Viewer::live(&fake.program(), scene())
        .expect("a viewer")
        .finish();
    let program = fake.program().display().to_string();
    assert!(logged(&program, "version 0.1.2") && logged(&program, VERSION));
}

#[test]
fn a_viewer_that_takes_everything_and_answers_nothing_is_left_behind_and_said() {
    let _alone = alone();
    keep_log();
    let fake = FakeViewer::new(DEAF);
    let mut viewer = Viewer::live(&fake.program(), scene()).expect("a viewer");
    let start = Instant::now();
    for event in &large_events() {
        viewer.observe(event);
    }
    viewer.finish();
    assert!(start.elapsed() < NOT_HANGING, "{:?}", start.elapsed());
    let name = format!("viewer at 127.0.0.1:{}", fake.port().expect("started"));
    let said = ["did not take everything", "does not read", "too slow"];
    assert!(
        said.iter().any(|says| logged(&name, says)),
        "nothing was said of {name}"
    );
}

#[test]
fn a_port_that_somebody_else_holds_is_left_alone() {
    let _alone = alone();
    // If it can't be had, somebody holds it already.
    let _held = TcpListener::bind(("127.0.0.1", USUAL));
    let fake = FakeViewer::new(DEAF);
    let mut viewer = Viewer::live(&fake.program(), scene()).expect("a viewer");
    viewer.finish();
    let port = fake.port().expect("started");
    assert_ne!(port, USUAL);
}

/// The viewer that `tests/picture` installs; `None` leaves its tests out, and says so.
fn real_viewer() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../viewer-venv");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/viewer-venv");
    let program = "lib/python3.11/site-packages/rerun_sdk/rerun_cli/rerun";
    let found = [venv, here].map(|venv| venv.join(program));
    let found = found.into_iter().find(|program| program.is_file());
    if found.is_none() {
        eprintln!("left out: no viewer in target/viewer-venv; `tests/picture` installs it");
    }
    found
}

/// The real program, taking what a viewer would take into a file.
fn saving(program: &Path, file: &Path) -> FakeViewer {
    FakeViewer::new(&format!(
        "exec {} \"$@\" --save {}",
        program.display(),
        file.display()
    ))
}

#[test]
fn the_real_viewer_gets_everything() {
    let Some(program) = real_viewer() else { return };
    let _alone = alone();
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("taken.rrd");
    let real = saving(&program, &file);
    let mut viewer = Viewer::live(&real.program(), scene()).expect("a viewer");
    let events = session::events(&robot(), SECONDS, SEED);
    for chunk in events.chunks(100) {
        chunk.iter().for_each(|event| viewer.observe(event));
        std::thread::sleep(Duration::from_millis(5));
    }
    viewer.finish();
    assert_eq!(viewer.dropped(), 0);
    settle(&file);
    real.signal(Signal::SIGINT);
    settle(&file);
    let taken = Rrd::open(&file);
    let sent = taken.scalars("/joints/shoulder/command/sent");
    assert_eq!(sent.len(), (SECONDS * 200.0) as usize);
    assert!(taken.entities().contains("/world/imagined/chosen") && taken.activated);
}

/// Waits until a file that somebody writes has stopped growing.
fn settle(file: &Path) {
    let (mut size, mut since) = (0, Instant::now());
    let deadline = Instant::now() + NOT_HANGING;
    while since.elapsed() < Duration::from_secs(1) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
        let now = file.metadata().map_or(0, |data| data.len());
        if now != size {
            (size, since) = (now, Instant::now());
        }
    }
}

#[test]
fn the_real_viewer_may_hang_in_the_middle() {
    let Some(program) = real_viewer() else { return };
    let _alone = alone();
    keep_log();
    let folder = tempfile::tempdir().expect("folder");
    let real = saving(&program, &folder.path().join("taken.rrd"));
    let mut viewer = Viewer::live(&real.program(), scene()).expect("a viewer");
    let events = large_events();
    let (before, after) = events.split_at(events.len() / 2);
    before.iter().for_each(|event| viewer.observe(event));
    std::thread::sleep(Duration::from_millis(500));
    real.signal(Signal::SIGSTOP);
    let start = Instant::now();
    after.iter().for_each(|event| viewer.observe(event));
    viewer.finish();
    assert!(start.elapsed() < NOT_HANGING, "{:?}", start.elapsed());
    let name = format!("viewer at 127.0.0.1:{}", real.port().expect("started"));
    let said = ["did not take everything", "does not read", "too slow"];
    assert!(
        said.iter().any(|says| logged(&name, says)),
        "nothing was said of {name}"
    );
}
