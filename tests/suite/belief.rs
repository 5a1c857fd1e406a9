//! Mirrors `src/belief`: belief at t0 against the truth, since success in a task hides its errors.

mod on_the_arm;

use std::sync::Arc;

use forerun::belief::{BeliefConfig, Estimator, History, Seen};
use forerun::evaluation::Altered;
use forerun::robot::{
    Action, Axes, AxisLimits, Interpolation, Knot, Limits, RobotState, Trajectory,
};
use forerun::sensing::{Goal, Observation};
use forerun::time::{Span, Stamp};
use forerun::world_model::{
    AnalyticModel, AnalyticParameters, Dynamics, Encoder, Head, Metric, ModelError, ModelSpec,
    WorldModel,
};

use crate::arm::{LAG, Plant, TICK, limits, model};
use crate::metric::Between;

fn command(stamp: Stamp) -> Action {
    let t = stamp.secs();
    Action::from_slice(&[1.2 * (3.0 * t).sin(), 0.8 * (2.0 * t + 1.0).cos()]).expect("two axes")
}

/// The commands from zero on as a trajectory, a knot a tick.
fn commands(until: Stamp) -> Trajectory {
    let count = until.nanos() / TICK.nanos();
    let stamps = (0..=count).map(|index| Stamp::ZERO + TICK * index);
    let knots = stamps.map(|stamp| Knot {
        stamp,
        action: command(stamp),
    });
    Trajectory::new(knots.collect(), Interpolation::Linear).expect("ordered")
}

struct Errors {
    belief: f64,
    frame: f64,
    limiter: f64,
}

/// Runs the plant under [`command`] with frames at 30 Hz that arrive 30 ms late, asks for the belief at each
/// arrival, and compares it with where the plant then really is at t0. Gives the largest errors [rad].
fn largest_errors(dead: Span, config: BeliefConfig) -> Errors {
    let mut estimator = Estimator::new(&model(), limits(), config).expect("model and limits fit");
    let budget = Span::from_millis(20);
    let end = Stamp::from_nanos(4_000_000_000);
    let committed = commands(end);
    let mut plant = Plant::new([0.3, -0.4], dead);
    let mut pending: Vec<(Stamp, Observation)> = Vec::new();
    let mut beliefs = Vec::new();
    let mut truth = Vec::new();
    let mut frames = 0;
    let mut now = Stamp::ZERO;
    while now < end {
        plant.advance(now);
        truth.push(plant.state());
        if now >= Stamp::ZERO + Span::from_nanos(33_333_333) * frames {
            frames += 1;
            pending.push((now + Span::from_millis(30), plant.observation()));
        }
        let action = committed.sample(now).expect("inside");
        plant.send(action);
        estimator.sent(now, action);
        estimator.measured(&plant.state());
        if pending.first().is_some_and(|frame| frame.0 <= now) {
            let (_, observation) = pending.remove(0);
            estimator.observe(&observation).expect("model works");
            let belief = estimator.at(now, budget, &committed);
            let belief = belief.expect("model works").expect("history is ready");
            beliefs.push((belief, observation));
        }
        now += TICK;
    }
    let mut errors = Errors {
        belief: 0.0,
        frame: 0.0,
        limiter: 0.0,
    };
    assert!(beliefs.len() > 100, "only {} beliefs", beliefs.len());
    for (belief, observation) in beliefs.iter().filter(|belief| belief.0.now.secs() > 0.5) {
        assert!(belief.stamp >= belief.now + budget);
        assert!(belief.stamp < belief.now + budget + Span::from_millis(100));
        assert_eq!((belief.stamp - belief.frame).nanos() % 100_000_000, 0);
        let index = (belief.stamp.nanos() / TICK.nanos()) as usize;
        let Some(state) = truth.get(index) else {
            continue;
        };
        assert_eq!(state.stamp, belief.stamp);
        for axis in 0..2 {
            let real = state.position[axis];
            let believed = f64::from(belief.latents[axis]);
            errors.belief = errors.belief.max((believed - real).abs());
            let stale = (observation.state.position[axis] - real).abs();
            errors.frame = errors.frame.max(stale);
            let commanded = belief.limiter.command[axis] - command(belief.stamp - TICK)[axis];
            assert!(commanded.abs() < 1e-9, "limiter command off by {commanded}");
            let limiter = (belief.limiter.position[axis] - real).abs();
            errors.limiter = errors.limiter.max(limiter);
        }
    }
    errors
}

#[test]
fn belief_at_t0_is_the_truth() {
    let errors = largest_errors(Span::ZERO, BeliefConfig::default());
    assert!(errors.belief < 0.002, "belief off by {} rad", errors.belief);
    assert!(errors.frame > 0.1, "the state at the frame is no test");
    // The position that limits count with leads the measured one by dead time and lag, at most.
    assert!(
        errors.limiter < 1.4 * 0.1,
        "limiter off by {}",
        errors.limiter
    );
}

#[test]
fn a_delay_measured_here_shifts_the_commands() {
    let dead = Span::from_millis(40);
    let told = BeliefConfig {
        delay: Some(dead),
        ..BeliefConfig::default()
    };
    let (told, untold) = (
        largest_errors(dead, told),
        largest_errors(dead, BeliefConfig::default()),
    );
    assert!(told.belief < 0.002, "belief off by {} rad", told.belief);
    assert!(untold.belief > 5.0 * told.belief, "delay makes no odds");
}

#[test]
fn committed_part_is_what_control_will_send() {
    let mut estimator = Estimator::new(&model(), limits(), BeliefConfig::default()).expect("fits");
    let plant = Plant::new([0.0, 0.0], Span::ZERO);
    estimator.observe(&plant.observation()).expect("encodes");
    estimator.sent(Stamp::ZERO, Action::zeros(2));
    let jump = Action::from_slice(&[2.0, -2.0]).expect("two axes");
    let knots = [0, 1_000_000_000].map(|nanos| Knot {
        stamp: Stamp::from_nanos(nanos),
        action: jump,
    });
    let committed = Trajectory::new(knots.to_vec(), Interpolation::Linear).expect("ordered");
    let belief = estimator
        .at(Stamp::ZERO, Span::from_millis(20), &committed)
        .expect("model works")
        .expect("ready");
    let sent = belief.committed.knots();
    assert_eq!(
        sent.first().map(|knot| knot.stamp),
        Some(Stamp::ZERO + TICK)
    );
    assert!(belief.committed.end().is_some_and(|end| end < belief.stamp));
    let mut before = 0.0;
    for knot in sent {
        assert!(knot.action[0] - before <= 20.0 * 0.005 + 1e-9);
        before = knot.action[0];
    }
    assert!((before - 19.0 * 0.1).abs() < 1e-9, "ends at {before} rad/s");
    assert_eq!(belief.limiter.command[0], before);
}

#[test]
fn frames_out_of_order_and_not_finite_are_said_so() {
    let mut estimator = Estimator::new(&model(), limits(), BeliefConfig::default()).expect("fits");
    assert_eq!(estimator.history(Stamp::ZERO), History::Empty);
    let mut plant = Plant::new([0.1, 0.2], Span::ZERO);
    plant.advance(Stamp::from_nanos(50_000_000));
    let observation = plant.observation();
    let seen = estimator.observe(&observation).expect("encodes");
    assert_eq!(seen, Seen::Encoded { surprise: None });
    assert_eq!(
        estimator.observe(&observation).expect("ignored"),
        Seen::OutOfOrder
    );
    assert_eq!(estimator.history(observation.stamp), History::Ready);
    let late = observation.stamp + Span::from_millis(400);
    assert!(matches!(estimator.history(late), History::Stale { .. }));
    let none = estimator.at(late, Span::ZERO, &Trajectory::default());
    assert!(none.expect("model works").is_none());
}

#[test]
fn surprise_is_small_for_the_expected_and_large_for_a_push() {
    let mut estimator = Estimator::new(&model(), limits(), BeliefConfig::default()).expect("fits");
    let mut plant = Plant::new([0.1, 0.2], Span::ZERO);
    let mut seen = Vec::new();
    for index in 0..20 {
        plant.advance(Stamp::from_nanos(100_000_000 * index));
        if index == 15 {
            plant.q[0] += 0.4;
        }
        seen.push(estimator.observe(&plant.observation()).expect("encodes"));
    }
    for (index, seen) in seen.into_iter().enumerate().skip(1) {
        let Seen::Encoded {
            surprise: Some(surprise),
        } = seen
        else {
            panic!("frame {index}: {seen:?}")
        };
        let expected = if index == 15 { 2.0 } else { 0.0 };
        assert!(
            (surprise - expected).abs() < 1e-3,
            "frame {index}: {surprise}"
        );
    }
}

/// A family with a context of two: the next latent continues the line through the last two.
struct Momentum(ModelSpec);

impl Momentum {
    fn new() -> Self {
        let base = AnalyticModel::new(AnalyticParameters::new(&["slide"], &[1.0], LAG));
        let mut spec = base.expect("valid").spec().clone();
        spec.context = 2;
        spec.latent_len = 1;
        Self(spec)
    }
}

struct Line;

impl WorldModel for Momentum {
    fn spec(&self) -> &ModelSpec {
        &self.0
    }
    fn encoder(&self) -> Result<Box<dyn Encoder>, ModelError> {
        Ok(Box::new(Line))
    }
    fn dynamics(&self) -> Result<Box<dyn Dynamics>, ModelError> {
        Ok(Box::new(Line))
    }
    fn metric(&self) -> Result<Box<dyn Metric>, ModelError> {
        let apart = |from: &[f32], to: &[f32]| (to[0] - from[0]).abs();
        Ok(Box::new(Between(1, apart)))
    }
    fn probe(&self) -> Result<Option<Box<dyn Head>>, ModelError> {
        Ok(None)
    }
    fn goal_latent(&self, _: &mut dyn Encoder, _: &Goal) -> Result<Option<Vec<f32>>, ModelError> {
        Ok(None)
    }
}

impl Encoder for Line {
    fn update(
        &mut self,
        _: &[f32],
        _: &[f32],
        observation: &Observation,
        latent: &mut [f32],
    ) -> Result<(), ModelError> {
        latent[0] = observation.state.position[0] as f32;
        Ok(())
    }
}

impl Dynamics for Line {
    fn step(
        &mut self,
        rows: usize,
        latents: &[f32],
        _: &[f32],
        next: &mut [f32],
    ) -> Result<(), ModelError> {
        for row in 0..rows {
            next[row] = 2.0 * latents[2 * row + 1] - latents[2 * row];
        }
        Ok(())
    }
}

fn slide(at: f64) -> Observation {
    let stamp = Stamp::from_nanos((at * 1e9) as i64);
    Observation {
        stamp,
        state: RobotState {
            stamp,
            position: Axes::from_slice(&[at]).expect("one axis"),
            velocity: Axes::zeros(1),
        },
        ..Observation::default()
    }
}

/// Frames at `times` of something that moves by one a second; the history and, if ready, the context at t0
/// for a plan made at the last frame with no budget.
fn history_after(times: &[f64]) -> (History, Option<Vec<f32>>) {
    let axis = AxisLimits {
        lower: f64::NEG_INFINITY,
        upper: f64::INFINITY,
        velocity: 1.0,
        acceleration: 10.0,
        deceleration: 10.0,
        jerk: f64::INFINITY,
    };
    let limits = Limits::new(vec![axis]);
    let config = BeliefConfig::default();
    let mut estimator = Estimator::new(&Momentum::new(), limits, config).expect("fits");
    let mut now = Stamp::ZERO;
    for time in times {
        let observation = slide(*time);
        now = observation.stamp;
        estimator.observe(&observation).expect("encodes");
    }
    let belief = estimator.at(now, Span::ZERO, &Trajectory::default());
    let belief = belief.expect("model works");
    (estimator.history(now), belief.map(|belief| belief.latents))
}

#[test]
fn short_holes_are_filled_and_long_ones_empty_the_history() {
    let incomplete = History::Incomplete { have: 1, need: 2 };
    assert_eq!(history_after(&[0.0]), (incomplete, None));
    let context = |times: &[f64]| {
        let (history, context) = history_after(times);
        assert_eq!(history, History::Ready, "{times:?}");
        context.expect("ready")
    };
    let near = |found: Vec<f32>, expected: [f32; 2]| {
        let close = found
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close, "found {found:?}, expected {expected:?}");
    };
    near(context(&[0.0, 0.1]), [0.0, 0.1]);
    near(context(&[0.0, 0.02, 0.12]), [0.02, 0.12]);
    near(context(&[0.0, 0.1, 0.3]), [0.2, 0.3]);
    near(context(&[0.0, 0.1, 0.4]), [0.3, 0.4]);
    assert_eq!(history_after(&[0.0, 0.1, 0.5]), (incomplete, None));
    assert_eq!(history_after(&[0.0, 0.14]), (incomplete, None));
}

#[test]
fn limits_of_another_robot_are_refused() {
    let one = Limits::new(limits().axes()[..1].to_vec());
    let refused = Estimator::new(&model(), one, BeliefConfig::default());
    let why = refused.err().expect("refused");
    assert_eq!(why.field, "axes");
}

/// Every step is mispredicted by so much on the first axis [rad].
const DRIFT: f32 = 0.05;

/// How far the belief at t0 is off on the first axis [rad] for an arm that stands still, after two seconds.
fn offset_at_rest(disturbance_gain: f64) -> f32 {
    let config = BeliefConfig {
        disturbance_gain,
        ..BeliefConfig::default()
    };
    let drifting = Altered::with_spoilt_steps(Arc::new(model()), |_, _, next| next[0] += DRIFT);
    let mut estimator = Estimator::new(&drifting, limits(), config).expect("fits");
    let mut plant = Plant::new([0.3, -0.4], Span::ZERO);
    let mut now = Stamp::ZERO;
    for index in 0..60 {
        now = Stamp::from_nanos(33_333_333 * index);
        plant.advance(now);
        estimator.observe(&plant.observation()).expect("encodes");
    }
    let belief = estimator.at(now, Span::from_millis(150), &Trajectory::default());
    let belief = belief.expect("model works").expect("ready");
    assert_eq!(belief.steps, 2);
    belief.latents[0] - 0.3
}

#[test]
fn a_constant_misprediction_is_learnt_and_taken_off() {
    let trusted = offset_at_rest(0.0);
    assert!((trusted - 2.0 * DRIFT).abs() < 1e-4, "off by {trusted}");
    let corrected = offset_at_rest(BeliefConfig::default().disturbance_gain);
    assert!(corrected.abs() < 0.2 * DRIFT, "off by {corrected}");
}
