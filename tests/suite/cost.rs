//! Mirrors `src/cost`.

use forerun::cost::{CostConfig, CostFunction, Registry, Term, TermContext};
use forerun::world_model::{Rollout, WantedQuantity, WorldModel};

use crate::arm::{limits, model};

/// Two candidates, two steps, two axes, A = 1: the first moves, the second stands.
fn rollout() -> Rollout {
    Rollout {
        candidates: 2,
        horizon: 2,
        latents: vec![0.0; 3 * 2],
        points: vec![0.0; 3 * 2],
        distance: vec![4.0, 4.0, 2.0, 4.0, 1.0, 4.0],
        motion: vec![2.0, 0.0, 1.0, 0.0],
        actions: vec![2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
        positions: vec![0.0; 3 * 2 * 2],
        previous: vec![0.0, 0.0],
        latent_len: 1,
        row_len: 2,
        ..Rollout::default()
    }
}

fn cost(config: &CostConfig) -> CostFunction {
    let limits = limits();
    let model = model();
    let context = TermContext {
        limits: &limits,
        spec: model.spec(),
        config,
    };
    Registry::builtin().build(&context).expect("known terms")
}

fn only(term: &str, weight: f64) -> CostFunction {
    let mut config = CostConfig::default();
    for (name, _) in Registry::builtin().terms() {
        config.set_weight(name, if name == term { weight } else { 0.0 });
    }
    cost(&config)
}

fn near(found: &[f64], expected: [f64; 2]) {
    let close = found
        .iter()
        .zip(expected)
        .all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(close, "found {found:?}, expected {expected:?}");
}

#[test]
fn terms_are_what_their_names_say() {
    let rollout = rollout();
    near(only("metric", 1.0).evaluate(&rollout), [1.5, 4.0]);
    near(only("metric_end", 2.0).evaluate(&rollout), [2.0, 8.0]);
    let stop = ((-2.0f64).exp() * 2.0 + (-1.0f64).exp()) / 2.0;
    near(only("stop", 1.0).evaluate(&rollout), [stop, 0.0]);
    near(only("effort", 1.0).evaluate(&rollout), [1.25 / 4.0, 0.0]);
    near(only("rate", 1.0).evaluate(&rollout), [1.25 / 4.0, 0.0]);
    near(only("probe_distance", 1.0).evaluate(&rollout), [0.0, 0.0]);
}

#[test]
fn rate_counts_from_the_action_in_force() {
    let mut rollout = rollout();
    rollout.previous = vec![2.0, 0.0];
    near(
        only("rate", 1.0).evaluate(&rollout),
        [0.25 / 4.0, 1.0 / 4.0],
    );
}

#[test]
fn actions_are_means_over_the_parts_of_a_row() {
    let mut rollout = rollout();
    rollout.row_len = 4;
    rollout.actions = vec![0.0; 2 * 2 * 4];
    rollout.actions[..4].copy_from_slice(&[2.0, 0.0, 0.0, 0.0]);
    near(only("effort", 1.0).evaluate(&rollout), [0.25 / 4.0, 0.0]);
}

#[test]
fn goals_without_latent_count_by_quantities_alone() {
    let mut rollout = rollout();
    rollout.wanted = vec![WantedQuantity {
        index: 0,
        value: 1.0,
        scale: 1.0,
    }];
    near(only("metric", 1.0).evaluate(&rollout), [0.0, 0.0]);
    near(only("probe_distance", 1.0).evaluate(&rollout), [1.5, 4.0]);
}

#[test]
fn limit_margin_begins_at_the_margin() {
    let mut rollout = rollout();
    rollout.positions = vec![0.0; 12];
    rollout.positions[4] = 2.6 - 0.025;
    rollout.positions[6] = 2.6 - 0.051;
    near(
        only("limit_margin", 1.0).evaluate(&rollout),
        [0.25 / 4.0, 0.0],
    );
}

#[test]
fn what_is_not_finite_costs_infinity() {
    let mut sum = cost(&CostConfig::default());
    let mut rollout = rollout();
    assert!(sum.evaluate(&rollout).iter().all(|cost| cost.is_finite()));
    rollout.latents[2] = f32::NAN;
    assert_eq!(sum.evaluate(&rollout)[0], f64::INFINITY);
    assert!(sum.evaluate(&rollout)[1].is_finite());
    rollout.latents[2] = 0.0;
    rollout.distance[5] = f32::INFINITY;
    assert_eq!(sum.evaluate(&rollout)[1], f64::INFINITY);
}

#[test]
fn contributions_sum_to_the_cost() {
    let mut sum = cost(&CostConfig::default());
    let costs = sum.evaluate(&rollout()).to_vec();
    for (candidate, cost) in costs.iter().enumerate() {
        let parts: f64 = sum.contributions(candidate).map(|part| part.1).sum();
        assert!((parts - cost).abs() < 1e-9);
    }
}

#[test]
fn unknown_terms_are_refused_and_own_ones_added() {
    struct Constant;
    impl Term for Constant {
        fn name(&self) -> &'static str {
            "constant"
        }
        fn evaluate(&mut self, _: &Rollout, out: &mut [f32]) {
            out.fill(3.0);
        }
    }
    let mut config = CostConfig::default();
    config.set_weight("constant", 2.0);
    let (limits, model) = (limits(), model());
    let context = TermContext {
        limits: &limits,
        spec: model.spec(),
        config: &config,
    };
    let mut registry = Registry::builtin();
    let why = registry.build(&context).err().expect("refused");
    assert_eq!(why.name, "constant");
    registry.add("constant", 1.0, |_| Box::new(Constant));
    let mut sum = registry.build(&context).expect("known now");
    sum.evaluate(&rollout());
    assert!(sum.contributions(0).any(|part| part == ("constant", 6.0)));
}

#[test]
fn records_and_registry_agree_on_weights() {
    use forerun::config::Default::Double;
    for (name, weight) in Registry::builtin().terms() {
        let record = forerun::cost::PARAMETERS
            .iter()
            .find(|record| record.name == format!("cost.{name}"))
            .unwrap_or_else(|| panic!("no record for {name}"));
        assert_eq!(record.default, Double(weight), "{name}");
    }
}
