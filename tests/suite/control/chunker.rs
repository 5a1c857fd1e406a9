//! Chunks as a joint_trajectory_controller follows them, in a closed loop with the controller that makes the commands.

use forerun::control::{
    Chunk, Chunker, Command, ControlConfig, Controller, PlanInForce, Request, Source, State,
    TickInputs, Waypoint,
};
use forerun::robot::{
    Action, ActionKind, ActionSpace, Axes, AxisLimits, Interpolation, Knot, LimiterState, Limits,
    RobotState, Trajectory,
};
use forerun::time::{Span, Stamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const AXES: usize = 2;

fn space(jerk: f64) -> ActionSpace {
    let axis = |reach: f64, velocity: f64| AxisLimits {
        lower: -reach,
        upper: reach,
        velocity,
        acceleration: 8.0,
        deceleration: 12.0,
        jerk,
    };
    ActionSpace {
        kind: ActionKind::JointVelocity,
        names: vec!["shoulder".to_owned(), "elbow".to_owned()],
        units: vec!["rad/s".to_owned(); 2],
        limits: Limits::new(vec![axis(2.0, 1.5), axis(1.0, 2.0)]),
    }
}

/// A robot that is where the chunk under way says, and what drives it.
struct Follower {
    config: ControlConfig,
    controller: Controller,
    chunker: Chunker,
    seeded: ChaCha8Rng,
    now: Stamp,
    plan: Option<(Stamp, Trajectory)>,
    limits: Limits,
    chunk: Option<Chunk>,
    chunks: Vec<Chunk>,
}

impl Follower {
    fn new(seed: u64, jerk: f64) -> Self {
        Self::at_rate(seed, jerk, 200.0)
    }

    fn at_rate(seed: u64, jerk: f64, rate: f64) -> Self {
        let space = space(jerk);
        let config = ControlConfig {
            period: Span::from_secs(1.0 / rate),
            repeat: Span::from_millis(1_000),
            ..ControlConfig::default()
        };
        let mut controller = Controller::new(&space, config);
        controller
            .request(Request::Configured, Stamp::ZERO)
            .expect("configured");
        Self {
            chunker: Chunker::new(&space, &config),
            limits: config.bounds(&space.limits),
            controller,
            config,
            seeded: ChaCha8Rng::seed_from_u64(seed),
            now: Stamp::ZERO,
            plan: None,
            chunk: None,
            chunks: Vec::new(),
        }
    }

    fn state(&self) -> RobotState {
        let rest = Axes::zeros(AXES);
        let at = self.chunk.as_ref().map(|chunk| chunk.at(self.now));
        RobotState {
            stamp: self.now,
            position: at.map_or(rest, |at| at.position),
            velocity: at.map_or(rest, |at| at.velocity),
        }
    }

    /// A walk through the limits from where control is, as a planner's projected track is.
    fn think(&mut self) {
        let mut limiter = LimiterState {
            position: self.state().position,
            ..*self.controller.limiter()
        };
        let mut wanted = Action::zeros(AXES);
        let knots = (0..80)
            .map(|tick| {
                if tick % 20 == 0 {
                    wanted = Axes::from_fn(AXES, |_| self.seeded.random_range(-2.5..2.5));
                }
                let dt = self.config.period.secs();
                Knot {
                    stamp: self.now + self.config.period * tick,
                    action: self.limits.project(&mut limiter, &wanted, dt),
                }
            })
            .collect();
        let trajectory = Trajectory::new(knots, Interpolation::Hold).expect("ordered");
        self.plan = Some((self.now, trajectory));
    }

    /// A tick; gives how far the robot is off what was commanded, in parts of the speed limits.
    fn tick(&mut self) -> f64 {
        self.now += self.config.period;
        let state = self.state();
        let inputs = TickInputs {
            state: Some(state),
            image: Some(self.now),
            finite: true,
            ..TickInputs::default()
        };
        let plan = self.plan.as_ref();
        let tick = self.controller.tick(
            self.now,
            &inputs,
            plan.map(|(delivered, trajectory)| PlanInForce {
                trajectory,
                delivered: *delivered,
            }),
        );
        if !tick.command.is_sent() {
            return 0.0;
        }
        let plan = plan.map(|(_, trajectory)| trajectory);
        if let Some(chunk) = self.chunker.next(&tick.command, Some(&state), plan) {
            self.chunk = Some(chunk.clone());
            self.chunks.push(chunk.clone());
        }
        let chunk = self.chunk.as_ref().expect("a chunk for the first command");
        let shown = chunk.at(self.now + self.config.period).velocity;
        let off = |axis: usize| {
            let limit = self.limits.axes()[axis].velocity;
            (shown[axis] - tick.command.action[axis]).abs() / limit
        };
        (0..AXES).map(off).fold(0.0, f64::max)
    }

    /// Until it moves as fast as `speed` `[rad/s]`.
    fn drive(&mut self, speed: f64) {
        for tick in 0..1000 {
            if tick % 7 == 0 {
                self.think();
            }
            self.tick();
            if self.state().velocity.max_abs() > speed {
                return;
            }
        }
        panic!("never as fast as {speed}");
    }

    fn ask(&mut self, request: Request) {
        self.controller
            .request(request, self.now)
            .expect("possible in this state");
    }
}

/// Largest difference of two waypoints in position, velocity, acceleration.
fn apart(a: &Waypoint, b: &Waypoint) -> [f64; 3] {
    let most = |a: &Axes, b: &Axes| (0..AXES).map(|i| (a[i] - b[i]).abs()).fold(0.0, f64::max);
    [
        most(&a.position, &b.position),
        most(&a.velocity, &b.velocity),
        most(&a.acceleration, &b.acceleration),
    ]
}

/// What joint_trajectory_controller refuses a trajectory for.
fn accepted(chunk: &Chunk) {
    assert!(!chunk.waypoints.is_empty());
    for pair in chunk.waypoints.windows(2) {
        assert!(
            pair[0].after < pair[1].after,
            "times must strictly increase"
        );
    }
    for point in &chunk.waypoints {
        for numbers in [point.position, point.velocity, point.acceleration] {
            assert!(numbers.len() == AXES && numbers.is_finite());
        }
    }
    let last = chunk.waypoints[chunk.waypoints.len() - 1];
    assert_eq!(last.velocity.max_abs(), 0.0, "it must end at rest");
}

#[test]
fn a_thousand_chunks_are_one_smooth_motion() {
    for (seed, jerk) in [(1, f64::INFINITY), (2, 400.0)] {
        let mut follower = Follower::new(seed, jerk);
        follower.tick();
        follower.ask(Request::Activate);
        let (mut worst, mut stops) = (0.0f64, 0);
        let mut ticks = 0;
        while follower.chunks.len() < 1001 {
            ticks += 1;
            assert!(ticks < 100_000, "{} chunks", follower.chunks.len());
            if ticks % 300 == 50 {
                follower.ask(Request::Track);
            } else if ticks % 300 == 250 {
                stops += 1;
                follower.ask(Request::Hold);
            }
            if ticks % 7 == 0 {
                follower.think();
            }
            worst = worst.max(follower.tick());
        }
        assert!(stops > 3, "{stops} stops");
        assert!(
            worst < 0.021,
            "{worst} of the speed limit off what was commanded"
        );
        for pair in follower.chunks.windows(2) {
            accepted(&pair[1]);
            let [old, new] = [&pair[0], &pair[1]];
            let joint = apart(&old.at(new.start), &new.at(new.start));
            assert!(joint.iter().all(|gap| *gap < 1e-9), "{joint:?} at a joint");
            for point in &new.waypoints[1..] {
                let due = new.start + point.after;
                let just_before = new.at(due + Span::from_nanos(-1));
                let gap = apart(&just_before, point);
                assert!(gap[0] < 1e-6 && gap[1] < 1e-5 && gap[2] < 1e-2, "{gap:?}");
            }
        }
        let speed = |chunk: &Chunk, after: i64| chunk.at(chunk.start + Span::from_millis(after));
        for chunk in &follower.chunks {
            for after in 0..100 {
                let at = speed(chunk, after);
                for (axis, bound) in follower.limits.axes().iter().enumerate() {
                    assert!(at.velocity[axis].abs() <= 1.02 * bound.velocity);
                    let inside = bound.lower - 2e-3..=bound.upper + 2e-3;
                    assert!(inside.contains(&at.position[axis]), "{}", at.position[axis]);
                }
            }
        }
    }
}

#[test]
fn whoever_is_left_alone_stops_within_the_limits() {
    let mut follower = Follower::new(3, f64::INFINITY);
    follower.tick();
    follower.ask(Request::Activate);
    follower.tick();
    follower.ask(Request::Track);
    follower.drive(1.0);
    let chunk = follower.chunk.expect("a chunk");
    let rest = chunk.at(chunk.end());
    assert_eq!(rest.velocity.max_abs(), 0.0);
    let stop = chunk.end() - follower.now;
    assert!(stop < Span::from_secs(0.25 + 2.0 / 12.0 + 0.05), "{stop:?}");
    assert_eq!(
        chunk.at(chunk.end() + Span::from_millis(500)).position,
        rest.position
    );
}

#[test]
fn braking_is_on_its_way_at_once_and_rest_needs_no_news() {
    let mut follower = Follower::new(4, f64::INFINITY);
    follower.tick();
    follower.ask(Request::Activate);
    follower.tick();
    follower.ask(Request::Track);
    follower.drive(1.0);
    let before = follower.chunks.len();
    follower.ask(Request::Deactivate);
    follower.tick();
    assert_eq!(
        follower.chunks.len(),
        before + 1,
        "a chunk for the first tick of braking"
    );
    let braking = follower.chunks[before].clone();
    assert!(braking.end() - braking.start < Span::from_secs(2.0 / 12.0 + 0.03));
    for _ in 0..200 {
        follower.tick();
    }
    assert_eq!(follower.controller.standing().state, State::Inactive);
    assert!(
        follower.chunks.len() <= before + 6,
        "{}",
        follower.chunks.len() - before
    );
    assert_eq!(
        follower.chunks[follower.chunks.len() - 1]
            .at(follower.now)
            .velocity
            .max_abs(),
        0.0
    );
}

/// At every rate that is allowed, ticks being punctual or not.
#[test]
fn a_robot_at_rest_is_sent_no_more_chunks() {
    for rate in [20.0, 33.0, 125.0, 200.0, 333.0, 1000.0] {
        for jitter in [0.0, 0.2] {
            let mut follower = Follower::at_rate(6, f64::INFINITY, rate);
            follower.tick();
            follower.ask(Request::Activate);
            follower.tick();
            follower.ask(Request::Track);
            let (mut worst, mut fastest) = (0.0_f64, 0.0_f64);
            let seconds = |seconds: f64| (seconds * rate) as usize;
            for tick in 0..seconds(2.0) {
                if tick % (rate as usize / 20) == 0 {
                    follower.think();
                }
                worst = worst.max(follower.tick());
                fastest = fastest.max(follower.state().velocity.max_abs());
            }
            assert!(
                fastest > 0.5 && worst < 0.021,
                "{rate} Hz: {fastest} {worst}"
            );
            follower.ask(Request::Hold);
            for _ in 0..seconds(4.0) {
                let off = follower.seeded.random_range(-0.5..0.5);
                follower.now += Span::from_secs(jitter * off / rate);
                follower.tick();
            }
            let last = &follower.chunks[follower.chunks.len() - 1];
            let rest = follower.now - last.start;
            assert!(
                rest > Span::from_secs(2.0),
                "{rate} Hz, jitter {jitter}: {rest:?}"
            );
            accepted(last);
        }
    }
}

/// At rest at `place`, every axis.
fn standing(stamp: Stamp, place: f64) -> RobotState {
    RobotState {
        stamp,
        position: Axes::from_fn(AXES, |_| place),
        velocity: Axes::zeros(AXES),
    }
}

/// The command of `speed`, every axis.
fn commanded(stamp: Stamp, speed: f64, (source, state): (Source, State)) -> Command {
    Command {
        stamp,
        action: Axes::from_fn(AXES, |_| speed),
        source,
        state,
        ..Command::default()
    }
}

/// Drives off, moved by hand, a new goal: a controller of positions shall not leap. A servo that sags or presses against
/// something since before it rests is left alone: it would sink from goal to goal.
#[test]
fn a_robot_that_was_moved_at_rest_sets_out_from_where_it_is() {
    let space = space(f64::INFINITY);
    let config = ControlConfig::default();
    let lag = config.lag(&config.bounds(&space.limits))[0];
    for (from, moved, begins) in [
        (100, 0.9 * lag, 0.9 * lag),
        (100, 0.05 * lag, 0.0),
        (1, 0.9 * lag, 0.0),
    ] {
        let mut chunker = Chunker::new(&space, &config);
        let mut first = None;
        for tick in 0..400 {
            let going = tick >= 300;
            let stamp = Stamp::ZERO + config.period * tick;
            let at = if tick < from { 0.0 } else { moved };
            let command = match going {
                true => commanded(stamp, 0.3, (Source::Plan, State::Tracking)),
                false => commanded(stamp, 0.0, (Source::Hold, State::Holding)),
            };
            let chunk = chunker.next(&command, Some(&standing(stamp, at)), None);
            let chunk = chunk.map(|chunk| chunk.waypoints[0].position[0]);
            assert!(tick == 0 || going || chunk.is_none(), "it rests: {tick}");
            first = first.or(chunk.filter(|_| going));
        }
        let first = first.expect("a chunk on the way");
        assert!(
            (first - begins).abs() < 1e-9,
            "moved {moved} at {from}: begins at {first}"
        );
    }
}

/// However slowly it is driven, a robot sags as far as ever, and is not sent after itself into the depth.
#[test]
fn a_slow_robot_that_sags_holds_where_it_is() {
    let space = space(f64::INFINITY);
    let config = ControlConfig {
        velocity_scale: 0.05,
        ..ControlConfig::default()
    };
    let mut chunker = Chunker::new(&space, &config);
    let (mut at, mut chunks) = (0.0, Vec::new());
    for tick in 0..400 {
        let stamp = Stamp::ZERO + config.period * tick;
        let command = commanded(stamp, 0.0, (Source::Hold, State::Holding));
        let chunk = chunker.next(&command, Some(&standing(stamp, at)), None);
        chunks.extend(chunk.map(|chunk| chunk.waypoints[0].position[0]));
        at = chunks[chunks.len() - 1] - 0.05;
    }
    assert_eq!(chunks, [0.0], "it sinks");
}

#[test]
fn after_silence_it_begins_where_the_robot_is() {
    let mut follower = Follower::new(5, f64::INFINITY);
    follower.tick();
    follower.ask(Request::Activate);
    follower.tick();
    // However seldom a standstill is said.
    follower.now += Span::from_millis(60);
    let moved = Axes::from_slice(&[0.5, -0.5]).expect("two axes");
    follower.chunk = Some(Chunk {
        start: follower.now,
        waypoints: vec![Waypoint {
            after: Span::ZERO,
            position: moved,
            velocity: Axes::zeros(AXES),
            acceleration: Axes::zeros(AXES),
        }],
    });
    follower.tick();
    let last = &follower.chunks[follower.chunks.len() - 1];
    assert_eq!(last.waypoints[0].position, moved);
}

/// Drives that are off, a controller that is not active.
#[test]
fn a_robot_that_does_not_follow_is_not_run_away_from() {
    let space = space(f64::INFINITY);
    let config = ControlConfig::default();
    let mut chunker = Chunker::new(&space, &config);
    let speed = space.limits.axes()[0].velocity;
    let mut farthest = 0.0_f64;
    let mut anew = 0;
    for tick in 0..2_000 {
        let stamp = Stamp::ZERO + config.period * tick;
        let command = commanded(stamp, speed, (Source::Plan, State::Tracking));
        if let Some(chunk) = chunker.next(&command, Some(&standing(stamp, 0.0)), None) {
            farthest = farthest.max(chunk.waypoints[0].position.max_abs());
        }
        anew += usize::from(chunker.astray().is_some());
    }
    let late = config.delay * 2 + config.thresholds.state + config.period * 20;
    assert!(
        farthest > 0.0 && farthest < speed * late.secs(),
        "{farthest} rad"
    );
    assert!((5..200).contains(&anew), "began anew {anew} times");
    // Stopped: where it is, so that it won't leap when its drives go on; and left alone then.
    let mut last = None;
    for tick in 2_000..2_400 {
        let stamp = Stamp::ZERO + config.period * tick;
        let command = commanded(stamp, 0.0, (Source::Hold, State::Stopped));
        if let Some(chunk) = chunker.next(&command, Some(&standing(stamp, 0.0)), None) {
            last = Some((tick, chunk.clone()));
        }
    }
    let (tick, last) = last.expect("a chunk");
    let at_rest = last.at(last.end());
    assert!(
        tick < 2_100 && at_rest.position.max_abs() < 1e-9,
        "{tick} {at_rest:?}"
    );
}

/// While it brakes blindly, a chunk must not lead back to where the robot was last seen.
#[test]
fn a_measurement_from_long_ago_says_nothing_of_where_the_robot_is() {
    let space = space(f64::INFINITY);
    let config = ControlConfig::default();
    let mut chunker = Chunker::new(&space, &config);
    let seen = standing(Stamp::ZERO, 0.0);
    let speed = space.limits.axes()[0].velocity;
    let mut place = 0.0;
    for tick in 0..200 {
        let stamp = Stamp::ZERO + config.period * tick;
        let command = commanded(stamp, speed, (Source::Brake, State::Braking));
        if let Some(chunk) = chunker.next(&command, Some(&seen), None) {
            let begins = chunk.waypoints[0].position[0];
            assert!(begins >= place, "back from {place} to {begins} rad");
            place = begins;
        }
        assert!(chunker.astray().is_none());
    }
}
