//! Mirrors `src/ros`, as far as it needs no DDS; the rest is in `tests/dds` and `tests/ros2`.

#[cfg(feature = "action")]
mod course;
mod diagnosed;
mod jumps;
mod lifecycle;
mod losses;
mod packed;
mod rules;
mod topics;
mod trajectories_in;
#[cfg(feature = "tf")]
mod transforms;

use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use forerun::cli::Reader;
use forerun::config::{ConfigError, Parameters};
use forerun::control::{Cause, State};
use forerun::embedded::Kind;
use forerun::ros::{
    Desk, Errand, Inbox, Joints, StampMapper, Verb, command_topic, node_name, ros_parameters,
    summary, topic_name, values,
};
use forerun::runtime::{Form, Instruction, Operator, Status};
use forerun::sensing::{Goal, Message, OdometryMessage, RawImage, StampSource};
use forerun::time::{Clock, FastClock, Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

#[test]
fn joints_are_commanded_on_command_and_a_body_on_cmd_vel() {
    let [arm, rover] = Kind::ALL.map(|kind| kind.robot().expect("a URDF").space);
    assert_eq!(command_topic(&arm, Form::Stream), "command");
    assert_eq!(command_topic(&arm, Form::Trajectory), "joint_trajectory");
    assert_eq!(command_topic(&rover, Form::Stream), "cmd_vel");
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// What the node reads, as `--ros-args` change it.
fn asked(line: &str) -> Result<Parameters, ConfigError> {
    let defaults = Reader::Node.defaults(Kind::Arm).expect("sound records");
    ros_parameters(&words(line), "forerun", defaults)
}

fn refused(line: &str) -> String {
    asked(line).expect_err("wrong arguments").to_string()
}

#[test]
fn parameters_are_read_between_ros_args_and_its_end_only() {
    let line = "forerun node -p planner.seed:=1 --ros-args -p planner.seed:=2 -r b:=c \
                --param forerun:planner.seed:=3 -p arm:planner.seed:=4 -p use_sim_time:=true -- -p planner.seed:=5";
    let parameters = asked(line).expect("good arguments");
    assert_eq!(parameters.integer("planner.seed"), Ok(3));
    assert_eq!(parameters.boolean("use_sim_time"), Ok(true));
}

#[test]
fn files_and_rules_apply_in_their_order_under_the_nodes_own_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.yaml");
    let text = "/**:\n  ros__parameters: {planner.knots: 4, arm.drops: 0.5}\n\
                left/eye:\n  ros__parameters: {planner.seed: 7, autostart: true}\n\
                right/eye:\n  ros__parameters: {planner.seed: 8}\n";
    std::fs::write(&file, text).expect("a file");
    let file = file.display();
    let line = format!(
        "forerun node --ros-args -r __node:=eye -r eye:__ns:=/left -p planner.seed:=1 -p planner.knots:=2 \
         --params-file {file} -p autostart:=false"
    );
    assert_eq!(node_name(&words(&line), "forerun"), "/left/eye");
    let parameters = asked(&line).expect("good arguments");
    assert_eq!(parameters.integer("planner.seed"), Ok(7));
    assert_eq!(parameters.integer("planner.knots"), Ok(4));
    assert_eq!(parameters.boolean("autostart"), Ok(false));
}

#[test]
fn what_is_said_to_a_node_is_said_to_its_new_name() {
    for (rules, name) in [
        ("-r __ns:=/left", "forerun"),
        ("-r __node:=eye", "eye"),
        ("-r __ns:=/left -r forerun:__name:=eye", "eye"),
    ] {
        let seed = |whom: &str, told: &str| {
            asked(&format!(
                "forerun node --ros-args -p {whom}:planner.{told} {rules}"
            ))
            .map(|parameters| parameters.integer("planner.seed"))
            .map_err(|why| why.to_string())
        };
        assert_eq!(seed(name, "seed:=7"), Ok(Ok(7)), "{rules}");
        let why = seed(name, "sead:=7").expect_err("unknown");
        assert!(why.contains("planner.sead: unknown parameter"), "{why}");
        let why = seed(name, "seed:=much").expect_err("no number");
        assert!(why.contains("planner.seed: found \"much\""), "{why}");
        for other in ["forerun", "eye", "left"]
            .iter()
            .filter(|other| **other != name)
        {
            let untold = Ok(asked("forerun node")
                .expect("nothing")
                .integer("planner.seed"));
            assert_eq!(seed(other, "seed:=7"), untold, "{rules}: {other}");
            assert_eq!(seed(other, "sead:=much"), untold, "{rules}: {other}");
        }
    }
}

#[test]
fn a_file_for_other_nodes_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.yaml");
    let text = "camera:\n  ros__parameters: {exposure: 3}\n";
    std::fs::write(&file, text).expect("a file");
    let line = format!("forerun node --ros-args --params-file {}", file.display());
    let defaults = Reader::Node.defaults(Kind::Arm).expect("sound records");
    let parameters = asked(&line).expect("somebody else's file");
    assert_eq!(parameters.differences(&defaults).count(), 0);
}

#[test]
fn wrong_parameters_are_refused_with_the_reason() {
    for (rule, reason) in [
        ("speeed:=2", "speeed: unknown parameter"),
        ("stamp_source:=moon", "expected one of header, receipt"),
        ("autostart:=2", "autostart: found 2, expected true or false"),
        (
            "planner.candidates:=2",
            "expected 4 to 4096: misses better futures",
        ),
        ("arm.drops:=0.5", "arm.drops: nothing here reads it"),
        ("model:=arm", "give --model NAME_OR_FOLDER before"),
        ("viewer:=true", "give --viewer before"),
        ("modell:=arm", "modell: unknown parameter"),
    ] {
        let message = refused(&format!("forerun node --ros-args -p {rule}"));
        assert!(message.contains(reason), "{rule}: {message}");
    }
    let message = refused("forerun node --ros-args --params-file nowhere.yaml");
    assert!(message.starts_with("nowhere.yaml: "), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, rng_seed: RngSeed::Fixed(6), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever follows `--ros-args`, reading it ends in values or in an error.
    #[test]
    fn no_arguments_panic(words in proptest::collection::vec(prop_oneof![
        Just("--ros-args"), Just("--"), Just("-p"), Just("--param"), Just("-r"), Just("--params-file"),
        Just("planner.seed:=3"), Just(":="), Just("=:=:"), Just("a:b:=c"), Just("__ns:=/"), Just("__node:="),
        Just(""), Just("/"), Just("use_sim_time:=true"),
    ], 0..12)) {
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let defaults = Reader::Node.defaults(Kind::Arm).expect("sound records");
        if let Err(error) = ros_parameters(&words, "forerun", defaults) {
            prop_assert!(!error.violations.is_empty());
        }
    }
}

#[test]
fn topics_follow_the_first_remapping_that_fits_and_the_namespace() {
    let args = words(
        "forerun node --ros-args -r command:=arm/cmd -r command:=late --remap /left/image:=/cam",
    );
    assert_eq!(topic_name(&args, "/forerun", "command"), "/arm/cmd");
    assert_eq!(
        topic_name(&args, "/left/forerun", "command"),
        "/left/arm/cmd"
    );
    assert_eq!(topic_name(&args, "/left/forerun", "image"), "/cam");
    assert_eq!(topic_name(&args, "/left/forerun", "odom"), "/left/odom");
}

fn at(millis: i64) -> Stamp {
    Stamp::from_nanos(millis * 1_000_000)
}

/// A header stamp `millis` of session time, for a session that began at `offset`.
fn header(millis: i64, offset: Span) -> (i32, u32) {
    let nanos = (at(millis) + offset).nanos();
    (
        nanos.div_euclid(1_000_000_000) as i32,
        nanos.rem_euclid(1_000_000_000) as u32,
    )
}

const EPOCH: Span = Span::from_nanos(1_700_000_000_123_456_789);

/// Maps a header of `millis` by a clock that goes with ours.
fn map(mapper: &mut StampMapper, millis: i64, received: i64) -> Option<Stamp> {
    let (sec, nanosec) = header(millis, EPOCH);
    mapper.map(sec, nanosec, at(received), EPOCH)
}

fn mapper() -> StampMapper {
    StampMapper::new("image", StampSource::Header, EPOCH)
}

#[test]
fn header_stamps_become_session_stamps() {
    let mut headers = mapper();
    assert_eq!(map(&mut headers, 500, 530), Some(at(500)));
    assert_eq!(
        map(&mut headers, 560, 530),
        Some(at(530)),
        "a capture can't lie ahead of its receipt"
    );
    let mut receipts = StampMapper::new("image", StampSource::Receipt, EPOCH);
    assert_eq!(map(&mut receipts, 500, 530), Some(at(530)));
}

#[test]
fn a_queue_that_grows_makes_stale_stamps_and_its_end_fresh_ones() {
    let mut mapper = mapper();
    for frame in 0..300 {
        let (captured, received) = (33 * frame, 33 * frame + 20 + 17 * frame);
        assert_eq!(map(&mut mapper, captured, received), Some(at(captured)));
    }
    assert_eq!(map(&mut mapper, 16_000, 16_020), Some(at(16_000)));
}

#[test]
fn a_queue_that_keeps_its_length_stays_stale() {
    let mut mapper = mapper();
    assert_eq!(map(&mut mapper, 0, 20), Some(at(0)));
    for frame in 1..300 {
        let captured = 33 * frame;
        assert_eq!(
            map(&mut mapper, captured, captured + 3700),
            Some(at(captured))
        );
    }
}

#[test]
fn a_driver_that_never_stamps_counts_by_receipt() {
    let mut unstamped = mapper();
    for received in [5000, 5033, 9000] {
        assert_eq!(unstamped.map(0, 0, at(received), EPOCH), Some(at(received)));
    }
    let mut stamped = mapper();
    assert_eq!(map(&mut stamped, 0, 20), Some(at(0)));
    let lost = stamped.map(0, 0, at(5000), EPOCH);
    assert!(
        lost.is_some_and(|stamp| at(5000) - stamp > Span::from_secs(1e9)),
        "one that stamped before isn't trusted without: {lost:?}"
    );
}

#[test]
fn in_a_simulation_that_begins_a_header_of_zero_is_a_stamp() {
    let mut simulated = StampMapper::new("image", StampSource::Header, Span::ZERO);
    assert_eq!(simulated.map(0, 0, at(0), Span::ZERO), Some(at(0)));
    let header = |millis: i64| (millis / 1000, millis % 1000 * 1_000_000);
    for millis in (33..9000).step_by(33) {
        let (sec, nanosec) = header(millis);
        let mapped = simulated.map(sec as i32, nanosec as u32, at(millis + 700), Span::ZERO);
        assert_eq!(mapped, Some(at(millis)), "the delay is seen");
    }
}

#[test]
fn in_a_simulation_that_begins_a_driver_that_never_stamps_counts_by_receipt() {
    let mut silent = StampMapper::new("image", StampSource::Header, Span::ZERO);
    for millis in (400..9000).step_by(33) {
        let mapped = silent.map(0, 0, at(millis), Span::ZERO);
        let expected = if millis < 1000 { at(0) } else { at(millis) };
        assert_eq!(mapped, Some(expected), "{millis} ms");
    }
}

#[test]
fn a_header_from_the_future_is_refused() {
    let mut mapper = mapper();
    assert_eq!(map(&mut mapper, 0, 20), Some(at(0)));
    assert_eq!(map(&mut mapper, 5000, 1000), None);
    assert_eq!(map(&mut mapper, 1015, 1020), Some(at(1015)));
}

#[test]
fn time_that_was_set_is_read_anew() {
    let mut mapper = mapper();
    assert_eq!(map(&mut mapper, 0, 20), Some(at(0)));
    // Told time jumps back by 100 s, session time goes on.
    let now = EPOCH - Span::from_secs(100.0);
    let (sec, nanosec) = header(30_000, now);
    assert_ne!(mapper.map(sec, nanosec, at(30_020), now), Some(at(30_000)));
    mapper.restart();
    assert_eq!(mapper.map(sec, nanosec, at(30_020), now), Some(at(30_000)));
    let mut receipts = StampMapper::new("image", StampSource::Receipt, EPOCH);
    receipts.restart();
    assert_eq!(map(&mut receipts, 500, 530), Some(at(530)));
}

#[test]
fn a_set_wall_clock_never_makes_old_pictures_fresh() {
    for set in [-5000, 5000] {
        let mut mapper = mapper();
        assert_eq!(map(&mut mapper, 0, 20), Some(at(0)));
        let now = EPOCH + Span::from_millis(set);
        // Drivers here follow it, for good.
        for frame in 30..130 {
            let (sec, nanosec) = header(33 * frame, now);
            let stamp = mapper.map(sec, nanosec, at(33 * frame + 20), now);
            let expected = (set < 0).then(|| at(33 * frame + set));
            assert_eq!(stamp, expected, "not before somebody asks");
        }
        mapper.reconsider();
        let (sec, nanosec) = header(5000, now);
        assert_eq!(mapper.map(sec, nanosec, at(5020), now), Some(at(5000)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    /// No stamp lies ahead of its receipt, whatever comes in whatever order.
    #[test]
    fn no_sequence_gives_a_stamp_ahead_of_receipt(
        messages in proptest::collection::vec((any::<i32>(), any::<u32>(), 0..2000_i64, any::<bool>()), 1..40)
    ) {
        let mut mapper = mapper();
        let mut received = 0;
        for (sec, nanosec, later, ask) in messages {
            received += later;
            if ask {
                mapper.reconsider();
            }
            if let Some(stamp) = mapper.map(sec, nanosec, at(received), EPOCH) {
                prop_assert!(stamp <= at(received));
            }
        }
    }

    /// Once headers agreed with our clock, an age is never understated.
    #[test]
    fn after_a_good_start_ages_are_believed(
        first in 0..1000_i64, delays in proptest::collection::vec(0..8000_i64, 1..60)
    ) {
        let mut mapper = mapper();
        prop_assert_eq!(map(&mut mapper, 0, first), Some(at(0)));
        for (frame, delay) in delays.into_iter().enumerate() {
            let captured = 33 * (frame as i64 + 1);
            prop_assert_eq!(map(&mut mapper, captured, captured + delay), Some(at(captured)));
        }
    }

    /// A clock that differs from the first message on: fresh once that is known, and a queue is seen as well.
    #[test]
    fn a_clock_that_differs_is_learned_and_a_queue_behind_it_is_stale(
        differs in prop_oneof![-100_000_000..-1200_i64, 300..100_000_000_i64],
        delays in proptest::collection::vec(0..60_i64, 60), queue in 700..8000_i64
    ) {
        let mut mapper = mapper();
        let theirs = EPOCH + Span::from_millis(differs);
        let mut age = |captured: i64, delay: i64| {
            let (sec, nanosec) = header(captured, theirs);
            let received = at(captured + delay);
            mapper.map(sec, nanosec, received, EPOCH).map(|stamp| received - stamp)
        };
        for (frame, delay) in delays.iter().enumerate() {
            let age = age(33 * frame as i64, *delay);
            if frame > 40 {
                prop_assert!(age.is_some_and(|age| age <= Span::from_millis(61)), "{age:?}");
            } else {
                prop_assert!(age.is_none_or(|age| age <= Span::from_millis(61) || age > Span::from_millis(1000)));
            }
        }
        let behind = age(2000, queue);
        prop_assert!(behind.is_some_and(|age| age > Span::from_millis(queue - 70)), "{behind:?}");
    }

    /// A queue that grows from the first message on is no clock that differs.
    #[test]
    fn a_queue_that_grows_from_the_start_is_never_fresh(start in 1100..3000_i64, grows in 5..30_i64) {
        let mut mapper = mapper();
        for frame in 0..200 {
            let captured = 33 * frame;
            let received = captured + start + grows * frame;
            prop_assert_eq!(map(&mut mapper, captured, received), Some(at(captured)));
        }
    }
}

#[test]
fn the_wall_offset_brings_session_time_to_wall_time() {
    let clock = FastClock::new();
    clock.advance_to(at(2000));
    let wall = || {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map(Span::from)
            .unwrap()
    };
    let before = wall();
    let mapped = clock.now() - Stamp::ZERO + StampMapper::wall_offset(&clock);
    assert!(before <= mapped && mapped <= wall());
}

fn image(stamp: i64) -> Message {
    Message::Image(RawImage {
        stamp: at(stamp),
        width: 1,
        height: 1,
        step: 3,
        encoding: "rgb8".into(),
        data: vec![1, 2, 3].into(),
    })
}

fn odometry(stamp: i64) -> Message {
    Message::Odometry(OdometryMessage {
        stamp: at(stamp),
        pose: [0.0; 3],
        twist: [0.0; 2],
    })
}

#[test]
fn the_inbox_gives_states_before_pictures_and_keeps_the_newest() {
    let inbox = Inbox::new();
    for stamp in 0..6 {
        inbox.push(odometry(stamp));
        inbox.push(image(stamp));
    }
    let mut waiting = Vec::new();
    inbox.drain(&mut waiting);
    let states = (0..6).map(odometry);
    let expected: Vec<Message> = states.chain((2..6).map(image)).collect();
    assert_eq!(waiting, expected);
    assert_eq!((inbox.arrived(), inbox.dropped()), (12, 2));
}

/// Does what it is told at once; refuses what a stale robot would.
#[derive(Default)]
struct Puppet {
    status: Mutex<Status>,
    told: Mutex<Vec<Instruction>>,
    stale: bool,
    deaf: bool,
}

impl Operator for Puppet {
    fn instruct(&self, instruction: Instruction) -> Result<(), String> {
        if self.stale {
            return Err("stale input: image; it must be fresh first".into());
        }
        if !self.deaf && !matches!(instruction, Instruction::Pursue(_)) {
            self.status.lock().unwrap().state = State::Holding;
        }
        self.told.lock().unwrap().push(instruction);
        Ok(())
    }

    fn status(&self) -> Status {
        self.status.lock().unwrap().clone()
    }
}

fn desk() -> Desk {
    Desk::open(Joints {
        axes: vec!["shoulder".into(), "elbow".into()],
        mimics: vec!["finger".into()],
    })
    .unwrap()
}

fn ask(desk: &Desk, verb: Verb) -> (bool, String) {
    let (reply, answer) = channel();
    let errand = Errand::Request(
        verb,
        Box::new(move |success, message| reply.send((success, message)).unwrap()),
    );
    desk.counter()(errand);
    answer.recv().unwrap()
}

#[test]
fn before_a_session_is_there_everything_is_refused() {
    let desk = desk();
    let (success, message) = ask(&desk, Verb::Activate);
    assert!(
        !success && message.contains("no model is loaded"),
        "{message}"
    );
}

#[test]
fn yes_means_done() {
    let desk = desk();
    let puppet = Arc::new(Puppet::default());
    puppet.status.lock().unwrap().state = State::Inactive;
    desk.attach(puppet.clone());
    let (success, message) = ask(&desk, Verb::Hold);
    assert!(!success && message.contains("activate first"), "{message}");
    assert_eq!(ask(&desk, Verb::Activate), (true, "Holding".into()));
    assert_eq!(
        ask(&desk, Verb::Resume),
        (true, "nothing to resume: Holding".into())
    );
    assert_eq!(*puppet.told.lock().unwrap(), [Instruction::Activate]);
}

/// What stamps mean is decided anew after a refusal; not while the robot moves.
#[test]
fn a_robot_that_brakes_is_asked_again_later() {
    let desk = desk();
    let puppet = Arc::new(Puppet {
        stale: true,
        ..Puppet::default()
    });
    desk.attach(puppet.clone());
    for (state, refused) in [(State::Braking, 0), (State::Inactive, 1)] {
        puppet.status.lock().unwrap().state = state;
        let (success, _) = ask(&desk, Verb::Activate);
        assert!(!success);
        assert_eq!(desk.refusals().load(Ordering::Relaxed), refused, "{state}");
    }
}

#[test]
fn what_was_accepted_but_did_not_happen_is_no_success() {
    let desk = desk();
    let puppet = Puppet {
        deaf: true,
        ..Puppet::default()
    };
    *puppet.status.lock().unwrap() = Status {
        state: State::Stopped,
        cause: Cause::StaleImage,
        ..Status::default()
    };
    desk.attach(Arc::new(puppet));
    let (success, message) = ask(&desk, Verb::Resume);
    assert!(
        !success && message.contains("Stopped: stale input: image"),
        "{message}"
    );
}

#[test]
fn a_refusal_is_passed_on_in_the_operators_words() {
    let desk = desk();
    let puppet = Puppet {
        stale: true,
        ..Puppet::default()
    };
    puppet.status.lock().unwrap().state = State::Stopped;
    desk.attach(Arc::new(puppet));
    assert_eq!(
        ask(&desk, Verb::Resume),
        (false, "stale input: image; it must be fresh first".into())
    );
}

#[test]
fn joint_goals_are_matched_by_name_and_bad_ones_are_refused_by_what_is_wrong() {
    let desk = desk();
    let puppet = Arc::new(Puppet::default());
    puppet.status.lock().unwrap().state = State::Holding;
    desk.attach(puppet.clone());
    let goal = |names: &[&str], position: &[f64]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        desk.counter()(Errand::Joints(names, position.to_vec()));
        // Errands are done in turn: when this one is answered, the goal was judged.
        ask(&desk, Verb::Resume);
        desk.refusal()
    };
    for (names, position, why) in [
        (
            &["elbow", "shoulder"][..],
            &[0.1][..],
            "2 names but 1 positions",
        ),
        (&["elbow"], &[0.1], "joint shoulder is missing"),
        (
            &["elbow", "wrist"],
            &[0.1, 0.2],
            "no joint is called wrist; expected shoulder, elbow",
        ),
        (
            &["elbow", "elbow"],
            &[0.1, 0.2],
            "joint elbow is named twice",
        ),
        (
            &["elbow", "shoulder"],
            &[0.1, f64::NAN],
            "position of shoulder is NaN",
        ),
        (
            &["elbow", "shoulder"],
            &[f64::INFINITY, 0.0],
            "position of elbow is inf",
        ),
    ] {
        let refusal = goal(names, position);
        assert!(refusal.contains(why), "{refusal}");
    }
    assert!(puppet.told.lock().unwrap().is_empty());
    assert_eq!(desk.refused(), 6);
    // As joint states name them, a joint that follows by itself among them.
    let all = goal(&["elbow", "finger", "shoulder"], &[0.1, 7.0, 0.2]);
    assert_eq!(all, "");
    let told = puppet.told.lock().unwrap();
    assert!(
        matches!(&told[..], [Instruction::Pursue(Goal::Joints(joints))] if joints[..] == [0.2, 0.1])
    );
}

/// A goal that waited is pursued in its turn; after anything else was asked for it is refused.
#[test]
fn a_goal_that_waited_takes_nobodys_place() {
    let desk = desk();
    let puppet = Arc::new(Puppet::default());
    puppet.status.lock().unwrap().state = State::Holding;
    desk.attach(puppet.clone());
    let counter = desk.counter();
    let late = |turn| {
        let point = move |may: Result<(), String>| Errand::Point(may.map(|()| [1.0, 2.0, 0.0]));
        counter(Errand::Late(turn, Box::new(point)));
        // A job that is none of anybody's business: when it is done, the goal was judged.
        let (done, wait) = channel();
        counter(Errand::Aside(Box::new(move |_| done.send(()).unwrap())));
        wait.recv().unwrap();
        desk.refusal()
    };
    assert_eq!(late(0), "");
    assert_eq!(late(0), "", "neither it nor the job beside it took a turn");
    assert!(ask(&desk, Verb::Hold).0);
    assert!(late(0).contains("something else was asked for while it waited"));
    assert_eq!(late(1), "", "the hold came before this one");
    assert_eq!(desk.refused(), 1);
    let told = puppet.told.lock().unwrap();
    let goals = told
        .iter()
        .filter(|told| matches!(told, Instruction::Pursue(Goal::Point(_))));
    assert_eq!(goals.count(), 3);
}

#[test]
fn a_status_says_state_and_cause_and_what_is_unknown_is_empty() {
    let status = Status {
        state: State::Stopped,
        cause: Cause::StaleImage,
        images: 7,
        ..Status::default()
    };
    assert_eq!(summary(&status), "Stopped: stale input: image");
    let values = values(&status);
    let value = |key: &str| {
        values
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(value("images"), Some("7"));
    assert_eq!(value("image_age [ms]"), Some(""));
    assert_eq!(value("cause"), Some("stale input: image"));
}
