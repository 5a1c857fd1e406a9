//! A viewer that is missing, late, deaf or hung holds nobody up.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use forerun::runtime::{Event, Observer};
use forerun::viewer::Viewer;

use super::{SECONDS, SEED, robot, scene, session};

#[test]
fn a_program_that_is_no_viewer_is_refused_by_name() {
    let program = Path::new("/nowhere/rerun");
    let Err(why) = Viewer::live(program, scene()) else {
        panic!("a program that isn't there was started");
    };
    assert!(why.to_string().contains("/nowhere/rerun"), "{why}");
    assert!(why.to_string().contains("pip install"), "{why}");
}

/// Streams everything to `address` and finishes; returns how long both took.
fn stream(address: &str) -> Duration {
    let mut events = session::events(&robot(), SECONDS, SEED);
    for event in &mut events {
        if let Event::Frame(frame) = event {
            enlarge(frame);
        }
    }
    let mut viewer = Viewer::connect(address, scene()).expect("stream");
    let start = Instant::now();
    for event in &events {
        viewer.observe(event);
    }
    viewer.finish();
    start.elapsed()
}

/// Large frames fill every buffer on the way.
fn enlarge(frame: &mut forerun::sensing::RawImage) {
    let (width, height) = (640, 480);
    frame.data = (0..width * height * 3)
        .map(|byte| (byte * 7 % 251) as u8)
        .collect();
    (frame.width, frame.height, frame.step) = (width, height, width * 3);
}

/// A bound that only a hang can break.
const NOT_HANGING: Duration = Duration::from_secs(20);

#[test]
fn a_viewer_that_never_reads_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    let address = listener.local_addr().expect("address").to_string();
    let accepting = std::thread::spawn(move || listener.accept().map(|accepted| accepted.0));
    let took = stream(&address);
    assert!(took < NOT_HANGING, "{took:?}");
    let accepted = accepting.join().expect("listener");
    assert!(accepted.is_ok(), "the viewer was never connected to");
}

#[test]
fn no_viewer_at_all_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    let address = listener.local_addr().expect("address").to_string();
    drop(listener);
    let took = stream(&address);
    assert!(took < NOT_HANGING, "{took:?}");
}
