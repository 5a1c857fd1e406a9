//! What the line thought, read back by whoever knows the messages' fields: this program passes over them.

use std::path::Path;
use std::sync::Arc;

use forerun::control::{Cause, State, Transition};
use forerun::planner::{Evidence, Plan, Proposal, TermCost};
use forerun::recording::{Content, KEPT, Recorder, Recording, Timeline, Writer};
use forerun::robot::{Axes, Interpolation, Knot, Trajectory};
use forerun::runtime::{Comparison, Event, GoalEvent, GoalPhase};
use forerun::sensing::{Goal, RawImage};
use forerun::time::{Clock, Span, Stamp};
use proptest::prelude::*;
use serde::de::DeserializeOwned;

use super::{URDF, at, header, read};

/// `builtin_interfaces/msg/Time`.
type Time = (i32, u32);
/// `forerun/msg/Plan`: made, start, sequence, sentence, proposal, cost, of standing still, terms; then [`Rest`].
type PlanMessage = (
    (Time, Time, u64, String, String, f64, f64, Vec<TermMessage>),
    Rest,
);
type TermMessage = (String, f64, f64);
/// Distance, model steps, iterations, rejected, seconds, interpolation, axes, knots.
type Rest = (
    f64,
    u32,
    u32,
    u32,
    f64,
    String,
    Vec<String>,
    Vec<(Time, Vec<f64>)>,
);

/// What an MCAP file holds on `topic`: type, log time [ns], bytes.
fn raw(file: &Path, topic: &str) -> Vec<(String, u64, Vec<u8>)> {
    let bytes = std::fs::read(file).expect("readable");
    let messages = mcap::MessageStream::new(&bytes).expect("an MCAP file");
    let messages = messages.map(|message| message.expect("whole"));
    let messages = messages.filter(|message| message.channel.topic == topic);
    messages
        .map(|message| {
            let schema = message.channel.schema.clone().expect("a schema");
            assert_eq!(schema.encoding, "ros2msg");
            assert_eq!(message.channel.message_encoding, "cdr");
            (schema.name.clone(), message.log_time, message.data.to_vec())
        })
        .collect()
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> T {
    assert_eq!(bytes[..4], [0, 1, 0, 0]);
    let (message, read) =
        cdr_encoding::from_bytes::<T, byteorder::LittleEndian>(&bytes[4..]).expect("CDR");
    assert_eq!(read, bytes.len() - 4, "bytes are left over");
    message
}

/// The only message on `topic`.
fn only<T: DeserializeOwned>(file: &Path, topic: &str, kind: &str) -> (u64, T) {
    let mut found = raw(file, topic);
    assert_eq!(found.len(), 1, "{topic}");
    let (name, log_time, bytes) = found.remove(0);
    assert_eq!(name, kind);
    (log_time, decode(&bytes))
}

fn axes(values: &[f64]) -> Axes {
    Axes::from_slice(values).expect("few axes")
}

fn time(stamp: Stamp) -> Time {
    let nanos = stamp.nanos();
    (
        (nanos / 1_000_000_000) as i32,
        (nanos % 1_000_000_000) as u32,
    )
}

fn plan(knots: Vec<Knot>, cost: f64) -> Plan {
    let term = |name, chosen, standing_still| TermCost {
        name,
        chosen,
        standing_still,
    };
    Plan {
        sequence: 41,
        made: at(1_250),
        start: at(1_300),
        trajectory: Trajectory::new(knots, Interpolation::Hold).expect("ordered"),
        evidence: Evidence {
            cost,
            standing_still: 5.5,
            terms: vec![term("metric", 2.0, 5.5), term("effort", 0.25, 0.0)],
            proposal: Proposal::KeepLast,
            distance: 4.5,
            rejected: 3,
            model_steps: 64,
            iterations: 2,
            encode: Span::from_millis(2),
            belief: Span::from_millis(1),
            search: Span::from_millis(4),
            ..Evidence::default()
        },
    }
}

/// A recording of `events`, as an observer tells them.
fn recorded(file: &Path, timeline: Timeline, events: &[Event]) {
    let writer = Writer::create(file, &header()).expect("made");
    let recorder = Recorder::start(writer, URDF, timeline).expect("started");
    let mut observer = recorder.observer();
    let interest = observer.interest();
    for event in events.iter().filter(|event| interest(event)) {
        observer.observe(event);
    }
    let written = recorder.finish().expect("written");
    assert_eq!(written.lost, 0);
}

fn transition() -> Transition {
    Transition {
        stamp: at(900),
        from: State::Tracking,
        to: State::Braking,
        cause: Cause::StaleImage,
    }
}

#[test]
fn a_plan_keeps_its_reasons_and_its_knots() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.mcap");
    let knot = |millis, values: &[f64]| Knot {
        stamp: at(millis),
        action: axes(values),
    };
    let knots = vec![knot(1_290, &[0.5, -0.25]), knot(1_300, &[1.0, 0.0])];
    let made = plan(knots, 2.25);
    recorded(
        &file,
        Timeline::default(),
        &[Event::Plan(Arc::new(made.clone()))],
    );
    let (log_time, found) = only::<PlanMessage>(&file, "/forerun/plan", "forerun/msg/Plan");
    assert_eq!(log_time, 1_250_000_000);
    let ((made_at, start, sequence, sentence, proposal, cost, still, terms), rest) = found;
    assert_eq!((made_at, start), ((1, 250_000_000), (1, 300_000_000)));
    assert_eq!((sequence, proposal.as_str()), (41, "keep_last"));
    assert_eq!(sentence, made.evidence.sentence());
    assert_eq!((cost, still), (2.25, 5.5));
    let expected = [
        ("metric".to_owned(), 2.0, 5.5),
        ("effort".to_owned(), 0.25, 0.0),
    ];
    assert_eq!(terms, expected);
    let (distance, steps, iterations, rejected, seconds, interpolation, axes, knots) = rest;
    assert_eq!((distance, steps, iterations, rejected), (4.5, 64, 2, 3));
    assert!((seconds - 0.007).abs() < 1e-12, "{seconds}");
    assert_eq!(interpolation, "hold");
    assert_eq!(axes, ["shoulder", "elbow"]);
    let expected = [
        ((1, 290_000_000), vec![0.5, -0.25]),
        ((1, 300_000_000), vec![1.0, 0.0]),
    ];
    assert_eq!(knots, expected);
}

#[test]
fn transitions_comparisons_and_goals_are_on_their_channels() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.mcap");
    let comparison = Comparison {
        plan: 7,
        start: at(500),
        stamp: at(1_000),
        ours: 1.5,
        incumbent: 4.0,
        divergence: axes(&[0.25, 0.5]),
        limited_ticks: 12,
        misses: 3,
    };
    let picture = RawImage {
        stamp: Stamp::ZERO,
        width: 2,
        height: 1,
        step: 6,
        encoding: "rgb8".to_owned(),
        data: vec![1, 2, 3, 4, 5, 6].into(),
    };
    let goal = |stamp, phase| {
        Event::Goal(GoalEvent {
            stamp,
            sequence: 2,
            goal: Arc::new(Goal::Image(picture.clone())),
            phase,
        })
    };
    let point = Event::Goal(GoalEvent {
        stamp: at(2_500),
        sequence: 3,
        goal: Arc::new(Goal::Point([0.25, -0.5, 0.0])),
        phase: GoalPhase::Accepted,
    });
    let events = [
        Event::Transition(transition()),
        Event::Comparison(comparison),
        goal(at(1_000), GoalPhase::Accepted),
        goal(at(2_000), GoalPhase::Reached),
        point,
        Event::Frame(picture.clone()),
    ];
    recorded(&file, Timeline::default(), &events);

    let (log_time, found) = only::<(Time, String, String, String)>(
        &file,
        "/forerun/transition",
        "forerun/msg/Transition",
    );
    assert_eq!(log_time, 900_000_000);
    let (_, from, to, cause) = found;
    assert_eq!(
        [from, to, cause],
        ["Tracking", "Braking", "stale input: image"]
    );

    type Judged = (
        Time,
        Time,
        u64,
        f64,
        f64,
        f64,
        Vec<String>,
        Vec<f64>,
        u64,
        u64,
    );
    let (log_time, found) = only::<Judged>(&file, "/forerun/comparison", "forerun/msg/Comparison");
    assert_eq!(log_time, 1_000_000_000);
    let names = vec!["shoulder".to_owned(), "elbow".to_owned()];
    let expected: Judged = (
        (1, 0),
        (0, 500_000_000),
        7,
        1.5,
        4.0,
        2.5,
        names,
        vec![0.25, 0.5],
        12,
        3,
    );
    assert_eq!(found, expected);

    let goals: Vec<(Time, u64, String, String, Vec<f64>)> = raw(&file, "/forerun/goal")
        .iter()
        .map(|(_, _, bytes)| decode(bytes))
        .collect();
    let said: Vec<_> = goals
        .iter()
        .map(|goal| (goal.1, goal.2.as_str(), goal.3.as_str(), goal.4.clone()))
        .collect();
    let expected = [
        (2, "accepted", "image", vec![]),
        (2, "reached", "image", vec![]),
        (3, "accepted", "point", vec![0.25, -0.5, 0.0]),
    ];
    assert_eq!(said, expected);
    let pictures = raw(&file, "/forerun/goal_image");
    assert_eq!(pictures.len(), 1, "once, when the goal is accepted");
    assert_eq!(pictures[0].0, "sensor_msgs/msg/Image");
    assert!(pictures[0].2.ends_with(&[1, 2, 3, 4, 5, 6]));
}

#[test]
fn who_reads_for_training_passes_over_thoughts() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.mcap");
    let events = [
        Event::Plan(Arc::new(plan(Vec::new(), f64::INFINITY))),
        Event::Transition(transition()),
    ];
    recorded(&file, Timeline::default(), &events);
    let found: Vec<_> = read(&file)
        .into_iter()
        .map(|entry| entry.expect("readable").content)
        .collect();
    assert_eq!(found, [Content::Description(URDF.to_owned())]);
    let header_found = Recording::open(&file).expect("an MCAP file").header();
    assert_eq!(header_found, Some(header()));
}

#[test]
fn a_recording_without_its_end_keeps_what_was_thought() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.mcap");
    let command = |index: i64| {
        let speed = (0.37 * index as f64).sin();
        axes(&[speed, speed * speed])
    };
    let mut writer = Writer::create(&file, &header()).expect("made");
    let plans = 4_000;
    for index in 0..plans {
        let knots = (0..40).map(|knot| Knot {
            stamp: at(1_250 + knot),
            action: command(40 * index + knot),
        });
        let made = Plan {
            sequence: index as u64,
            ..plan(knots.collect(), 1.0)
        };
        writer.plan(&made).expect("written");
    }
    writer.finish().expect("written");
    let bytes = std::fs::read(&file).expect("readable");
    std::fs::write(&file, &bytes[..bytes.len() / 2]).expect("written");
    let half = std::fs::read(&file).expect("readable");
    let found = mcap::read::RawMessageStream::new_with_options(
        &half,
        mcap::read::Options::IgnoreEndMagic.into(),
    )
    .expect("an MCAP file");
    let sequences: Vec<u64> = found
        .map_while(Result::ok)
        .map(|message| decode::<PlanMessage>(&message.data).0.2)
        .collect();
    assert!(sequences.len() > 1_000, "only {} survive", sequences.len());
    assert!(sequences.iter().copied().eq(0..sequences.len() as u64));
}

#[test]
fn a_node_records_in_ros_time_whatever_its_clock_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let offset = Span::from_secs(1.7e9);
    let wall: Arc<dyn Clock> = Arc::new(forerun::time::WallClock::new());
    let file = folder.path().join("wall.mcap");
    let timeline = Timeline::ros(wall, offset);
    recorded(&file, timeline, &[Event::Transition(transition())]);
    let found = raw(&file, "/forerun/transition");
    let expected = at(900) + offset;
    assert_eq!(found[0].1, expected.nanos() as u64);
    assert_eq!(
        decode::<(Time, String, String, String)>(&found[0].2).0,
        time(expected)
    );
    let described = raw(&file, "/robot_description");
    assert!(
        described[0].1 >= 1_700_000_000_000_000_000,
        "{}",
        described[0].1
    );
}

#[test]
fn what_is_kept_has_a_name_and_a_topic_of_its_own() {
    for (index, kept) in KEPT.iter().enumerate() {
        assert!(kept.topic.name.ends_with(kept.name), "{kept:?}");
        let others = KEPT.iter().skip(index + 1);
        assert!(
            others
                .clone()
                .all(|other| other.topic.name != kept.topic.name),
            "{kept:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_comes_is_kept_byte_for_byte(
        messages in prop::collection::vec((0..KEPT.len(), prop::collection::vec(any::<u8>(), 0..300)), 0..40),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.mcap");
        let writer = Writer::create(&file, &header()).expect("made");
        let recorder = Recorder::start(writer, URDF, Timeline::default()).expect("started");
        let ear = recorder.ear();
        for (time, (index, bytes)) in messages.iter().enumerate() {
            ear.kept(*index, at(time as i64), bytes.clone());
        }
        ear.kept(KEPT.len(), at(0), vec![1]);
        let written = recorder.finish().expect("written");
        prop_assert_eq!(written.messages as usize, 1 + messages.len());
        for (index, kept) in KEPT.iter().enumerate() {
            let sent = messages.iter().enumerate().filter(|(_, message)| message.0 == index);
            let sent: Vec<_> = sent
                .map(|(time, (_, bytes))| (kept.topic.kind.to_owned(), 1_000_000 * time as u64, bytes.clone()))
                .collect();
            prop_assert_eq!(raw(&file, kept.topic.name), sent);
        }
    }

    #[test]
    fn any_comparison_keeps_every_bit(
        numbers in prop::array::uniform2(prop::num::f64::ANY),
        divergence in prop::collection::vec(prop::num::f64::ANY, 0..4),
        counts: [u64; 3],
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.mcap");
        let comparison = Comparison {
            plan: counts[0],
            ours: numbers[0],
            incumbent: numbers[1],
            divergence: axes(&divergence),
            limited_ticks: counts[1],
            misses: counts[2],
            ..Comparison::default()
        };
        recorded(&file, Timeline::default(), &[Event::Comparison(comparison)]);
        type Judged = (Time, Time, u64, f64, f64, f64, Vec<String>, Vec<f64>, u64, u64);
        let (_, found) = only::<Judged>(&file, "/forerun/comparison", "forerun/msg/Comparison");
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!([found.2, found.8, found.9], counts);
        prop_assert_eq!(bits(&[found.3, found.4]), bits(&numbers));
        prop_assert_eq!(bits(&found.7), bits(&divergence));
    }
}
