//! Mirrors `src/control/following.rs`: robots that are sent trajectories, and follow them or don't, in a closed loop with
//! the controller and the chunker.

use std::collections::VecDeque;

use forerun::control::{
    Cause, Chunk, Chunker, Command, ControlConfig, Controller, PlanInForce, Request, State,
    TickInputs,
};
use forerun::robot::{
    ActionKind, ActionSpace, Axes, AxisLimits, Interpolation, Knot, Limits, RobotState, Trajectory,
};
use forerun::time::{Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const AXES: usize = 2;
const SPEED: f64 = 1.5;

fn space() -> ActionSpace {
    let axis = AxisLimits {
        lower: -1e3,
        upper: 1e3,
        velocity: SPEED,
        acceleration: 8.0,
        deceleration: 12.0,
        jerk: f64::INFINITY,
    };
    ActionSpace {
        kind: ActionKind::JointVelocity,
        names: vec!["shoulder".to_owned(), "elbow".to_owned()],
        units: vec!["rad/s".to_owned(); AXES],
        limits: Limits::new(vec![axis; AXES]),
    }
}

/// What a robot makes of its chunks.
#[derive(Clone, Copy, Debug)]
struct Servo {
    /// Dead time [s].
    dead: f64,
    /// Time in which it makes up for what it is behind [s].
    lag: f64,
    /// It can't speed up faster [rad/s^2].
    acceleration: f64,
    /// It does not set out before it is so far behind [rad].
    sticks: f64,
    /// It is pressed away so far, to and fro [rad].
    pressed: f64,
    /// Standard deviation of what is measured, all of one size [rad].
    noise: f64,
    /// Ticks between two measurements.
    measured: usize,
}

/// As slow as a robot may be.
const SLOWEST: f64 = 2.0 * 0.08 + 0.1;

const FOLLOWS: Servo = Servo {
    dead: 0.02,
    lag: 0.06,
    acceleration: f64::INFINITY,
    sticks: 0.0,
    pressed: 0.0,
    noise: 0.0005,
    measured: 2,
};

struct Line {
    config: ControlConfig,
    controller: Controller,
    chunker: Chunker,
    seeded: ChaCha8Rng,
    servo: Servo,
    now: Stamp,
    ticks: usize,
    chunk: Option<Chunk>,
    pipe: VecDeque<Axes>,
    position: Axes,
    velocity: Axes,
    measured: RobotState,
    /// It does not move, whatever it is sent.
    blocked: bool,
}

impl Line {
    fn new(servo: Servo, seed: u64) -> Self {
        let controller = Controller::new(&space(), ControlConfig::default());
        Self::of(controller.with_trajectories(), servo, seed)
    }

    fn of(mut controller: Controller, servo: Servo, seed: u64) -> Self {
        let config = ControlConfig::default();
        let zeros = Axes::zeros(AXES);
        let dead = (servo.dead / config.period.secs()).round() as usize;
        controller
            .request(Request::Configured, Stamp::ZERO)
            .expect("configured");
        let mut line = Self {
            chunker: Chunker::new(&space(), &config),
            controller,
            config,
            seeded: ChaCha8Rng::seed_from_u64(seed),
            servo,
            now: Stamp::ZERO,
            ticks: 0,
            chunk: None,
            pipe: VecDeque::from(vec![zeros; dead]),
            position: zeros,
            velocity: zeros,
            measured: RobotState {
                stamp: Stamp::ZERO,
                position: zeros,
                velocity: zeros,
            },
            blocked: false,
        };
        line.tick(zeros);
        line.ask(Request::Activate);
        line.tick(zeros);
        line.ask(Request::Track);
        line
    }

    fn ask(&mut self, request: Request) {
        let asked = self.controller.request(request, self.now);
        asked.expect("possible in this state");
    }

    /// With a plan to go on at `wanted`.
    fn tick(&mut self, wanted: Axes) -> Command {
        self.now += self.config.period;
        if self.ticks.is_multiple_of(self.servo.measured) {
            let noise = self.servo.noise;
            let mut off = || noise * [-1.0, 1.0][self.seeded.random_range(0..2)];
            self.measured = RobotState {
                stamp: self.now,
                position: Axes::from_fn(AXES, |axis| self.position[axis] + off()),
                velocity: self.velocity,
            };
        }
        self.ticks += 1;
        let inputs = TickInputs {
            state: Some(self.measured),
            image: Some(self.now),
            finite: true,
            ..TickInputs::default()
        };
        let knots = [0, 250].map(|millis| Knot {
            stamp: self.now + Span::from_millis(millis),
            action: wanted,
        });
        let plan = Trajectory::new(knots.to_vec(), Interpolation::Hold).expect("ordered");
        let in_force = PlanInForce {
            trajectory: &plan,
            delivered: self.now,
        };
        let tick = self.controller.tick(self.now, &inputs, Some(in_force));
        assert!(
            tick.due || !tick.command.is_sent(),
            "chunks are made of every tick"
        );
        if tick.command.is_sent() {
            let measured = Some(&self.measured);
            if let Some(chunk) = self.chunker.next(&tick.command, measured, Some(&plan)) {
                self.chunk = Some(chunk.clone());
            }
        }
        self.go();
        tick.command
    }

    fn go(&mut self) {
        let dt = self.config.period.secs();
        let next = self.now + self.config.period;
        let sent = self.chunk.as_ref().map(|chunk| chunk.at(next).position);
        self.pipe.push_back(sent.unwrap_or(self.position));
        let target = self.pipe.pop_front().expect("one a tick");
        let (servo, phase) = (self.servo, self.now.secs());
        for axis in 0..AXES {
            let pressed = servo.pressed * (0.7 * phase + axis as f64).sin();
            let behind = target[axis] + pressed - self.position[axis];
            let sticks = self.velocity[axis] == 0.0 && behind.abs() < servo.sticks;
            let wanted = if sticks || self.blocked {
                0.0
            } else {
                behind / servo.lag
            };
            let change = servo.acceleration * dt;
            let speed = self.velocity[axis];
            self.velocity[axis] = match self.blocked {
                true => 0.0,
                false => wanted.clamp(speed - change, speed + change),
            };
            self.position[axis] += self.velocity[axis] * dt;
        }
    }

    /// Goes on at `wanted`, of the speed limits, for so long; false if that stops it.
    fn drive(&mut self, wanted: [f64; AXES], seconds: f64) -> bool {
        let wanted = Axes::from_fn(AXES, |axis| SPEED * wanted[axis]);
        for _ in 0..(seconds / self.config.period.secs()) as usize {
            self.tick(wanted);
        }
        let standing = self.controller.standing();
        assert!(
            standing.state == State::Tracking || standing.cause == Cause::Unfollowed,
            "{standing:?}"
        );
        standing.state == State::Tracking
    }
}

fn legs(longest: f64) -> impl Strategy<Value = Vec<([f64; AXES], f64)>> {
    let speed = || prop_oneof![Just(1.0), Just(-1.0), Just(0.0), -1.0..1.0f64];
    let leg = (speed(), speed(), 0.05..longest);
    proptest::collection::vec(leg.prop_map(|(a, b, seconds)| ([a, b], seconds)), 1..20)
}

fn servo() -> impl Strategy<Value = Servo> {
    let (lag, dead) = (0.02..SLOWEST, 0.0..1.0f64);
    let acceleration = prop_oneof![Just(f64::INFINITY), 20.0..100.0f64];
    let rest = (0.0..0.08f64, 0.0..0.08f64, 0.0..0.005f64, 1usize..4);
    (lag, dead, acceleration, rest).prop_map(
        |(late, dead, acceleration, (sticks, pressed, noise, measured))| {
            let dead = 0.6 * late * dead;
            Servo {
                dead,
                lag: (late - dead).max(0.02),
                acceleration,
                sticks,
                pressed,
                noise,
                measured,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, rng_seed: RngSeed::Fixed(41), failure_persistence: None, ..ProptestConfig::default() })]

    /// Late, pressed, sticking, badly measured, to and fro at full speed: who follows is never stopped.
    #[test]
    fn who_follows_is_never_stopped(servo in servo(), legs in legs(4.0), seed in any::<u64>()) {
        let mut line = Line::new(servo, seed);
        for (wanted, seconds) in legs {
            prop_assert!(line.drive(wanted, seconds), "{:?}", line.controller.inputs().behind);
        }
    }

    /// Who is held for a moment, again and again, neither.
    #[test]
    fn who_is_held_for_a_moment_goes_on(
        legs in proptest::collection::vec((0.2..1.2f64, 0.7..2.0f64, any::<bool>()), 1..8), seed in any::<u64>(),
    ) {
        let mut line = Line::new(FOLLOWS, seed);
        for (held, free, back) in legs {
            let speed = if back { -1.0 } else { 1.0 };
            line.blocked = true;
            prop_assert!(line.drive([speed, 0.3], held));
            line.blocked = false;
            prop_assert!(line.drive([speed, 0.3], free));
        }
    }

    /// Drives that are off: the slower it is to go, the longer it takes to be sure.
    #[test]
    fn who_does_not_move_is_stopped(speed in prop_oneof![-1.0..-0.1f64, 0.1..1.0f64], before in 0.0..3.0f64, seed in any::<u64>()) {
        let mut line = Line::new(FOLLOWS, seed);
        prop_assert!(line.drive([0.4, -0.4], before));
        line.blocked = true;
        prop_assert!(line.drive([0.0, speed], 1.0), "not within a second");
        line.drive([0.0, speed], 2.5 * SLOWEST * 2.0 / speed.abs() + 0.6);
        let standing = line.controller.standing();
        prop_assert_eq!((standing.state, standing.cause), (State::Stopped, Cause::Unfollowed));
        let behind = line.controller.inputs().behind;
        prop_assert!(behind.is_none(), "who is not sent anywhere is not behind: {behind:?}");
        // Drives on.
        line.blocked = false;
        line.ask(Request::Resume);
        line.tick(Axes::zeros(AXES));
        line.ask(Request::Track);
        prop_assert!(line.drive([1.0, -1.0], 3.0));
    }
}

/// Velocities are no promise of a place: a robot that is driven by them may stand against something.
#[test]
fn who_is_sent_velocities_is_not_watched() {
    let controller = Controller::new(&space(), ControlConfig::default());
    let mut line = Line::of(controller, FOLLOWS, 1);
    line.blocked = true;
    assert!(line.drive([1.0, -1.0], 20.0));
}
