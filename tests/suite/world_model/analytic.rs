//! The analytic model against a fine integration of the same joint.

use std::sync::Arc;

use forerun::robot::{Axes, RobotState};
use forerun::sensing::{Goal, Observation};
use forerun::world_model::{AnalyticModel, AnalyticParameters, WorldModel};
use proptest::prelude::*;

use super::conformance::picture;

pub fn arm() -> AnalyticModel {
    let mut parameters = AnalyticParameters::new(&["shoulder", "elbow"], &[2.0, 2.0], 0.06);
    parameters.kinematics = Some(Arc::new(|q| {
        let (a, b) = (q[0], q[0] + q[1]);
        [
            0.25 * a.cos() + 0.2 * b.cos(),
            0.25 * a.sin() + 0.2 * b.sin(),
            0.0,
        ]
    }));
    AnalyticModel::new(parameters).unwrap()
}

/// Integrates `dq' = (u(t) - dq) / tau` in steps of a microsecond.
fn integrate(mut q: f64, mut dq: f64, row: [f64; 2], tau: f64, delay: f64) -> (f64, f64) {
    let dt = 1e-6;
    let measured = dq;
    for tick in 0..100_000 {
        let time = (f64::from(tick) + 0.5) * dt;
        let u = match time {
            t if t < delay => measured,
            t if t < delay + 0.05 => row[0],
            _ => row[1],
        };
        let slope = if tau > 0.0 { (u - dq) / tau } else { 0.0 };
        let next = if tau > 0.0 { dq + slope * dt } else { u };
        q += 0.5 * (dq + next) * dt;
        dq = next;
    }
    (q, dq)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_step_is_the_exact_integral(
        q in -2.0..2.0f64, dq in -2.0..2.0f64, a in -2.0..2.0f64, b in -2.0..2.0f64,
        tau in prop_oneof![Just(0.0), 0.01..0.3f64], delay in prop_oneof![Just(0.0), 0.0..0.05f64],
    ) {
        let mut parameters = AnalyticParameters::new(&["joint"], &[2.0], tau);
        parameters.delay = delay;
        let model = AnalyticModel::new(parameters).unwrap();
        let mut next = [0.0; 2];
        let latent = [q as f32, dq as f32];
        model.dynamics().unwrap().step(1, &latent, &[a as f32, b as f32], &mut next).unwrap();
        let (q, dq) = integrate(q, dq, [a, b], tau, delay);
        prop_assert!((f64::from(next[0]) - q).abs() < 1e-4, "{} {q}", next[0]);
        prop_assert!((f64::from(next[1]) - dq).abs() < 1e-4, "{} {dq}", next[1]);
    }
}

#[test]
fn it_reads_the_measured_joints() {
    let model = arm();
    let observation = Observation {
        state: RobotState {
            position: Axes::from_slice(&[0.5, -0.25]).unwrap(),
            velocity: Axes::from_slice(&[1.0, 2.0]).unwrap(),
            ..RobotState::default()
        },
        ..Observation::default()
    };
    let mut latent = [0.0; 4];
    model
        .encoder()
        .unwrap()
        .update(&[], &[], &observation, &mut latent)
        .unwrap();
    assert_eq!(latent, [0.5, -0.25, 1.0, 2.0]);
    let error = model
        .encoder()
        .unwrap()
        .update(&[], &[], &Observation::default(), &mut latent);
    assert_eq!(error.unwrap_err().field, "measured positions");
}

#[test]
fn a_distance_counts_steps_at_full_speed() {
    let model = arm();
    let mut metric = model.metric().unwrap();
    metric.prepare(&[0.6, 0.8, 0.0, 0.0]).unwrap();
    let (mut points, mut distance) = ([0.0; 2], [0.0]);
    metric.place(1, &[0.0, 0.0, 9.0, 9.0], &mut points).unwrap();
    metric.distance(1, &points, &mut distance).unwrap();
    assert!((distance[0] - 5.0).abs() < 1e-5, "{distance:?}");
}

#[test]
fn the_probe_gives_joints_and_tip() {
    let model = arm();
    let spec = model.spec();
    let mut quantities = vec![0.0; spec.quantities.len()];
    let mut probe = model.probe().unwrap().unwrap();
    let quarter = std::f32::consts::FRAC_PI_2;
    probe
        .evaluate(1, &[quarter, -quarter, 0.0, 0.0], &mut quantities)
        .unwrap();
    assert_eq!(quantities[..2], [quarter, -quarter]);
    let tip: Vec<f32> = spec.tip.iter().map(|index| quantities[*index]).collect();
    for (found, wanted) in tip.iter().zip([0.2, 0.25, 0.0]) {
        assert!((found - wanted).abs() < 1e-6, "{tip:?}");
    }
}

#[test]
fn goals() {
    let model = arm();
    let mut encoder = model.encoder().unwrap();
    let mut latent = |goal: Goal| model.goal_latent(encoder.as_mut(), &goal);
    let joints = Axes::from_slice(&[0.3, 0.4]).unwrap();
    assert_eq!(
        latent(Goal::Joints(joints)).unwrap().unwrap(),
        [0.3, 0.4, 0.0, 0.0]
    );
    assert_eq!(latent(Goal::Point([0.1, 0.2, 0.0])).unwrap(), None);
    assert_eq!(
        latent(Goal::Latent(vec![1.0; 4])).unwrap().unwrap(),
        [1.0; 4]
    );
    for (goal, field) in [
        (Goal::Image(picture(8)), "goal"),
        (Goal::Joints(Axes::zeros(3)), "goal joints"),
        (Goal::Latent(vec![1.0; 5]), "goal latent"),
        (Goal::Latent(vec![f32::NAN; 4]), "goal latent"),
    ] {
        assert_eq!(latent(goal).unwrap_err().field, field);
    }
}

#[test]
fn impossible_parameters_are_named() {
    type Spoil = fn(&mut AnalyticParameters);
    let cases: [(&str, Spoil); 7] = [
        ("axes", |p| p.axes.clear()),
        ("velocity", |p| p.velocity[0] = 0.0),
        ("velocity", |p| p.velocity.push(1.0)),
        ("lag", |p| p.lag[0] = f64::NAN),
        ("delay", |p| p.delay = 0.06),
        ("period", |p| p.period = f64::INFINITY),
        ("reached", |p| p.reached = f64::NAN),
    ];
    for (field, spoil) in cases {
        let mut parameters = AnalyticParameters::new(&["joint"], &[2.0], 0.06);
        spoil(&mut parameters);
        assert_eq!(AnalyticModel::new(parameters).err().unwrap().field, field);
    }
}
