//! A session's ports, listened to.

use std::path::Path;
use std::time::Duration;

use forerun::control::Command;
use forerun::recording::{Content, Recorded, Recorder, Recording, Timeline, Writer};
use forerun::robot::Axes;
use forerun::runtime::{CommandSink, PortError, SensorSource};
use forerun::sensing::{JointMessage, Message, RawImage};
use forerun::time::Stamp;

use super::{URDF, at, header};

/// One joint message a poll, until it breaks.
struct Source(i64);

impl SensorSource for Source {
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        self.0 -= 1;
        messages.push(Message::Joints(JointMessage {
            stamp: now,
            names: ["shoulder".to_owned()].into(),
            position: vec![self.0 as f64],
            velocity: Vec::new(),
        }));
        if self.0 == 0 {
            return Err(PortError("unplugged".to_owned()));
        }
        Ok(())
    }
}

/// Takes even commands only.
struct Sink(usize);

impl CommandSink for Sink {
    fn send(&mut self, _command: &Command) -> Result<(), PortError> {
        self.0 += 1;
        if self.0.is_multiple_of(2) {
            Ok(())
        } else {
            Err(PortError("busy".to_owned()))
        }
    }
}

/// The same picture a poll.
struct Camera(RawImage);

impl SensorSource for Camera {
    fn poll(&mut self, _now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        messages.push(Message::Image(self.0.clone()));
        Ok(())
    }
}

fn start(file: &Path) -> Recorder {
    let writer = Writer::create(file, &header()).expect("a file");
    Recorder::start(writer, URDF, Timeline::default()).expect("a recording")
}

#[test]
fn what_arrived_and_what_was_really_sent_is_recorded() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("session.mcap");
    let recorder = start(&file);
    let mut source = recorder.source(Box::new(Source(3)), |_| true);
    let mut sink = recorder.sink(Box::new(Sink(0)));
    let mut messages = vec![Message::Joints(JointMessage {
        stamp: at(0),
        names: [].into(),
        position: Vec::new(),
        velocity: Vec::new(),
    })];
    for tick in 1..=3 {
        let polled = source.poll(at(tick), &mut messages);
        assert_eq!(polled.is_err(), tick == 3, "errors pass through");
    }
    assert_eq!(
        messages.len(),
        4,
        "what was there before is not recorded again"
    );
    for tick in 1..=4 {
        let command = Command {
            stamp: at(10 + tick),
            action: Axes::from_slice(&[tick as f64]).expect("one axis"),
            ..Command::default()
        };
        assert_eq!(
            sink.send(&command).is_ok(),
            tick % 2 == 0,
            "errors pass through"
        );
    }
    let recorded = recorder.finish().expect("written");
    assert_eq!(
        recorded,
        Recorded {
            files: vec![file.clone()],
            messages: 6,
            lost: 0
        }
    );

    let recording = Recording::open(&file).expect("an MCAP file");
    let back: Vec<_> = recording
        .entries()
        .expect("an MCAP file")
        .map(|entry| entry.expect("readable"))
        .collect();
    assert_eq!(back[0].content, Content::Description(URDF.to_owned()));
    let joints = messages[1..].iter().zip(&back[1..4]).zip(1..);
    for ((message, entry), tick) in joints {
        assert_eq!(entry.content, Content::Sensor(message.clone()));
        assert_eq!(entry.time, at(tick));
    }
    for (entry, tick) in back[4..].iter().zip([2, 4]) {
        assert_eq!(
            entry.content,
            Content::Command(Axes::from_slice(&[tick as f64]).expect("one axis"))
        );
        assert_eq!(entry.time, at(10 + tick));
    }
}

#[test]
fn what_the_format_cannot_hold_is_left_out_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("session.mcap");
    let recorder = start(&file);
    let mut source = recorder.source(Box::new(Source(9)), |_| true);
    let mut messages = Vec::new();
    source.poll(at(-5), &mut messages).expect("polled");
    source.poll(at(5), &mut messages).expect("polled");
    assert_eq!(recorder.finish().expect("written").messages, 2);
}

#[test]
fn an_overflow_is_counted_and_written_into_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("session.mcap");
    let recorder = start(&file);
    let mut sink = recorder.sink(Box::new(Sink(1)));
    let command = Command {
        stamp: at(1),
        action: Axes::zeros(2),
        ..Command::default()
    };
    // Far more at once than the queue holds, again and again until the disk falls behind.
    for _ in 0..200_000 {
        sink.send(&command).ok();
    }
    std::thread::sleep(Duration::from_millis(50));
    let recorded = recorder.finish().expect("written");
    assert!(
        recorded.lost > 0 && recorded.messages + recorded.lost == 100_001,
        "{recorded:?}"
    );
    let entries_read = Recording::open(&file)
        .expect("an MCAP file")
        .entries()
        .expect("an MCAP file")
        .count();
    assert_eq!(entries_read as u64, recorded.messages);
    let bytes = std::fs::read(&file).expect("readable");
    let gaps = bytes
        .windows(11)
        .filter(|window| *window == b"forerun_gap")
        .count();
    assert!(gaps > 0, "the file does not say that something is missing");
}

#[test]
fn pictures_that_a_disk_is_too_slow_for_do_not_fill_the_memory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("session.mcap");
    let recorder = start(&file);
    let picture = RawImage {
        stamp: at(0),
        width: 1024,
        height: 1024,
        step: 1024,
        encoding: "mono8".to_owned(),
        data: vec![7; 1 << 20].into(),
    };
    let mut source = recorder.source(Box::new(Camera(picture)), |_| true);
    let pictures = 2_000;
    for number in 0..pictures {
        source.poll(at(number), &mut Vec::new()).expect("polled");
    }
    let recorded = recorder.finish().expect("written");
    assert!(recorded.lost > 0, "2 GiB were held");
    assert_eq!(recorded.messages + recorded.lost, 1 + pictures as u64);
}

#[test]
fn frames_are_called_what_the_driver_calls_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("session.mcap");
    let recorder = start(&file);
    let ear = recorder.ear();
    let named = |name: &str| {
        ear.camera_frame(at(1), name);
        ear.compressed(at(1), at(1), "jpeg".to_owned(), vec![0; 8]);
    };
    ear.compressed(at(0), at(0), "jpeg".to_owned(), vec![0; 8]);
    for name in ["front", "front", "rear"] {
        named(name);
    }
    let recorded = recorder.finish().expect("written");
    assert_eq!(recorded.messages, 1 + 4);
    let bytes = std::fs::read(&file).expect("readable");
    let messages = mcap::MessageStream::new(&bytes).expect("an MCAP file");
    let frames: Vec<String> = messages
        .map(|message| message.expect("whole"))
        .filter(|message| message.channel.topic == "/image/compressed")
        .map(|message| {
            let body = &message.data[4..];
            let ((_, _, frame), _) =
                cdr_encoding::from_bytes::<(i32, u32, String), byteorder::LittleEndian>(body)
                    .expect("CDR");
            frame
        })
        .collect();
    assert_eq!(frames, ["camera", "front", "front", "rear"]);
}
