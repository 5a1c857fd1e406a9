//! Mirrors `src/recording/series.rs`: a clock that is set.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use forerun::control::{Cause, State, Transition};
use forerun::recording::{KEPT, Recorder, Timeline, Writer};
use forerun::robot::Axes;
use forerun::runtime::{Event, Observer};
use forerun::time::{Clock, ExternalClock, Span, Stamp, Told};
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

/// A recording of what a clock tells.
struct Drive {
    clock: Arc<ExternalClock>,
    recorder: Recorder,
    told: i64,
    sent: f64,
}

impl Drive {
    fn begin(file: &Path, millis: i64) -> Self {
        let clock = Arc::new(ExternalClock::new(Span::from_secs(60.0)));
        clock.tell(at(millis));
        let timeline = Timeline::ros(clock.clone(), Span::ZERO);
        let writer = Writer::create_beside(file, &header()).expect("made");
        Self {
            recorder: Recorder::start(writer, URDF, timeline).expect("started"),
            clock,
            told: millis,
            sent: 0.0,
        }
    }

    fn set(&mut self, millis: i64) -> Told {
        self.told = millis;
        self.clock.tell(at(millis))
    }

    /// The clock says so; then a command.
    fn tell(&mut self, millis: i64) -> Told {
        let told = self.set(millis);
        // Not where the clock runs ahead between two messages.
        let shift = self.clock.told().expect("told");
        self.send(at(millis) - shift);
        told
    }

    /// Sends the next command, and gives its number.
    fn send(&mut self, now: Stamp) {
        self.sent += 1.0;
        self.recorder.ear().command(now, number(self.sent));
    }

    /// Time runs on, a command every 10 ms; gives the last one.
    fn run(&mut self, millis: i64) -> f64 {
        for _ in 0..millis / 10 {
            self.tell(self.told + 10);
        }
        self.sent
    }
}

/// A drive that begins at 100 s, its file and where that is.
fn begun() -> (tempfile::TempDir, PathBuf, Drive) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("drive.mcap");
    let drive = Drive::begin(&file, 100_000);
    (folder, file, drive)
}

/// The metadata records that say how much is missing, and where in the file.
fn gaps(file: &Path) -> Vec<u64> {
    let bytes = std::fs::read(file).expect("readable");
    let end = messages(file).last().map_or(0.0, |last| last.1);
    let records = mcap::read::LinearReader::new(&bytes).expect("an MCAP file");
    let gaps = records.filter_map(|record| match record.expect("whole") {
        mcap::records::Record::Metadata(found) if found.name == "forerun_gap" => {
            let time: f64 = found.metadata["time_ns"].parse().expect("a number");
            assert!(
                time * 1e-9 < end + 1e-6,
                "a gap at {time} ns, the end at {end} s"
            );
            found.metadata["lost"].parse().ok()
        }
        _ => None,
    });
    gaps.collect()
}

#[test]
fn a_clock_that_is_set_back_and_runs_on_begins_the_next_file_and_one_that_is_set_ahead_does_not() {
    let (folder, _, mut drive) = begun();
    let (ear, clock) = (drive.recorder.ear(), drive.clock.clone());
    let fixed = KEPT
        .iter()
        .position(|kept| kept.latched)
        .expect("/tf_static");
    ear.kept(fixed, clock.now(), vec![7; 16]);
    ear.camera_frame(clock.now(), "front");
    let before = clock.now();
    drive.send(before);
    drive.set(40_000);
    // Made before, heard of after.
    drive.send(before);
    drive.run(1_500);
    drive.send(before);
    drive.tell(500_000);
    drive.run(100);
    drive.tell(1_000);
    let last = drive.run(1_500);
    ear.compressed(clock.now(), clock.now(), "jpeg".to_owned(), vec![0; 8]);
    let recorded = drive.recorder.finish().expect("written");

    let names = ["drive.mcap", "drive-2.mcap", "drive-3.mcap"].map(|name| folder.path().join(name));
    assert_eq!(recorded.files, names);
    assert_eq!(recorded.lost, 2);
    let held: Vec<Vec<f64>> = names.iter().map(|file| commands(file)).collect();
    assert_eq!(held[0], [1.0]);
    assert_eq!((held[1][0], held[1].len()), (3.0, 150 + 11));
    assert_eq!((held[2].len(), held[2][150]), (151, last));
    let mut count = 0;
    for (file, begin) in names.iter().zip([100.0, 40.0, 1.0]) {
        let messages = messages(file);
        let topics: Vec<_> = messages.iter().map(|message| message.0.as_str()).collect();
        assert_eq!(topics[..2], ["/robot_description", "/tf_static"]);
        assert!((messages[0].1 - begin).abs() < 0.1, "{} s", messages[0].1);
        assert_eq!(messages[1].2, [7; 16]);
        assert!(messages.is_sorted_by(|a, b| a.1 <= b.1));
        count += messages.len() as u64;
    }
    assert_eq!(recorded.messages, count);
    // Frames are called what they were.
    let picture = messages(&names[2]).pop().expect("a picture");
    assert!(picture.2.windows(5).any(|window| window == b"front"));
}

#[test]
fn a_small_step_back_leaves_a_hole_in_the_file_and_what_is_said_once_behind_it() {
    let (_folder, file, mut drive) = begun();
    let before = drive.run(1_000);
    drive.tell(drive.told - 40);
    let mut ear = drive.recorder.ear();
    let stopped = Transition {
        stamp: drive.clock.now(),
        from: State::Tracking,
        to: State::Stopped,
        cause: Cause::ClockJumped,
    };
    ear.observe(&Event::Transition(stopped));
    let after = drive.run(2_000);
    let recorded = drive.recorder.finish().expect("written");

    assert_eq!(recorded.files, vec![file.clone()]);
    let held = commands(&file);
    assert_eq!(held.len() as f64 + recorded.lost as f64, after);
    // 40 ms until it has caught up, half a second beyond that.
    let left_out = (40 + 500) / 10;
    assert_eq!(recorded.lost, left_out);
    assert_eq!(gaps(&file), [left_out], "said once");
    let messages = messages(&file);
    assert!(messages.is_sorted_by(|a, b| a.1 <= b.1));
    let at = |topic: &str, more: f64| {
        let mut times = messages.iter().filter(|message| message.0 == topic);
        times
            .find(|message| message.1 > 101.0 + more)
            .map(|message| message.1)
    };
    let seam = at("/command", 0.1).expect("it goes on");
    assert!(seam > 101.49, "{seam}");
    assert_eq!(at("/forerun/transition", 0.0), Some(seam));
    assert!(held.contains(&before) && held.contains(&after));
}

#[test]
fn what_waits_when_a_recording_ends_is_left_out_and_said_where_the_file_ends() {
    let (_folder, file, mut drive) = begun();
    let before = drive.run(1_000);
    drive.tell(drive.told - 30_000);
    let after = drive.run(500);
    let recorded = drive.recorder.finish().expect("written");

    assert_eq!(recorded.files, vec![file.clone()]);
    assert_eq!(commands(&file).last(), Some(&before));
    assert_eq!(recorded.lost as f64, after - before);
    assert_eq!(gaps(&file), [recorded.lost]);
}

#[test]
fn two_clocks_on_one_topic_make_one_file_and_few_words_in_it() {
    for apart in [100_000, 300] {
        let (_folder, _, mut drive) = begun();
        let alone = drive.run(1_000);
        for _ in 0..800 {
            drive.tell(drive.told + apart);
            drive.tell(drive.told - apart + 10);
        }
        let last = drive.run(2_500);
        let recorded = drive.recorder.finish().expect("written");
        // Ahead by far, the other's time is what the first file goes on in; then nobody tells that any more.
        let files = if apart > 1_000 { 2 } else { 1 };
        assert_eq!(recorded.files.len(), files, "{apart} ms apart");
        let mut held = Vec::new();
        for file in &recorded.files {
            assert!(messages(file).is_sorted_by(|a, b| a.1 <= b.1));
            held.append(&mut commands(file));
        }
        assert!(held.is_sorted_by(|a, b| a < b), "in the order of sending");
        assert_eq!(held.len() as f64 + recorded.lost as f64, last);
        assert!(held.contains(&alone) && held.contains(&last));
        let said: Vec<u64> = recorded.files.iter().flat_map(|file| gaps(file)).collect();
        assert!(said.len() < 30, "{} gaps", said.len());
        assert_eq!(said.iter().sum::<u64>(), recorded.lost);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    /// However the clock is set, time goes on in every file, and every command is in one of them, in order, or counted;
    /// only where a clock ran on for a second a file may begin.
    #[test]
    fn in_no_file_time_goes_back(
        stretches in prop::collection::vec((-600_000_i64..600_000, prop_oneof![0..1_000_i64, 1_100..2_000_i64]), 0..6),
        near in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut drive = Drive::begin(&folder.path().join("drive.mcap"), 10_000_000);
        let mut settled = vec![drive.run(100)];
        // Since it jumped last; a small step ahead is none.
        let mut calm = 100;
        for (jump, runs) in stretches {
            let step = if near { jump / 400 } else { jump };
            match drive.tell(drive.told + step) {
                Told::Jumped(_) => calm = 0,
                _ => calm += step,
            }
            let last = drive.run(runs);
            calm += runs / 10 * 10;
            if calm >= 1_000 {
                settled.push(last);
            }
        }
        let recorded = drive.recorder.finish().expect("written");
        let mut held = Vec::new();
        for file in &recorded.files {
            prop_assert!(messages(file).is_sorted_by(|a, b| a.1 <= b.1));
            held.append(&mut commands(file));
        }
        prop_assert!(held.is_sorted_by(|a, b| a < b));
        prop_assert_eq!(held.len() as u64 + recorded.lost, drive.sent as u64);
        prop_assert!(recorded.files.len() <= settled.len(), "{} files", recorded.files.len());
        prop_assert!(settled.iter().all(|last| held.contains(last)));
    }
}
