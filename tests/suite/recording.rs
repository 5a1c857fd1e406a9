//! Mirrors `src/recording`.

mod bag;
mod files;
mod recorder;
mod series;
mod thoughts;

use std::path::Path;

use forerun::recording::{Content, Entry, Header, Recording, RecordingError, Writer};
use forerun::robot::{Axes, RobotModel};
use forerun::sensing::{JointMessage, Message, OdometryMessage, RawImage};
use forerun::time::{Span, Stamp};
use proptest::prelude::*;

const URDF: &str = include_str!("../../urdf/arm.urdf");

fn header() -> Header {
    let robot = RobotModel::from_urdf(URDF).expect("the shipped URDF");
    Header::new(&robot, "arm-v1", 7)
}

fn at(millis: i64) -> Stamp {
    Stamp::ZERO + Span::from_millis(millis)
}

/// One entry of each kind.
fn entries() -> Vec<Entry> {
    let image = RawImage {
        stamp: at(40),
        width: 5,
        height: 3,
        step: 16,
        encoding: "bgr8".to_owned(),
        data: (0..48).collect::<Vec<u8>>().into(),
    };
    let joints = JointMessage {
        stamp: at(60),
        names: vec!["shoulder".to_owned(), "elbow".to_owned()].into(),
        position: vec![0.25, -1.5],
        velocity: Vec::new(),
    };
    let odometry = OdometryMessage {
        stamp: at(61),
        pose: [1.0, -2.0, 0.75],
        twist: [0.5, -0.25],
    };
    let contents = [
        Content::Description(URDF.to_owned()),
        Content::Sensor(Message::Joints(joints)),
        Content::Command(Axes::from_slice(&[1.0, -2.0]).expect("two axes")),
        Content::Sensor(Message::Image(image)),
        Content::Sensor(Message::Odometry(odometry)),
    ];
    let timed = contents.into_iter().enumerate();
    timed
        .map(|(index, content)| Entry {
            time: at(62 + index as i64),
            content,
        })
        .collect()
}

fn write(file: &Path, entries: &[Entry]) -> Result<u64, RecordingError> {
    let mut writer = Writer::create(file, &header())?;
    for entry in entries {
        match &entry.content {
            Content::Sensor(message) => writer.sensor(entry.time, message)?,
            Content::Command(action) => writer.command(entry.time, action)?,
            Content::Description(urdf) => writer.description(entry.time, urdf)?,
        }
    }
    writer.finish()
}

fn read(file: &Path) -> Vec<Result<Entry, RecordingError>> {
    let recording = Recording::open(file).expect("an MCAP file");
    recording.entries().expect("an MCAP file").collect()
}

/// The same entry, but for the last bits of a yaw that went through a quaternion.
fn same(a: &Entry, b: &Entry) -> bool {
    match (&a.content, &b.content) {
        (Content::Sensor(Message::Odometry(x)), Content::Sensor(Message::Odometry(y))) => {
            let near = (0..3).all(|i| (x.pose[i] - y.pose[i]).abs() < 1e-12);
            near && x.twist == y.twist && x.stamp == y.stamp && a.time == b.time
        }
        _ => a == b,
    }
}

#[test]
fn everything_written_is_read_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("all.mcap");
    assert_eq!(write(&file, &entries()).expect("written"), 5);
    let back: Vec<Entry> = read(&file)
        .into_iter()
        .map(|entry| entry.expect("readable"))
        .collect();
    assert_eq!(back.len(), 5);
    for (wrote, found) in entries().iter().zip(&back) {
        assert!(same(wrote, found), "{wrote:?} became {found:?}");
    }
    assert_eq!(
        Recording::open(&file).expect("an MCAP file").header(),
        Some(header())
    );
}

#[test]
fn a_cut_file_is_read_up_to_the_cut_and_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let whole = folder.path().join("whole.mcap");
    let commands = |n: i64| -> Vec<Entry> {
        let command =
            |i: i64| Axes::from_slice(&[(i as f64 * 0.37).sin(), (i as f64 * 0.91).cos()]);
        let entry = |i| Entry {
            time: at(5 * i),
            content: Content::Command(command(i).expect("two axes")),
        };
        (0..n).map(entry).collect()
    };
    write(&whole, &commands(100_000)).expect("written");
    let bytes = std::fs::read(&whole).expect("readable");
    let cut = folder.path().join("cut.mcap");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("written");

    let mut back = read(&cut);
    let end = back
        .pop()
        .expect("something")
        .expect_err("the cut is reported");
    assert!(
        matches!(&end, RecordingError::Cut { read, .. } if *read == back.len() as u64),
        "{end}"
    );
    let back: Vec<Entry> = back
        .into_iter()
        .map(|entry| entry.expect("readable"))
        .collect();
    assert!(back.len() > 10_000, "only {} messages survive", back.len());
    assert_eq!(back, commands(back.len() as i64));
}

#[test]
fn what_is_no_recording_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in [
        ("empty.mcap", &b""[..]),
        ("text.mcap", b"this is no recording at all"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("written");
        let why = Recording::open(&file).expect_err("refused").to_string();
        assert!(
            why.contains(name) && why.contains("expected an MCAP file"),
            "{why}"
        );
    }
    let why = Recording::open(&folder.path().join("missing.mcap")).expect_err("refused");
    assert!(matches!(why, RecordingError::Open { .. }));
    let why = Recording::open(folder.path()).expect_err("refused");
    assert!(why.to_string().contains("no plain file"), "{why}");
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pipe = folder.path().join("pipe.mcap");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()));
    let why = Recording::open(&pipe).expect_err("refused");
    assert!(why.to_string().contains("no plain file"), "{why}");
}

#[test]
fn a_full_disk_and_a_missing_folder_are_known_from_the_start_with_a_remedy() {
    for file in ["/dev/full", "/no/such/folder/a.mcap"] {
        let Err(why) = Writer::create(Path::new(file), &header()) else {
            panic!("{file} was made");
        };
        let why = why.to_string();
        assert!(why.contains(file) && why.contains("has room"), "{why}");
    }
}

#[test]
fn a_time_before_zero_is_refused_and_the_recording_goes_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("a.mcap");
    let mut writer = Writer::create(&file, &header()).expect("made");
    let refused = writer.command(at(-1), &[0.0, 0.0]).expect_err("refused");
    assert!(matches!(
        refused,
        RecordingError::Refused {
            topic: "/command",
            ..
        }
    ));
    writer.command(at(1), &[0.0, 0.0]).expect("written");
    assert_eq!(writer.finish().expect("finished"), 1);
    assert_eq!(read(&file).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn joint_states_keep_every_bit(
        position in prop::collection::vec(prop::num::f64::ANY, 0..6),
        velocity in prop::collection::vec(prop::num::f64::ANY, 0..6),
        names in prop::collection::vec("[a-z_]{0,9}", 0..6),
        stamp in 0..4_000_000_000_000_000i64,
    ) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("a.mcap");
        let joints = JointMessage { stamp: Stamp::from_nanos(stamp), names: names.into(), position, velocity };
        let entry = Entry { time: at(3), content: Content::Sensor(Message::Joints(joints.clone())) };
        write(&file, &[entry]).expect("written");
        let back = read(&file).pop().expect("one").expect("readable");
        let Content::Sensor(Message::Joints(back)) = back.content else { panic!("another kind") };
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(back.stamp, joints.stamp);
        prop_assert_eq!(back.names, joints.names);
        prop_assert_eq!(bits(&back.position), bits(&joints.position));
        prop_assert_eq!(bits(&back.velocity), bits(&joints.velocity));
    }

    #[test]
    fn damaged_bytes_never_panic(at in 0.0..1.0f64, value: u8) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("a.mcap");
        write(&file, &entries()).expect("written");
        let mut bytes = std::fs::read(&file).expect("readable");
        let index = (at * bytes.len() as f64) as usize;
        bytes[index] ^= value;
        std::fs::write(&file, &bytes).expect("written");
        if let Ok(recording) = Recording::open(&file) {
            let read = recording.entries().expect("opened before").take(100).count();
            prop_assert!(read <= 6, "{read} entries of 5 written");
        }
    }
}
