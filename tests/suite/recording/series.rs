//! Mirrors `src/recording/series.rs`: a clock that is set.

use std::path::Path;
use std::sync::Arc;

use forerun::recording::{KEPT, Recorder, Timeline, Writer};
use forerun::robot::Axes;
use forerun::time::{Clock, ExternalClock, Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{URDF, at, header};

/// Topic, log time [s], payload of each message, in the order of the file.
fn messages(file: &Path) -> Vec<(String, f64, Vec<u8>)> {
    let bytes = std::fs::read(file).expect("readable");
    let stream = mcap::MessageStream::new(&bytes).expect("an MCAP file");
    let messages = stream.map(|message| message.expect("whole"));
    let messages = messages.map(|message| {
        let time = message.log_time as f64 * 1e-9;
        (message.channel.topic.clone(), time, message.data.to_vec())
    });
    messages.collect()
}

/// The numbers of a file's commands.
fn commands(file: &Path) -> Vec<f64> {
    let messages = messages(file).into_iter();
    let commands = messages.filter(|message| message.0 == "/command");
    let last = |bytes: &[u8]| f64::from_le_bytes(bytes[bytes.len() - 8..].try_into().expect("8"));
    commands.map(|message| last(&message.2)).collect()
}

fn number(value: f64) -> Axes {
    Axes::from_slice(&[0.0, value]).expect("two axes")
}

fn told(millis: i64) -> (Arc<ExternalClock>, Timeline) {
    let clock = Arc::new(ExternalClock::new(Span::from_secs(60.0)));
    clock.tell(at(millis));
    (clock.clone(), Timeline::ros(clock, Span::ZERO))
}

#[test]
fn a_clock_that_is_set_back_begins_the_next_file_and_one_that_is_set_ahead_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("drive.mcap");
    let (clock, timeline) = told(100_000);
    let writer = Writer::create_beside(&file, &header()).expect("made");
    let recorder = Recorder::start(writer, URDF, timeline).expect("started");
    let ear = recorder.ear();
    let fixed = KEPT
        .iter()
        .position(|kept| kept.latched)
        .expect("/tf_static");
    ear.kept(fixed, clock.now(), vec![7; 16]);
    ear.camera_frame(clock.now(), "front");
    let before = clock.now();
    ear.command(before, number(1.0));
    clock.tell(at(40_000));
    // Made before, heard of after.
    ear.command(before, number(2.0));
    ear.command(clock.now(), number(3.0));
    ear.command(before, number(4.0));
    clock.tell(at(500_000));
    ear.command(clock.now(), number(5.0));
    clock.tell(at(0));
    ear.command(clock.now(), number(6.0));
    ear.compressed(clock.now(), clock.now(), "jpeg".to_owned(), vec![0; 8]);
    let recorded = recorder.finish().expect("written");

    let names = ["drive.mcap", "drive-2.mcap", "drive-3.mcap"].map(|name| folder.path().join(name));
    assert_eq!(recorded.files, names);
    assert_eq!(recorded.lost, 2);
    let held: Vec<Vec<f64>> = names.iter().map(|file| commands(file)).collect();
    assert_eq!(held, [vec![1.0], vec![3.0, 5.0], vec![6.0]]);
    let mut count = 0;
    for (file, begin) in names.iter().zip([100.0, 40.0, 0.0]) {
        let messages = messages(file);
        let topics: Vec<_> = messages.iter().map(|message| message.0.as_str()).collect();
        assert_eq!(topics[..2], ["/robot_description", "/tf_static"]);
        assert!((messages[0].1 - begin).abs() < 1.0, "{} s", messages[0].1);
        assert_eq!(messages[1].2, [7; 16]);
        assert!(messages.is_sorted_by(|a, b| a.1 <= b.1));
        count += messages.len() as u64;
    }
    assert_eq!(recorded.messages, count);
    // Frames are called what they were.
    let picture = messages(&names[2]).pop().expect("a picture");
    assert!(picture.2.windows(5).any(|window| window == b"front"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    /// However the clock is set, time goes on in every file, and every command is in one of them, in order.
    #[test]
    fn in_no_file_time_goes_back(jumps in prop::collection::vec(0_i64..1_000_000, 0..6)) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("drive.mcap");
        let (clock, timeline) = told(500_000);
        let writer = Writer::create_beside(&file, &header()).expect("made");
        let recorder = Recorder::start(writer, URDF, timeline).expect("started");
        let ear = recorder.ear();
        let mut sent = 0.0;
        let mut send = |now: Stamp| {
            sent += 1.0;
            ear.command(now, number(sent));
        };
        send(clock.now());
        for jump in jumps {
            clock.tell(at(jump));
            send(clock.now());
            send(clock.now());
        }
        let recorded = recorder.finish().expect("written");
        let mut held = Vec::new();
        for file in &recorded.files {
            prop_assert!(messages(file).is_sorted_by(|a, b| a.1 <= b.1));
            held.append(&mut commands(file));
        }
        let expected: Vec<f64> = (1..=sent as u64).map(|number| number as f64).collect();
        prop_assert_eq!(held, expected);
        prop_assert_eq!(recorded.lost, 0);
    }
}
