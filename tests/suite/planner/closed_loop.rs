//! Belief, planner and limits around the truth, on the design's time line: 30 Hz frames that arrive 30 ms late,
//! plans delivered 20 ms after, commands at 200 Hz.

use forerun::belief::{BeliefConfig, Estimator};
use forerun::cost::{CostConfig, Registry, TermContext};
use forerun::planner::{METHODS, Planner, PlannerConfig, Target};
use forerun::robot::{Action, LimiterState, Trajectory};
use forerun::time::{FastClock, Span, Stamp};
use forerun::world_model::WorldModel;

use crate::arm::{Plant, TICK, limits, model};

/// Seconds until the arm is within 0.05 rad of the goal and slow for good; `None` if not within `limit`.
fn reach(config: PlannerConfig, seed: u64, limit: f64) -> Option<f64> {
    let model = model();
    let limits = limits();
    let cost_config = CostConfig::default();
    let context = TermContext {
        limits: &limits,
        spec: model.spec(),
        config: &cost_config,
    };
    let cost = Registry::builtin().build(&context).expect("known terms");
    let budget = config.budget(None);
    let latency = config.budget;
    let mut planner = Planner::new(&model, &limits, cost, config).expect("fits");
    let spread = |k: u64| ((seed * 1000 + k) as f64 * 0.754_877_666).fract() * 4.0 - 2.0;
    let goal = [spread(1), spread(2)];
    let target = Target::Latent(vec![goal[0] as f32, goal[1] as f32, 0.0, 0.0]);
    planner.pursue(&target).expect("fits");
    let mut estimator =
        Estimator::new(&model, limits.clone(), BeliefConfig::default()).expect("fits");
    let clock = FastClock::new();
    let mut plant = Plant::new([spread(3), spread(4)], Span::ZERO);
    let mut limiter = LimiterState::at_rest(plant.state().position);
    let mut trajectory = Trajectory::default();
    let mut delivery: Option<(Stamp, Trajectory)> = None;
    let mut pending = Vec::new();
    let mut frames = 0;
    let mut there_since = None;
    let mut now = Stamp::ZERO;
    while now.secs() < limit {
        clock.advance_to(now);
        plant.advance(now);
        if delivery.as_ref().is_some_and(|delivery| delivery.0 <= now) {
            trajectory = delivery.take().expect("there").1;
        }
        if now >= Stamp::ZERO + Span::from_nanos(33_333_333) * frames {
            frames += 1;
            pending.push((now + Span::from_millis(30), plant.observation()));
        }
        let wanted = trajectory.sample(now).unwrap_or(Action::zeros(2));
        let action = limits.project(&mut limiter, &wanted, TICK.secs());
        plant.send(action);
        estimator.sent(now, action);
        estimator.measured(&plant.state());
        if pending.first().is_some_and(|(arrival, _)| *arrival <= now) {
            let (_, observation) = pending.remove(0);
            estimator.observe(&observation).expect("encodes");
            let belief = estimator.at(now, latency, &trajectory).expect("works");
            let belief = belief.expect("ready");
            let plan = planner.plan(&belief, budget, &clock, false).expect("works");
            delivery = Some((now + latency, plan.trajectory));
        }
        let near = (0..2).all(|axis| (plant.q[axis] - goal[axis]).abs() < 0.05);
        let slow = plant.dq.iter().all(|speed| speed.abs() < 0.2);
        match (near && slow, there_since) {
            (false, _) => there_since = None,
            (true, None) => there_since = Some(now.secs()),
            (true, Some(_)) => {}
        }
        now += TICK;
    }
    there_since
}

fn times(method: &str) -> Vec<Option<f64>> {
    let time = |seed| {
        let config = PlannerConfig {
            method: method.to_owned(),
            iterations: 2,
            seed,
            ..PlannerConfig::default()
        };
        reach(config, seed, 8.0)
    };
    (0..12).map(time).collect()
}

#[test]
fn searching_methods_reach_and_stay_sooner_than_blind_ones() {
    let total = |times: &[Option<f64>]| times.iter().map(|time| time.unwrap_or(8.0)).sum::<f64>();
    let blind = times("random_shooting");
    for method in METHODS
        .iter()
        .filter(|method| **method != "random_shooting")
    {
        let times = times(method);
        assert!(times.iter().all(Option::is_some), "{method}: {times:?}");
        assert!(
            2.0 * total(&times) < total(&blind),
            "{method}: {times:?}, blind {blind:?}"
        );
    }
}

#[test]
fn one_iteration_of_the_default_reaches_and_stays() {
    let times: Vec<Option<f64>> = (0..24)
        .map(|seed| reach(PlannerConfig::default(), seed, 8.0))
        .collect();
    assert!(times.iter().all(Option::is_some), "{times:?}");
}
