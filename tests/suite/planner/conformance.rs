//! The contract of a method, the same for every method and every model: add a case, and all inherit it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use forerun::belief::Belief;
use forerun::cost::{CostConfig, CostFunction, Registry, TermContext};
use forerun::evaluation::Altered;
use forerun::planner::{Budget, METHODS, Plan, Planner, PlannerConfig, Proposal, Target};
use forerun::robot::{Action, LimiterState};
use forerun::sensing::{Goal, Observation};
use forerun::time::{Clock, FastClock, Span, Stamp};
use forerun::world_model::{ModelSpec, PackageModel, WorldModel};

use crate::arm::{self, limits};

/// A model with a place to start from and a goal.
struct Case {
    model: Arc<dyn WorldModel>,
    belief: Belief,
    target: Target,
}

fn belief(spec: &ModelSpec, latent: Vec<f32>) -> Belief {
    let stamp = Stamp::from_nanos(1_000_000_000);
    assert_eq!(spec.context, 1);
    Belief {
        stamp,
        now: stamp - Span::from_millis(30),
        frame: stamp - spec.period,
        latents: latent,
        limiter: LimiterState::at_rest(Action::zeros(2)),
        ..Belief::default()
    }
}

fn analytic() -> Case {
    let model = arm::model();
    let latent = vec![0.0; 4];
    Case {
        belief: belief(model.spec(), latent),
        target: Target::Latent(vec![0.8, -0.6, 0.0, 0.0]),
        model: Arc::new(model),
    }
}

/// The shipped package: its start and goal are whatever it makes of two synthetic pictures.
fn package() -> Case {
    let model = PackageModel::load("arm").expect("models/arm loads");
    let spec = model.spec().clone();
    let image = spec.image.expect("arm has a camera");
    let pixels = (3 * image.width * image.height) as usize;
    let mut encoder = model.encoder().expect("encoder");
    let mut encode = |pixel: &dyn Fn(usize) -> f32| {
        let observation = Observation {
            image: (0..pixels).map(pixel).collect(),
            velocity: Action::zeros(2),
            ..Observation::default()
        };
        let mut latent = vec![0.0; spec.latent_len];
        let encoded = encoder.update(&[], &[], &observation, &mut latent);
        encoded.expect("encodes");
        latent
    };
    let start = encode(&|index| (index % 64) as f32 / 64.0);
    let goal = encode(&|index| (index / 64 % 64) as f32 / 64.0);
    Case {
        belief: belief(&spec, start),
        target: Target::Latent(goal),
        model: Arc::new(model),
    }
}

fn cases() -> Vec<Case> {
    vec![analytic(), package()]
}

fn cost(model: &dyn WorldModel) -> CostFunction {
    let (limits, config) = (limits(), CostConfig::default());
    let context = TermContext {
        limits: &limits,
        spec: model.spec(),
        config: &config,
    };
    Registry::builtin().build(&context).expect("known terms")
}

fn planner(case: &Case, change: impl FnOnce(&mut PlannerConfig)) -> Planner {
    let mut config = PlannerConfig::default();
    change(&mut config);
    let model = case.model.as_ref();
    let mut planner = Planner::new(model, &limits(), cost(model), config).expect("fits");
    planner.pursue(&case.target).expect("target fits");
    planner
}

fn iterations(count: usize) -> Budget {
    Budget {
        deadline: None,
        model_steps: usize::MAX,
        iterations: count,
    }
}

/// Each method on each case.
/// Every method on every case.
fn each_method() -> impl Iterator<Item = (&'static str, Case)> {
    METHODS
        .iter()
        .flat_map(|method| cases().into_iter().map(move |case| (*method, case)))
}

fn each(check: impl Fn(&str, &Case)) {
    for case in cases() {
        for method in METHODS {
            check(method, &case);
        }
    }
}

fn commands(plan: &Plan) -> Vec<Action> {
    let knots = plan.trajectory.knots().iter();
    knots
        .filter(|knot| knot.stamp >= plan.start)
        .map(|knot| knot.action)
        .collect()
}

fn respects_limits(plan: &Plan, mut before: Action) {
    let mut position = Action::zeros(2);
    let commands = commands(plan);
    assert!(commands.len() >= 80, "{} commands", commands.len());
    for command in commands {
        for (axis, limit) in limits().axes().iter().enumerate() {
            assert!(command[axis].abs() <= limit.velocity + 1e-9);
            let change = (command[axis] - before[axis]).abs() / 0.005;
            assert!(change <= limit.acceleration + 1e-6, "{change} rad/s^2");
            position[axis] += command[axis] * 0.005;
            assert!((limit.lower..=limit.upper).contains(&position[axis]));
        }
        before = command;
    }
}

#[test]
fn a_plan_respects_limits_and_carries_its_evidence() {
    each(|method, case| {
        let mut planner = planner(case, |config| config.method = method.to_owned());
        let clock = FastClock::new();
        let plan = planner.plan(&case.belief, iterations(2), &clock, false);
        let plan = plan.expect("model works");
        respects_limits(&plan, Action::zeros(2));
        let evidence = &plan.evidence;
        assert!(evidence.cost.is_finite() && evidence.distance.is_finite());
        assert!(evidence.cost <= evidence.standing_still, "{method}");
        assert_eq!(evidence.iterations, 2);
        assert_eq!(evidence.model_steps, 2 * 8 * 4);
        let sum: f64 = evidence.terms.iter().map(|term| term.chosen).sum();
        assert!((sum - evidence.cost).abs() < 1e-9);
        let still: f64 = evidence.terms.iter().map(|term| term.standing_still).sum();
        assert!((still - evidence.standing_still).abs() < 1e-9);
    });
}

#[test]
fn published_cost_never_rises() {
    each(|method, case| {
        let cost = |count: usize| {
            let mut planner = planner(case, |config| config.method = method.to_owned());
            let plan = planner.plan(&case.belief, iterations(count), &FastClock::new(), false);
            plan.expect("model works").evidence.cost
        };
        let costs: Vec<f64> = (0..8).map(cost).collect();
        assert_eq!(costs[0], f64::INFINITY, "nothing imagined, nothing claimed");
        assert!(costs.windows(2).all(|pair| pair[1] <= pair[0]), "{costs:?}");
        assert!(costs[7] < costs[1], "{method} never improves: {costs:?}");
    });
}

#[test]
fn an_expired_deadline_returns_the_last_plan_shifted() {
    each(|method, case| {
        let mut planner = planner(case, |config| config.method = method.to_owned());
        let clock = FastClock::new();
        let first = planner.plan(&case.belief, iterations(4), &clock, false);
        let first = first.expect("model works");
        let shift = Span::from_millis(50);
        let mut later = case.belief.clone();
        later.stamp += shift;
        later.now += shift;
        let before = later.stamp - Span::from_millis(5);
        later.limiter.command = first.trajectory.sample(before).expect("inside");
        let expired = Budget {
            deadline: Some(Stamp::ZERO),
            ..iterations(100)
        };
        let second = planner.plan(&later, expired, &clock, false);
        let second = second.expect("model works");
        assert_eq!(second.evidence.model_steps, 0);
        assert_eq!(second.evidence.cost, f64::INFINITY);
        assert_eq!(
            second.evidence.sentence(),
            "no time to imagine anything: the last plan goes on, to its end"
        );
        let end = first.trajectory.end().expect("not empty");
        for knot in second.trajectory.knots() {
            if knot.stamp <= end {
                let expected = first.trajectory.sample(knot.stamp).expect("inside");
                let differ = expected.iter().zip(knot.action.iter());
                let largest = differ.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
                assert!(largest < 1e-9, "{method}: {largest} at {}", knot.stamp);
            }
        }
        respects_limits(&second, later.limiter.command);
    });
}

#[test]
fn same_bits_for_any_number_of_threads_and_odd_counts() {
    each(|method, case| {
        for candidates in [5, 8, 13, 33] {
            let plans = |threads: usize| {
                let mut planner = planner(case, |config| {
                    config.method = method.to_owned();
                    config.candidates = candidates;
                    config.imagination.threads = threads;
                });
                let mut belief = case.belief.clone();
                let mut bits = Vec::new();
                for _ in 0..3 {
                    let plan = planner.plan(&belief, iterations(2), &FastClock::new(), false);
                    let plan = plan.expect("model works");
                    bits.push(plan.evidence.cost.to_bits());
                    for command in commands(&plan) {
                        bits.extend(command.iter().map(|value| value.to_bits()));
                    }
                    belief.stamp += Span::from_millis(33);
                }
                bits
            };
            let one = plans(1);
            assert_eq!(one, plans(2), "{method}, {candidates} candidates");
            assert_eq!(one, plans(3), "{method}, {candidates} candidates");
            assert_eq!(one, plans(1), "{method}, {candidates} candidates, again");
        }
    });
}

#[derive(Default)]
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Stamp {
        Stamp::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

/// A case in which 0.1 ms passes with every row stepped, and rows under some actions turn out as not-a-number.
fn altered(case: Case, nan: fn(&[f32]) -> bool) -> (Case, Arc<Ticking>) {
    let clock = Arc::new(Ticking::default());
    let ticking = clock.clone();
    let model = Altered::with_spoilt_steps(case.model, move |_, actions, next| {
        ticking.0.fetch_add(100_000, Ordering::SeqCst);
        if nan(actions) {
            next.fill(f32::NAN);
        }
    });
    let model = Arc::new(model);
    (Case { model, ..case }, clock)
}

#[test]
fn overshoot_is_bounded_by_one_quantum() {
    for (method, case) in each_method() {
        let (case, clock) = altered(case, |_| false);
        let mut planner = planner(&case, |config| config.method = method.to_owned());
        // 0.1 ms a row: a quantum of 8 x 4 takes 3.2 ms.
        for deadline in [1.0, 5.0, 20.0, 33.0] {
            let began = clock.now();
            let budget = Budget {
                deadline: Some(began + Span::from_secs(deadline * 1e-3)),
                model_steps: usize::MAX,
                iterations: usize::MAX,
            };
            let plan = planner.plan(&case.belief, budget, clock.as_ref(), false);
            let plan = plan.expect("model works");
            let took = (clock.now() - began).millis();
            assert!(
                took <= deadline + 3.2 + 1e-9,
                "{method}: {took} of {deadline} ms"
            );
            assert!(
                plan.evidence.model_steps > 0,
                "{method}: at least one quantum"
            );
            let most = (deadline / 3.2) as usize * 32;
            let used = plan.evidence.model_steps;
            assert!(
                used >= most.saturating_sub(32),
                "{method}: {used} of {most}"
            );
        }
    }
}

#[test]
fn model_steps_are_capped() {
    for (method, case) in each_method() {
        let mut planner = planner(&case, |config| config.method = method.to_owned());
        let budget = Budget {
            deadline: None,
            model_steps: 70,
            iterations: 100,
        };
        let plan = planner.plan(&case.belief, budget, &FastClock::new(), false);
        assert_eq!(plan.expect("model works").evidence.model_steps, 64);
    }
}

#[test]
fn imagination_that_is_not_finite_loses() {
    for method in METHODS {
        // The goal needs the first joint to turn forwards: exactly what the model can't imagine.
        let (case, clock) = altered(analytic(), |actions| actions[0] > 0.0);
        let mut planner = planner(&case, |config| config.method = (*method).to_owned());
        let plan = planner.plan(&case.belief, iterations(3), clock.as_ref(), false);
        let plan = plan.expect("model works");
        assert!(plan.evidence.rejected > 0 && plan.evidence.cost.is_finite());
        assert!(commands(&plan).iter().all(|command| command[0] <= 0.0));
    }
    for method in METHODS {
        let (case, clock) = altered(analytic(), |_| true);
        let mut planner = planner(&case, |config| config.method = (*method).to_owned());
        let plan = planner.plan(&case.belief, iterations(3), clock.as_ref(), false);
        let plan = plan.expect("model works");
        assert_eq!(plan.evidence.rejected, 24);
        assert_eq!(plan.evidence.cost, f64::INFINITY);
        assert!(
            commands(&plan)
                .iter()
                .all(|command| command.max_abs() == 0.0)
        );
    }
}

#[test]
fn a_rollout_thread_that_dies_is_an_error() {
    let (case, clock) = altered(analytic(), |_| {
        let name = std::thread::current().name().map(str::to_owned);
        assert_ne!(name.as_deref(), Some("rollout-1"), "a planted panic");
        false
    });
    let mut planner = planner(&case, |config| {
        config.candidates = 16;
        config.imagination.threads = 2;
    });
    for _ in 0..2 {
        let plan = planner.plan(&case.belief, iterations(1), clock.as_ref(), false);
        assert_eq!(plan.err().map(|why| why.field).as_deref(), Some("thread"));
    }
}

#[test]
fn at_the_goal_standing_still_wins() {
    for method in METHODS {
        let mut case = analytic();
        case.target = Target::Latent(case.belief.latents.clone());
        let mut planner = planner(&case, |config| config.method = (*method).to_owned());
        let plan = planner.plan(&case.belief, iterations(1), &FastClock::new(), false);
        let plan = plan.expect("model works");
        assert!(
            commands(&plan)
                .iter()
                .all(|command| command.max_abs() == 0.0)
        );
        assert_ne!(plan.evidence.proposal, Proposal::Random, "{method}");
    }
}

#[test]
fn joint_and_point_goals_steer_by_the_probe() {
    let case = analytic();
    let spec = case.model.spec();
    let speeds = [2.0, 2.0];
    let goals = [
        Goal::Joints(Action::from_slice(&[0.8, -0.6]).expect("two")),
        Goal::Point([0.25, 0.30, 0.0]),
    ];
    for goal in goals {
        let target = Target::new(spec, &goal, None, &speeds, 0.09).expect("measurable");
        let case = Case {
            target,
            ..analytic()
        };
        let mut planner = planner(&case, |_| {});
        let plan = planner.plan(&case.belief, iterations(4), &FastClock::new(), true);
        let evidence = plan.expect("model works").evidence;
        assert!(evidence.distance > 2.0 && evidence.distance.is_finite());
        assert!(evidence.cost < evidence.standing_still - 0.5, "{goal:?}");
        let term = evidence
            .terms
            .iter()
            .find(|term| term.name == "probe_distance");
        assert!(term.is_some_and(|term| term.chosen > 0.0));
        assert_eq!(evidence.paths.len(), 32);
        assert!((evidence.paths[0].0 as f64 - evidence.cost).abs() < 1e-3);
        assert_eq!(evidence.paths[0].1.len(), 5);
        let start = evidence.paths[0].1[0];
        assert!((start[0] - 0.45).abs() < 1e-6 && start[1].abs() < 1e-6);
    }
    let unknown = Goal::Joints(Action::zeros(3));
    assert!(Target::new(spec, &unknown, None, &speeds, 0.09).is_err());
}
