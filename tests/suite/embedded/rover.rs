//! The rover in its room.

use std::collections::VecDeque;

use forerun::control::{Command, Source as Origin};
use forerun::embedded::{
    EmbeddedTask, ROVER_RADIUS, Rig, Room, RoverParameters, Sink, Source, photograph_rover, rover,
};
use forerun::robot::{Action, RobotModel};
use forerun::runtime::{CommandSink, SensorSource, Task};
use forerun::sensing::{Goal, Message, RawImage};
use forerun::time::{Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const TICK: Span = Span::from_millis(5);

fn robot() -> RobotModel {
    RobotModel::from_urdf(include_str!("../../../urdf/rover.urdf")).expect("the shipped URDF")
}

/// Small pictures are soon drawn.
fn small(layout: u64) -> RoverParameters {
    RoverParameters {
        layout,
        rig: Rig {
            image: [16, 16],
            camera_rate: 1.0,
            ..RoverParameters::default().rig
        },
        ..RoverParameters::default()
    }
}

fn halves(parameters: RoverParameters, seed: u64) -> (Source, Sink, EmbeddedTask) {
    rover(&robot(), parameters, seed).expect("a rover")
}

fn send(sink: &mut Sink, stamp: Stamp, twist: [f64; 2]) {
    let action = Action::from_slice(&twist).expect("two axes");
    let command = Command {
        stamp,
        action,
        wanted: action,
        source: Origin::Plan,
        ..Command::default()
    };
    sink.send(&command).expect("sent");
}

/// What arrives in two seconds under a fixed motion, polled every `every` ticks.
fn messages(parameters: RoverParameters, seed: u64, every: i64) -> Vec<Message> {
    let (mut source, mut sink, _task) = halves(parameters, seed);
    let mut all = Vec::new();
    for tick in 0..=400 {
        let now = Stamp::ZERO + TICK * tick;
        if tick % every == 0 {
            source.poll(now, &mut all).expect("polled");
        }
        let time = tick as f64;
        send(
            &mut sink,
            now,
            [0.6 * (time * 0.02).sin(), 2.0 * (time * 0.03).cos()],
        );
    }
    all
}

#[test]
fn the_same_seed_gives_the_same_bits_however_often_it_is_polled() {
    let parameters = RoverParameters::default;
    let split = |messages: Vec<Message>| -> (Vec<Message>, Vec<Message>) {
        let image = |message: &Message| matches!(message, Message::Image(_));
        messages.into_iter().partition(image)
    };
    let one = split(messages(parameters(), 3, 1));
    assert_eq!(one, split(messages(parameters(), 3, 1)));
    // Commands act 20 ms after they were sent, so polls up to that far apart see the same motion.
    assert_eq!(one, split(messages(parameters(), 3, 4)));
    assert_ne!(one, split(messages(parameters(), 4, 1)));
    assert!(one.0.len() > 50, "{} frames", one.0.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..ProptestConfig::default() })]

    /// Wherever it is driven, whatever the room: walls and boxes keep it out, and what it is told it goes on doing.
    #[test]
    fn it_never_gets_into_what_blocks(
        layout in 0u64..1000, seed in 0u64..1000,
        twists in proptest::collection::vec((-1.0f64..1.0, -3.0f64..3.0, 20i64..400), 4..16),
    ) {
        let room = Room::drawn(layout);
        let (mut source, mut sink, mut task) = halves(small(layout), 0);
        task.reset(seed).expect("an episode");
        let (mut all, mut now, mut deepest) = (Vec::new(), Stamp::ZERO, f64::INFINITY);
        for (linear, angular, ticks) in twists {
            for _ in 0..ticks {
                now += TICK;
                source.poll(now, &mut all).expect("polled");
                send(&mut sink, now, [linear, angular]);
                let place = task.state().position;
                deepest = deepest.min(room.clearance([place[0], place[1]], ROVER_RADIUS));
            }
        }
        prop_assert!(deepest > -1e-6, "{deepest} m");
    }
}

#[test]
fn what_blocks_stops_it_and_its_wheels_and_is_counted() {
    let room = Room::drawn(1);
    let mut blocked = 0;
    for seed in 0..20 {
        let (mut source, mut sink, mut task) = halves(small(1), 0);
        task.reset(seed).expect("an episode");
        let mut messages = Vec::new();
        for tick in 0..2000 {
            let now = Stamp::ZERO + TICK * tick;
            source.poll(now, &mut messages).expect("polled");
            send(&mut sink, now, [0.8, 0.0]);
        }
        let state = task.state();
        let place = [state.position[0], state.position[1]];
        let clearance = room.clearance(place, ROVER_RADIUS);
        let speed = state.velocity[0];
        assert!(task.truth(Stamp::ZERO).contacts >= 1);
        if clearance.abs() > 1e-3 || speed > 0.1 {
            continue;
        }
        blocked += 1;
        // Told to drive at full speed all the same, wheels turn as the body moves: they stall, they don't spin.
        let odometry = messages.iter().rev().filter_map(|message| match message {
            Message::Odometry(odometry) => Some(odometry.twist[0]),
            _ => None,
        });
        let measured = odometry.take(20).sum::<f64>() / 20.0;
        assert!(
            (measured - speed).abs() < 0.05,
            "seed {seed}: {measured}, {speed}"
        );
    }
    // The others slide along a wall, or out of a corner and on.
    assert!(blocked >= 10, "{blocked} of 20 are blocked");
}

#[test]
fn wheels_slip_so_odometry_drifts_and_the_imu_does_not() {
    let turning = |slip: f64| {
        let parameters = RoverParameters {
            slip,
            yaw_noise: 0.0,
            ..small(1)
        };
        let (mut source, mut sink, task) = halves(parameters, 5);
        let mut messages = Vec::new();
        for tick in 0..=6000 {
            let now = Stamp::ZERO + TICK * tick;
            source.poll(now, &mut messages).expect("polled");
            send(&mut sink, now, [0.0, 2.0]);
        }
        let mut yaws = [0.0; 2];
        for message in &messages {
            match message {
                Message::Odometry(odometry) => yaws[0] = odometry.pose[2],
                Message::Imu(imu) => {
                    yaws[1] = 2.0 * imu.orientation[2].atan2(imu.orientation[3]);
                }
                _ => {}
            }
        }
        let truth = task.state().position[2];
        yaws.map(|yaw| (yaw - truth).sin().abs())
    };
    let [odometry, imu] = turning(0.05);
    assert!(odometry > 0.05, "{odometry} rad");
    assert!(imu < 0.02, "{imu} rad");
    assert!(turning(0.0)[0] < 0.02);
}

#[test]
fn starts_and_goals_are_free_and_apart_and_a_room_can_be_crossed() {
    let room = Room::drawn(1);
    let (_source, _sink, mut task) = halves(small(1), 0);
    for seed in 0..300 {
        let episode = task.reset(seed).expect("an episode");
        assert!(matches!(episode.goal, Goal::Image(_)));
        let (from, to) = (task.state().position, task.goal());
        assert!((from[0] - to[0]).hypot(from[1] - to[1]) >= 1.0);
        for place in [from, to] {
            assert!(room.clearance([place[0], place[1]], ROVER_RADIUS) > 0.0);
        }
        assert_eq!(task.truth(Stamp::ZERO).contacts, 0);
    }
}

/// Cells of a grid that the body can stand on, and how many of them it can drive to from one of them.
fn free_and_reachable(room: &Room) -> (usize, usize) {
    const CELLS: i64 = 80;
    let middle = |cell: (i64, i64)| {
        let at = |index: i64| (index as f64 + 0.5) * 4.0 / CELLS as f64 - 2.0;
        [at(cell.0), at(cell.1)]
    };
    let inside = |(x, y): (i64, i64)| (0..CELLS).contains(&x) && (0..CELLS).contains(&y);
    let free = |cell| inside(cell) && room.clearance(middle(cell), ROVER_RADIUS) > 0.0;
    let all = (0..CELLS).flat_map(|x| (0..CELLS).map(move |y| (x, y)));
    let all: Vec<(i64, i64)> = all.filter(|cell| free(*cell)).collect();
    let mut seen = std::collections::HashSet::from([all[0]]);
    let mut waiting = VecDeque::from([all[0]]);
    while let Some((x, y)) = waiting.pop_front() {
        for next in [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)] {
            if free(next) && seen.insert(next) {
                waiting.push_back(next);
            }
        }
    }
    (all.len(), seen.len())
}

#[test]
fn every_room_is_another_and_in_one_piece() {
    for layout in 0..60 {
        let room = Room::drawn(layout);
        assert_eq!(room.blocks(), Room::drawn(layout).blocks());
        assert_ne!(room.blocks(), Room::drawn(layout + 1).blocks());
        // Four walls around, two across, two boxes.
        assert_eq!(room.blocks().len(), 8, "layout {layout}");
        let (free, reachable) = free_and_reachable(&room);
        assert_eq!(free, reachable, "layout {layout}");
    }
}

#[test]
fn boxes_are_moved_and_walls_are_not() {
    for boxes in 1..20 {
        let (old, new) = (Room::drawn(1), Room::with_boxes(1, boxes));
        assert_eq!(old.blocks()[..6], new.blocks()[..6]);
        assert_ne!(old.blocks()[6..], new.blocks()[6..]);
        let (free, reachable) = free_and_reachable(&new);
        assert_eq!(free, reachable, "boxes {boxes}");
    }
    assert_eq!(Room::drawn(1).blocks(), Room::with_boxes(1, 0).blocks());
}

/// The middle of the pixels of a colour, weighted by how much they have of it: x, y `[px]`.
fn middle(picture: &RawImage, much: impl Fn([f64; 3]) -> f64) -> [f64; 2] {
    let (mut sum, mut moment) = (0.0, [0.0; 2]);
    for (index, pixel) in picture.data.chunks_exact(3).enumerate() {
        let weight = much([0, 1, 2].map(|channel| f64::from(pixel[channel]))).max(0.0);
        let (x, y) = (index as u32 % picture.width, index as u32 / picture.width);
        sum += weight;
        moment[0] += weight * f64::from(x);
        moment[1] += weight * f64::from(y);
    }
    moment.map(|moment| moment / sum)
}

/// Place and heading can be read off 64 x 64 pixels, with their noise, under any light.
#[test]
fn a_picture_shows_place_and_heading() {
    let room = Room::drawn(1);
    let parameters = RoverParameters::default();
    let (mut places, mut headings) = (Vec::new(), Vec::new());
    for seed in 0..200u64 {
        let spread = |k: u64| ((seed * 10 + k) as f64 * 0.754_877_666).fract() * 2.0 - 1.0;
        let pose = [1.8 * spread(1), 1.8 * spread(2), 3.1 * spread(3)];
        // Away from brown things, which a mean of colours would take for a part of it.
        if room.clearance([pose[0], pose[1]], ROVER_RADIUS) < 0.15 {
            continue;
        }
        let picture = photograph_rover(&pose, &parameters, seed);
        let yellow = |[red, green, blue]: [f64; 3]| red.min(green) - blue - 60.0;
        let navy = |[red, green, blue]: [f64; 3]| blue - red.max(green) - 30.0;
        let (front, rear) = (middle(&picture, yellow), middle(&picture, navy));
        let ahead = [front[0] - rear[0], rear[1] - front[1]];
        let turned = ahead[1].atan2(ahead[0]) - pose[2];
        headings.push(turned.sin().atan2(turned.cos()).abs());
        let pixel = 4.2 / 64.0;
        let seen = [
            (0.5 * (front[0] + rear[0]) - 31.5) * pixel,
            (31.5 - 0.5 * (front[1] + rear[1])) * pixel,
        ];
        places.push((seen[0] - pose[0]).hypot(seen[1] - pose[1]));
    }
    let median = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    assert!(headings.len() > 50);
    let (place, heading) = (median(&mut places), median(&mut headings));
    assert!(place < 0.06, "{place} m");
    assert!(heading < 0.15, "{heading} rad");
}

#[test]
fn a_robot_without_a_drive_is_refused() {
    let arm = RobotModel::from_urdf(include_str!("../../../urdf/arm.urdf")).expect("a URDF");
    let refused = rover(&arm, small(1), 0).err().expect("refused").to_string();
    assert!(refused.contains("no differential drive"), "{refused}");
    let refused = forerun::embedded::arm(&robot(), Default::default(), 0);
    let refused = refused.err().expect("refused").to_string();
    assert!(refused.contains("expected 2 joints"), "{refused}");
}
