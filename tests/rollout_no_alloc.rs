//! The rollout and the cost allocate nothing once their buffers have grown. A binary of its own, since the
//! guard is the global allocator.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use forerun::belief::Belief;
use forerun::cost::{CostConfig, Registry, TermContext};
use forerun::planner::{Candidates, Imagination, ImaginationConfig, Target};
use forerun::robot::{Action, Axes, AxisLimits, LimiterState, Limits};
use forerun::sensing::{Goal, Observation};
use forerun::world_model::{AnalyticModel, AnalyticParameters, PackageModel, WorldModel};

#[global_allocator]
static GUARD: AllocDisabler = AllocDisabler;

/// Set in the child process that is to be caught.
const CAUGHT: &str = "FORERUN_TEST_ALLOCATE";

#[test]
fn rollout_and_cost_allocate_nothing() {
    if std::env::var_os(CAUGHT).is_some() {
        assert_no_alloc(|| std::hint::black_box(vec![1u8]));
        return;
    }
    let parameters = AnalyticParameters::new(&["shoulder", "elbow"], &[2.0, 2.0], 0.06);
    let model = AnalyticModel::new(parameters).expect("valid");
    allocates_nothing(&model, &Target::Latent(vec![0.5, -0.5, 0.0, 0.0]));
}

/// The shipped networks run on slices: encoder, dynamics, metric and probe, in integers where the package says so.
#[test]
fn rollout_through_networks_allocates_nothing() {
    for package in ["arm", "rover"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("models")
            .join(package);
        let model = PackageModel::open(&folder, None).expect("the shipped package");
        networks_allocate_nothing(&model);
    }
}

fn networks_allocate_nothing(model: &PackageModel) {
    let goal: Vec<f32> = (0..18).map(|index| (index as f32).cos()).collect();
    allocates_nothing(model, &Target::Latent(goal));
    if let Some(map) = model.map() {
        let point = [1.5, 1.5, 0.0];
        let target = Target::new(model.spec(), &Goal::Point(point), None, &[0.8, 2.5], 0.16);
        let target = target.expect("a probe that tells places");
        allocates_nothing(model, &target.along(map.route(&point[..2])));
    }
    let mut encoder = model.encoder().expect("an encoder");
    let observation = Observation {
        image: (0..3 * 64 * 64).map(|i| (i % 255) as f32 / 255.0).collect(),
        velocity: Axes::zeros(2),
        ..Observation::default()
    };
    let mut latent = vec![0.0; 18];
    let mut encode = || {
        let encoded = encoder.update(&[], &[], &observation, &mut latent);
        encoded.expect("works");
        latent[0]
    };
    let first = encode();
    for _ in 0..10 {
        assert_eq!(assert_no_alloc(&mut encode), first);
    }
}

fn allocates_nothing(model: &dyn WorldModel, target: &Target) {
    let axis = AxisLimits {
        lower: -2.4,
        upper: 2.4,
        velocity: 2.0,
        acceleration: 20.0,
        deceleration: 20.0,
        jerk: 200.0,
    };
    let limits = Limits::new(vec![axis; 2]);
    let context = TermContext {
        limits: &limits,
        spec: model.spec(),
        config: &CostConfig::default(),
    };
    let mut cost = Registry::builtin().build(&context).expect("known terms");
    let config = ImaginationConfig {
        threads: 2,
        ..ImaginationConfig::default()
    };
    let mut imagination = Imagination::new(model, &limits, &config).expect("fits");
    imagination.aim(target).expect("fits");
    let belief = Belief {
        latents: vec![0.1; model.spec().latent_len],
        limiter: LimiterState::at_rest(Action::zeros(2)),
        ..Belief::default()
    };
    let candidates = Candidates {
        knots: (0..37 * 6).map(|index| (index as f64).sin()).collect(),
        width: 6,
    };
    let mut plan = || {
        let rollout = imagination.imagine(&belief, &candidates, true);
        let rollout = rollout.expect("works");
        cost.evaluate(rollout)
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min)
    };
    let first = plan();
    for _ in 0..100 {
        assert_eq!(assert_no_alloc(&mut plan), first);
    }
}

#[test]
fn the_guard_catches_an_allocation() {
    let this = std::env::current_exe().expect("this binary");
    let child = std::process::Command::new(this)
        .args(["--exact", "rollout_and_cost_allocate_nothing"])
        .env(CAUGHT, "1")
        .output()
        .expect("starts");
    assert!(!child.status.success(), "an allocation went unnoticed");
}
