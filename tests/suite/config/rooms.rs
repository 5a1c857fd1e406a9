//! The records of the rooms and what the rooms make of them.

use std::sync::Arc;

use forerun::belief::{self, BeliefConfig};
use forerun::config::{Parameters, Schema};
use forerun::control::{self, ControlConfig};
use forerun::cost::{self, CostConfig, Registry};
use forerun::planner::{self, PlannerConfig};
use forerun::time::Span;

fn parameters() -> Parameters {
    let rooms = [
        control::PARAMETERS,
        belief::PARAMETERS,
        cost::PARAMETERS,
        planner::PARAMETERS,
    ];
    Parameters::defaults(Arc::new(Schema::gather(&rooms).expect("sound records")))
}

/// The records' defaults and the defaults in code are written in two places: they must not drift apart.
#[test]
fn the_records_defaults_are_the_rooms_defaults() {
    let parameters = parameters();
    assert_eq!(
        ControlConfig::from_parameters(&parameters),
        Ok(ControlConfig::default())
    );
    assert_eq!(
        BeliefConfig::from_parameters(&parameters),
        Ok(BeliefConfig::default())
    );
    assert_eq!(
        PlannerConfig::from_parameters(&parameters),
        Ok(PlannerConfig::default())
    );
    let cost = CostConfig::from_parameters(&parameters).expect("cost");
    assert_eq!(
        (cost.near, cost.margin),
        (CostConfig::default().near, CostConfig::default().margin)
    );
    let mut given: Vec<_> = cost
        .weights
        .iter()
        .map(|(name, weight)| (name.as_str(), *weight))
        .collect();
    let registry = Registry::builtin();
    let mut known: Vec<_> = registry.terms().collect();
    given.sort_by_key(|term| term.0);
    known.sort_by_key(|term| term.0);
    assert_eq!(given, known);
}

#[test]
fn every_parameter_reaches_its_room() {
    let set = [
        "control.rate=1000",
        "control.velocity_scale=0.5",
        "control.acceleration_scale=0.25",
        "control.stale_plan=0.5",
        "control.stale_image=0.6",
        "control.stale_state=0.7",
        "control.max_gap=0.8",
        "control.braking_timeout=0.9",
        "control.unfollowed=1.1",
        "control.standstill=0.05",
        "control.margin=0.03",
        "control.delay=0.04",
        "belief.measured_delay=0.02",
        "history.max_fill=3",
        "planner.horizon=5",
        "planner.interpolation=cubic",
        "planner.seed=7",
        "cost.stop=3",
        "cost.near=1.5",
    ];
    let parameters = parameters()
        .with_overrides("test", &set)
        .expect("allowed values");
    let control = ControlConfig::from_parameters(&parameters).expect("control");
    assert_eq!(control.period, Span::from_millis(1));
    let spans = control.thresholds;
    assert_eq!(
        [
            spans.plan,
            spans.image.expect("a camera"),
            spans.state,
            spans.gap,
            spans.braking,
            spans.unfollowed,
            control.delay
        ],
        [500, 600, 700, 800, 900, 1100, 40].map(Span::from_millis)
    );
    assert_eq!((control.standstill, control.margin), (0.05, 0.03));
    assert_eq!(
        (control.velocity_scale, control.acceleration_scale),
        (0.5, 0.25)
    );
    let belief = BeliefConfig::from_parameters(&parameters).expect("belief");
    assert_eq!(belief.tick, control.period);
    assert_eq!(belief.settle, control.delay);
    assert_eq!(
        (belief.delay, belief.max_fill),
        (Some(Span::from_millis(20)), 3)
    );
    let planner = PlannerConfig::from_parameters(&parameters).expect("planner");
    assert_eq!((planner.imagination.horizon, planner.seed), (5, 7));
    assert_eq!(
        planner.imagination.interpolation,
        forerun::robot::Interpolation::Cubic
    );
    assert_eq!(planner.imagination.tick, control.period);
    let cost = CostConfig::from_parameters(&parameters).expect("cost");
    assert_eq!(cost.near, 1.5);
    assert!(cost.weights.contains(&("stop".to_owned(), 3.0)));
}

/// A planner that never plans would be told by nobody.
#[test]
fn candidates_that_look_too_far_for_their_model_steps_are_refused() {
    let read = |set: &[&str]| {
        let parameters = parameters().with_overrides("test", set);
        PlannerConfig::from_parameters(&parameters.expect("values in their ranges"))
    };
    assert!(read(&["planner.horizon=16"]).is_ok(), "4 x 16 = 64");
    for set in [["planner.horizon=17"], ["planner.model_steps=15"]] {
        let why = read(&set).expect_err("nothing would be planned");
        assert!(why.to_string().contains("planner.model_steps"), "{why}");
    }
}
