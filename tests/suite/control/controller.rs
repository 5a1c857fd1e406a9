//! The controller in a closed loop with a plant that lags.

use std::collections::VecDeque;

use forerun::control::{
    Cause, ControlConfig, Controller, PlanInForce, Request, Source, State, Tick, TickInputs,
};
use forerun::robot::{
    Action, ActionKind, ActionSpace, Axes, AxisLimits, Interpolation, Knot, Limits, RobotState,
    Trajectory,
};
use forerun::time::{Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const LOWER: f64 = -1.0;
const UPPER: f64 = 1.5;

fn space(jerk: f64) -> ActionSpace {
    let (acceleration, deceleration) = (20.0, 20.0);
    let axis = AxisLimits {
        lower: LOWER,
        upper: UPPER,
        velocity: 2.0,
        acceleration,
        deceleration,
        jerk,
    };
    ActionSpace {
        kind: ActionKind::JointVelocity,
        names: vec!["j".to_owned()],
        units: vec!["rad/s".to_owned()],
        limits: Limits::new(vec![axis]),
    }
}

fn one(value: f64) -> Axes {
    Axes::from_slice(&[value]).expect("one axis")
}

/// A servo with 20 ms of dead time and 60 ms of lag, measured every second tick.
struct Loop {
    controller: Controller,
    config: ControlConfig,
    now: Stamp,
    ticks: usize,
    position: f64,
    velocity: f64,
    pipe: VecDeque<f64>,
    inputs: TickInputs,
    measuring: bool,
}

impl Loop {
    fn new(start: f64, jerk: f64, period: Span) -> Self {
        let config = ControlConfig {
            period,
            ..ControlConfig::default()
        };
        Self::with(start, jerk, config)
    }

    fn with(start: f64, jerk: f64, config: ControlConfig) -> Self {
        let period = config.period;
        let dead = (0.02 / period.secs()).round() as usize;
        let mut line = Self {
            controller: Controller::new(&space(jerk), config),
            config,
            now: Stamp::from_nanos(1_000_000_000),
            ticks: 0,
            position: start,
            velocity: 0.0,
            pipe: VecDeque::from(vec![0.0; dead]),
            inputs: TickInputs {
                finite: true,
                ..TickInputs::default()
            },
            measuring: true,
        };
        line.controller
            .request(Request::Configured, line.now)
            .expect("from Unconfigured");
        line.tick(None);
        line.ask(Request::Activate);
        line
    }

    fn ask(&mut self, request: Request) {
        self.controller
            .request(request, self.now)
            .expect("a request that fits");
    }

    fn track(&mut self, velocity: f64) -> Tick {
        let knots = [0, 100].map(|millis| Knot {
            stamp: self.now + Span::from_millis(millis),
            action: one(velocity),
        });
        let trajectory = Trajectory::new(knots.to_vec(), Interpolation::Linear).expect("ordered");
        self.tick(Some(&trajectory))
    }

    fn tick(&mut self, plan: Option<&Trajectory>) -> Tick {
        self.now += self.config.period;
        if self.measuring && self.ticks.is_multiple_of(2) {
            self.inputs.state = Some(RobotState {
                stamp: self.now,
                position: one(self.position),
                velocity: one(self.velocity),
            });
        }
        self.inputs.image = Some(self.now);
        self.ticks += 1;
        let plan = plan.map(|trajectory| PlanInForce {
            trajectory,
            delivered: self.now,
        });
        let tick = self.controller.tick(self.now, &self.inputs, plan);
        self.pipe.push_back(tick.command.action[0]);
        let arrived = self.pipe.pop_front().unwrap_or(0.0);
        let dt = self.config.period.secs();
        let before = self.velocity;
        self.velocity += (arrived - self.velocity) * (1.0 - (-dt / 0.06).exp());
        self.position += 0.5 * (before + self.velocity) * dt;
        tick
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever plans ask for, the real position stays inside the joint's limits, at 200 Hz and at 1 kHz.
    #[test]
    fn the_real_position_stays_inside(
        start in LOWER + 0.02..UPPER - 0.02, fast: bool,
        jerk in prop_oneof![Just(f64::INFINITY), 200.0f64..2000.0],
        wanted in proptest::collection::vec((prop_oneof![Just(2.0), Just(-2.0), -9.0f64..9.0, Just(f64::NAN)], 1usize..300), 1..8),
    ) {
        let mut line = Loop::new(start, jerk, Span::from_millis(if fast { 1 } else { 5 }));
        line.ask(Request::Track);
        for wanted in wanted.iter().flat_map(|(value, ticks)| std::iter::repeat_n(*value, *ticks)) {
            let tick = line.track(wanted);
            prop_assert_eq!(tick.command.state, State::Tracking);
            prop_assert!((LOWER..=UPPER).contains(&line.position), "{}", line.position);
        }
    }
}

/// The plan that nothing finite came of stays the newest one for as long as none is made.
#[test]
fn a_plan_that_is_not_finite_stops_and_does_not_keep_from_going_on() {
    let mut line = Loop::new(0.0, f64::INFINITY, Span::from_millis(5));
    line.ask(Request::Track);
    line.track(0.5);
    line.inputs.finite = false;
    let mut tick = line.track(0.5);
    assert_eq!(tick.command.state, State::Braking);
    for _ in 0..200 {
        tick = line.track(0.5);
    }
    assert_eq!(tick.command.state, State::Stopped);
    assert_eq!(line.controller.standing().cause, Cause::NonFinite);
    line.ask(Request::Resume);
    line.track(0.5);
    line.ask(Request::Track);
    // Before the first plan of its own, and with one.
    line.tick(None);
    line.inputs.finite = true;
    assert_eq!(line.track(0.5).command.state, State::Tracking);
}

#[test]
fn a_plan_is_followed_and_its_end_is_a_limited_stop() {
    let mut line = Loop::new(0.0, f64::INFINITY, Span::from_millis(5));
    line.ask(Request::Track);
    let knots = [0, 100].map(|millis| Knot {
        stamp: line.now + Span::from_millis(millis),
        action: one(0.8),
    });
    let plan = Trajectory::new(knots.to_vec(), Interpolation::Linear).expect("ordered");
    let mut last = 0.0;
    for _ in 0..20 {
        let tick = line.tick(Some(&plan));
        assert_eq!(tick.command.source, Source::Plan);
        last = tick.command.action[0];
    }
    assert_eq!(last, 0.8);
    for _ in 0..10 {
        let tick = line.tick(Some(&plan));
        assert_eq!(tick.command.source, Source::PlanEnd);
        let slowed = tick.command.action[0];
        assert!(last - slowed <= 20.0 * 0.005 + 1e-12 && slowed <= last);
        last = slowed;
    }
    assert_eq!(last, 0.0);
}

#[test]
fn scaled_limits_bound_commands_and_leave_braking_as_strong() {
    let config = ControlConfig {
        velocity_scale: 0.5,
        acceleration_scale: 0.1,
        ..ControlConfig::default()
    };
    let mut line = Loop::with(0.0, f64::INFINITY, config);
    line.ask(Request::Track);
    let speeds: Vec<f64> = (0..140)
        .map(|_| line.track(9.0).command.action[0])
        .collect();
    let dt = config.period.secs();
    let changes = speeds.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(changes.fold(f64::MIN, f64::max) <= 2.0 * dt + 1e-12);
    assert_eq!(speeds.iter().copied().fold(f64::MIN, f64::max), 1.0);
    let slowed = line.track(-9.0).command.action[0];
    assert!(1.0 - slowed > 0.9 * 20.0 * dt, "braked to {slowed} only");
}

#[test]
fn lost_joints_brake_to_a_stop_that_only_a_request_ends() {
    let mut line = Loop::new(0.0, f64::INFINITY, Span::from_millis(5));
    line.ask(Request::Track);
    for _ in 0..60 {
        line.track(0.5);
    }
    line.measuring = false;
    let mut transitions = Vec::new();
    for _ in 0..200 {
        transitions.extend(line.track(0.5).transition);
    }
    let seen: Vec<_> = transitions
        .iter()
        .map(|change| (change.from, change.to, change.cause))
        .collect();
    assert_eq!(
        seen,
        [
            (State::Tracking, State::Braking, Cause::StaleState),
            (State::Braking, State::Stopped, Cause::StaleState),
        ]
    );
    assert!(line.velocity.abs() < 0.04);
    assert!(line.controller.request(Request::Resume, line.now).is_err());
    line.measuring = true;
    for _ in 0..10 {
        assert_eq!(line.track(0.5).command.state, State::Stopped);
    }
    line.ask(Request::Resume);
    let tick = line.tick(None);
    assert_eq!(
        (
            tick.command.state,
            tick.transition.map(|change| change.from)
        ),
        (State::Holding, Some(State::Stopped))
    );
}

#[test]
fn deactivating_brakes_first_and_then_sends_nothing() {
    let mut line = Loop::new(0.0, f64::INFINITY, Span::from_millis(5));
    line.ask(Request::Track);
    for _ in 0..60 {
        line.track(1.0);
    }
    line.ask(Request::Deactivate);
    let mut states = Vec::new();
    for _ in 0..200 {
        let command = line.track(1.0).command;
        assert_eq!(command.is_sent(), command.state.is_active());
        if states.last() != Some(&command.state) {
            states.push(command.state);
        }
    }
    assert_eq!(states, [State::Braking, State::Inactive]);
}

#[test]
fn a_plan_of_an_earlier_goal_is_not_followed() {
    let mut line = Loop::new(0.0, f64::INFINITY, Span::from_millis(5));
    let knots = [0, 900].map(|millis| Knot {
        stamp: line.now + Span::from_millis(millis),
        action: one(1.0),
    });
    let old = Trajectory::new(knots.to_vec(), Interpolation::Linear).expect("ordered");
    let delivered = line.now - Span::from_millis(1);
    line.ask(Request::Track);
    line.now += Span::from_millis(5);
    let plan = PlanInForce {
        trajectory: &old,
        delivered,
    };
    let tick = line.controller.tick(line.now, &line.inputs, Some(plan));
    assert_eq!(tick.command.source, Source::Hold);
    assert_eq!(*tick.command.action, *Action::zeros(1));
}

/// A robot that obeys somebody else comes to no standstill for us: braking ends with our own commands.
#[test]
fn who_is_not_heard_brakes_in_his_own_commands_alone() {
    let mut line = Loop::new(0.0, f64::INFINITY, Span::from_millis(5));
    line.inputs.unheard = true;
    line.ask(Request::Track);
    for _ in 0..40 {
        // It is driven, and not by us.
        line.velocity = -1.5;
        line.position = 0.3;
        line.track(1.0);
    }
    // Nothing was sent: it will be where its own speed takes it within the delay.
    let expected = 0.3 - 1.5 * line.config.delay.secs();
    let position = line.controller.limiter().position[0];
    assert!((position - expected).abs() < 0.02, "{position}, {expected}");
    line.ask(Request::Deactivate);
    let mut states = Vec::new();
    for _ in 0..100 {
        line.velocity = -1.5;
        let command = line.track(1.0).command;
        if states.last() != Some(&command.state) {
            states.push(command.state);
        }
    }
    assert_eq!(states, [State::Braking, State::Inactive]);
}
