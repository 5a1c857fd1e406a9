//! A viewer that never came or never reads holds nobody up.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use forerun::runtime::{Event, Observer};
use forerun::viewer::Viewer;

use super::{SECONDS, SEED, robot, scene, session};

/// A session's events with frames so large that they fill every buffer on the way.
pub fn large_events() -> Vec<Event> {
    let mut events = session::events(&robot(), SECONDS, SEED);
    for event in &mut events {
        if let Event::Frame(frame) = event {
            enlarge(frame);
        }
    }
    events
}

fn enlarge(frame: &mut forerun::sensing::RawImage) {
    let (width, height) = (640, 480);
    frame.data = (0..width * height * 3)
        .map(|byte| (byte * 7 % 251) as u8)
        .collect();
    (frame.width, frame.height, frame.step) = (width, height, width * 3);
}

/// Streams everything to `address` and finishes; returns how long both took.
fn stream(address: &str) -> Duration {
    let events = large_events();
    let mut viewer = Viewer::connect(address, scene()).expect("stream");
    let start = Instant::now();
    for event in &events {
        viewer.observe(event);
    }
    viewer.finish();
    start.elapsed()
}

/// A bound that only a hang can break.
pub const NOT_HANGING: Duration = Duration::from_secs(20);

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
