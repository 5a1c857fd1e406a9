//! The arm.

use forerun::control::{Command, Source};
use forerun::embedded::{
    ArmParameters, Explorer, ExplorerParameters, Rig, arm, photograph_arm as photograph,
};
use forerun::robot::{Action, Axes, RobotModel, RobotState};
use forerun::runtime::{CommandSink, SensorSource, Task};
use forerun::sensing::{Goal, ImageSpec, Message, convert};
use forerun::time::{Span, Stamp};

const TICK: Span = Span::from_millis(5);

fn robot() -> RobotModel {
    RobotModel::from_urdf(include_str!("../../../urdf/arm.urdf")).expect("the shipped URDF")
}

fn send(sink: &mut impl CommandSink, stamp: Stamp, velocity: [f64; 2]) {
    let action = Action::from_slice(&velocity).expect("two axes");
    let command = Command {
        stamp,
        action,
        wanted: action,
        source: Source::Plan,
        ..Command::default()
    };
    sink.send(&command).expect("sent");
}

/// What arrives in two seconds under a fixed motion, polled every `every` ticks.
fn messages(seed: u64, every: i64) -> Vec<Message> {
    let (mut source, mut sink, _task) =
        arm(&robot(), ArmParameters::default(), seed).expect("an arm");
    let mut all = Vec::new();
    for tick in 0..=400 {
        let now = Stamp::ZERO + TICK * tick;
        if tick % every == 0 {
            source.poll(now, &mut all).expect("polled");
        }
        send(
            &mut sink,
            now,
            [(tick as f64 * 0.02).sin(), (tick as f64 * 0.03).cos()],
        );
    }
    all
}

fn by_stamp(messages: &[Message]) -> (Vec<Message>, Vec<Message>) {
    messages
        .iter()
        .cloned()
        .partition(|message| matches!(message, Message::Image(_)))
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_does_not() {
    assert_eq!(messages(3, 1), messages(3, 1));
    assert_ne!(messages(3, 1), messages(4, 1));
}

#[test]
fn how_often_it_is_polled_changes_nothing() {
    let (frames, states) = by_stamp(&messages(3, 1));
    // Commands act 20 ms after they were sent, so polls up to that far apart see the same motion.
    for every in [2, 4] {
        let (other_frames, other_states) = by_stamp(&messages(3, every));
        assert_eq!(states, other_states);
        assert_eq!(frames, other_frames);
    }
    assert!(
        frames.len() > 50 && states.len() == 200,
        "{} frames, {} states",
        frames.len(),
        states.len()
    );
}

#[test]
fn a_command_acts_after_the_dead_time_with_the_lag() {
    let (mut source, mut sink, task) = arm(&robot(), ArmParameters::default(), 1).expect("an arm");
    let mut messages = Vec::new();
    let mut speed = Vec::new();
    for tick in 0..100 {
        let now = Stamp::ZERO + TICK * tick;
        source.poll(now, &mut messages).expect("polled");
        speed.push(task.state().velocity[0]);
        send(&mut sink, now, [1.0, 0.0]);
    }
    // Sent at 0, in force from 20 ms on.
    assert_eq!(speed[..=4], [0.0; 5]);
    assert!(speed[5] > 0.0);
    // 63 % of the way one time constant later.
    let after = |millis: usize| speed[(20 + millis) / 5];
    assert!((after(60) - 0.632).abs() < 0.02, "{}", after(60));
    assert!((after(180) - 0.950).abs() < 0.01, "{}", after(180));
}

#[test]
fn without_commands_it_stands_still_and_limits_are_exact() {
    let robot = robot();
    let (mut source, mut sink, task) = arm(&robot, ArmParameters::default(), 1).expect("an arm");
    let mut messages = Vec::new();
    for tick in 0..600 {
        let now = Stamp::ZERO + TICK * tick;
        source.poll(now, &mut messages).expect("polled");
        if tick < 400 {
            send(&mut sink, now, [9.0, -9.0]);
        }
        let RobotState {
            position, velocity, ..
        } = task.state();
        assert!(velocity.max_abs() <= 2.0 + 1e-12);
        for (value, axis) in position.iter().zip(robot.space.limits.axes()) {
            assert!((axis.lower..=axis.upper).contains(value), "{value}");
        }
    }
    let RobotState {
        position, velocity, ..
    } = task.state();
    assert_eq!(*position, [2.6, -2.4]);
    assert!(velocity.max_abs() < 1e-6);
}

#[test]
fn a_servo_without_commands_comes_to_rest() {
    let (mut source, mut sink, task) = arm(&robot(), ArmParameters::default(), 1).expect("an arm");
    let mut messages = Vec::new();
    send(&mut sink, Stamp::ZERO, [1.0, 1.0]);
    source
        .poll(Stamp::ZERO + Span::from_millis(100), &mut messages)
        .expect("polled");
    assert!(task.state().velocity[0] > 0.5);
    source
        .poll(Stamp::ZERO + Span::from_millis(1000), &mut messages)
        .expect("polled");
    assert!(task.state().velocity.max_abs() < 1e-3);
}

#[test]
fn frames_are_late_by_the_latency_and_a_hundredth_is_lost() {
    let parameters = ArmParameters::default();
    let (mut source, _sink, _task) = arm(&robot(), parameters.clone(), 5).expect("an arm");
    let (mut messages, mut ages, mut last) = (Vec::new(), Vec::new(), Stamp::ZERO);
    for tick in 0..60_000i64 {
        let now = Stamp::ZERO + Span::from_millis(tick);
        source.poll(now, &mut messages).expect("polled");
        for message in messages.drain(..) {
            if let Message::Image(image) = message {
                assert!(image.stamp >= last, "frames overtake each other");
                last = image.stamp;
                ages.push((now - image.stamp).millis());
            }
        }
    }
    let share = ages.len() as f64 / 1800.0;
    // Binomial: 0.99 with a standard deviation of 0.0023.
    assert!(
        (0.978..0.999).contains(&share),
        "{share} of the frames arrived"
    );
    let youngest = ages.iter().copied().fold(f64::INFINITY, f64::min);
    let oldest = ages.iter().copied().fold(0.0, f64::max);
    // Integration is on a grid of 5 ms, the jitter one-sided with a standard deviation of 2 ms.
    assert!(
        youngest >= 30.0 - 1e-9 && oldest < 50.0,
        "{youngest} to {oldest} ms"
    );
    assert!(oldest > youngest);
}

#[test]
fn no_goal_lies_near_the_start_and_every_goal_can_be_reached() {
    let robot = robot();
    let parameters = ArmParameters {
        rig: Rig {
            image: [16, 16],
            ..Rig::default()
        },
        ..ArmParameters::default()
    };
    let (_source, _sink, mut task) = arm(&robot, parameters, 0).expect("an arm");
    for seed in (0..200).chain(9000..9200) {
        let episode = task.reset(seed).expect("an episode");
        let RobotState {
            position, velocity, ..
        } = task.state();
        assert!((robot.tip(&position) - robot.tip(&task.goal())).norm() >= 0.15);
        assert_eq!(velocity.max_abs(), 0.0);
        for joints in [position, task.goal()] {
            for (value, axis) in joints.iter().zip(robot.space.limits.axes()) {
                assert!(value.abs() <= 0.95 * axis.upper);
            }
        }
        assert!(matches!(episode.goal, Goal::Image(_)));
        task.next_goal(seed + 1000).expect("a goal");
        assert_eq!(
            task.state().position,
            position,
            "a new goal must not move the arm"
        );
        assert!((robot.tip(&position) - robot.tip(&task.goal())).norm() >= 0.15);
    }
}

/// The colour of the floor in a corner under eight settings of the light, without noise.
fn lights(seed: u64, episode: bool) -> Vec<u8> {
    let parameters = ArmParameters {
        rig: Rig {
            light_drift: 1.0 / 30.0,
            ..noiseless().rig
        },
        ..ArmParameters::default()
    };
    let (mut source, _sink, mut task) = arm(&robot(), parameters, seed).expect("an arm");
    if episode {
        task.reset(seed).expect("an episode");
    }
    let mut messages = Vec::new();
    let until = Stamp::ZERO + Span::from_millis(310);
    source.poll(until, &mut messages).expect("polled");
    let pictures = messages.iter().filter_map(|message| match message {
        Message::Image(picture) => Some(&picture.data[..3]),
        _ => None,
    });
    pictures.take(8).flatten().copied().collect()
}

fn noiseless() -> ArmParameters {
    ArmParameters {
        rig: Rig {
            image: [16, 16],
            pixel_noise: 0.0,
            flicker: 0.0,
            drops: 0.0,
            ..Rig::default()
        },
        ..ArmParameters::default()
    }
}

#[test]
fn no_episode_has_the_light_of_a_recording_whatever_the_seeds() {
    let seeds = || (0..40).chain(9000..9040);
    let recorded: Vec<Vec<u8>> = seeds().map(|seed| lights(seed, false)).collect();
    assert_eq!(recorded[0].len(), 24);
    for seed in seeds() {
        assert!(!recorded.contains(&lights(seed, true)), "seed {seed}");
    }
}

#[test]
fn goal_pictures_are_taken_under_another_light() {
    let corner = |data: &[u8]| -> f64 { data[..3].iter().map(|v| f64::from(*v)).sum() };
    let mut differences: Vec<f64> = (9000..9060)
        .map(|seed| {
            let (mut source, _sink, mut task) = arm(&robot(), noiseless(), seed).expect("an arm");
            let Goal::Image(goal) = task.reset(seed).expect("an episode").goal else {
                panic!("the arm's goals are pictures");
            };
            let mut messages = Vec::new();
            let until = Stamp::ZERO + Span::from_millis(100);
            source.poll(until, &mut messages).expect("polled");
            let seen = messages.iter().find_map(|message| match message {
                Message::Image(picture) => Some(corner(&picture.data)),
                _ => None,
            });
            (seen.expect("a picture") - corner(&goal.data)).abs() / 3.0
        })
        .collect();
    differences.sort_by(f64::total_cmp);
    // Two lights drawn apart differ by some 10 % of 200 levels.
    assert!(differences[30] > 8.0, "median {} levels", differences[30]);
}

#[test]
fn every_picture_size_shows_the_same_view() {
    let spec = ImageSpec {
        width: 64,
        height: 64,
    };
    for joints in [[0.4, -1.2], [-2.0, 0.9], [1.5, 2.2]] {
        let picture = |image| {
            let quiet = ArmParameters {
                rig: Rig {
                    image,
                    pixel_noise: 0.0,
                    flicker: 0.0,
                    ..Rig::default()
                },
                ..ArmParameters::default()
            };
            let mut out = Vec::new();
            convert(&photograph(&joints, &quiet, 9), &spec, &mut out).expect("convertible");
            out
        };
        let native = picture([64, 64]);
        for size in [[640, 480], [320, 240], [200, 100]] {
            let converted = picture(size);
            let errors = native
                .iter()
                .zip(&converted)
                .map(|(a, b)| f64::from((a - b).abs()));
            let mean = errors.clone().sum::<f64>() / native.len() as f64;
            let worst = errors.fold(0.0, f64::max);
            assert!(
                mean < 0.006 && worst < 0.25,
                "{size:?}: mean {mean}, worst {worst}"
            );
        }
    }
}

#[test]
fn exploration_is_smooth_stays_inside_and_sees_the_whole_range() {
    let robot = robot();
    let limits = robot.space.limits.clone();
    let mut explorer = Explorer::new(ExplorerParameters::default(), limits.clone(), 11);
    let mut position = Axes::zeros(2);
    let mut before = Action::zeros(2);
    let (mut low, mut high, mut still) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2], 0);
    for _ in 0..200_000 {
        let action = explorer.step(&position, 0.005);
        for (axis, bounds) in limits.axes().iter().enumerate() {
            assert!(action[axis].abs() <= bounds.velocity);
            assert!((action[axis] - before[axis]).abs() <= 0.005 * bounds.acceleration + 1e-12);
            position[axis] += 0.005 * action[axis];
            assert!((bounds.lower - 1e-9..=bounds.upper + 1e-9).contains(&position[axis]));
            low[axis] = low[axis].min(position[axis]);
            high[axis] = high[axis].max(position[axis]);
        }
        still += usize::from(action.max_abs() == 0.0);
        before = action;
    }
    for (axis, bounds) in limits.axes().iter().enumerate() {
        assert!(low[axis] < 0.95 * bounds.lower && high[axis] > 0.95 * bounds.upper);
    }
    let share = still as f64 / 200_000.0;
    assert!((0.03..0.3).contains(&share), "{share} of the time at rest");
}

/// Mean brightness of the frames that arrive in an episode's ten seconds, floor and arm standing still, without
/// noise: only the light is left.
fn brightness(seed: u64, drift: f64) -> Vec<f64> {
    let parameters = ArmParameters {
        rig: Rig {
            image: [16, 16],
            pixel_noise: 0.0,
            flicker: 0.0,
            light_drift: drift,
            ..Rig::default()
        },
        ..ArmParameters::default()
    };
    let (mut source, _sink, mut task) = arm(&robot(), parameters, 0).expect("an arm");
    task.reset(seed).expect("an episode");
    let mut messages = Vec::new();
    source
        .poll(Stamp::ZERO + Span::from_secs(10.0), &mut messages)
        .expect("polled");
    let frames = messages.iter().filter_map(|message| match message {
        Message::Image(image) => Some(image),
        _ => None,
    });
    let mean = |data: &[u8]| data.iter().map(|value| f64::from(*value)).sum::<f64>();
    frames
        .map(|image| mean(&image.data) / (255.0 * image.data.len() as f64))
        .collect()
}

fn spread(values: &[f64]) -> f64 {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(0.0, f64::max);
    high - low
}

#[test]
fn light_changes_within_episodes_and_between_them() {
    let episodes: Vec<Vec<f64>> = (0..24).map(|seed| brightness(seed, 20.0)).collect();
    let mut within: Vec<f64> = episodes.iter().map(|frames| spread(frames)).collect();
    within.sort_by(f64::total_cmp);
    assert!(
        within[12] > 0.02,
        "the light hardly moves in an episode: {within:?}"
    );
    let starts: Vec<f64> = episodes.iter().map(|frames| frames[0]).collect();
    assert!(
        spread(&starts) > 0.1,
        "episodes begin under the same light: {starts:?}"
    );
    let steps = episodes.iter().flat_map(|frames| frames.windows(2));
    let jump = steps
        .map(|pair| (pair[1] - pair[0]).abs())
        .fold(0.0, f64::max);
    assert!(jump < 0.01, "the light jumps by {jump} from frame to frame");
    // A light that takes for ever to wander stands still: the measure can tell.
    assert!(spread(&brightness(3, 1e9)) < 0.002);
}

#[test]
fn goal_pictures_are_taken_under_another_light_than_the_episode() {
    let parameters = ArmParameters {
        rig: Rig {
            image: [16, 16],
            pixel_noise: 0.0,
            ..Rig::default()
        },
        ..ArmParameters::default()
    };
    let differences = (0..20).map(|seed| {
        let (mut source, _sink, mut task) = arm(&robot(), parameters.clone(), 0).expect("an arm");
        let Goal::Image(goal) = task.reset(seed).expect("an episode").goal else {
            panic!("no picture");
        };
        let mut messages = Vec::new();
        source
            .poll(Stamp::ZERO + Span::from_millis(200), &mut messages)
            .expect("polled");
        let frame = messages.iter().find_map(|message| match message {
            Message::Image(image) => Some(image.clone()),
            _ => None,
        });
        // The corner of the floor, where no arm reaches.
        let frame = frame.expect("a frame");
        (0..3).any(|at| goal.data[at].abs_diff(frame.data[at]) > 2)
    });
    let different = differences.filter(|different| *different).count();
    assert!(different >= 18, "{different} of 20");
}
