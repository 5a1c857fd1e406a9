//! A cost term of one's own: the arm reaches its goals, and goes easy on the elbow. Its weight is a parameter
//! like any other: `cargo run --release --no-default-features --example custom_cost -- cost.calm_elbow=0.2`

use std::sync::Arc;

use forerun::cli::{Contender, Lab};
use forerun::config::{Parameters, Record, Schema};
use forerun::cost::{self, CostConfig, Term};
use forerun::evaluation::{Effort, Summary};
use forerun::world_model::Rollout;

const WEIGHT: Record = cost::weight("cost.calm_elbow", 0.5)
    .about("weight of the mean square of the elbow's speed")
    .beyond("the elbow whips", "the shoulder does all the work");

/// Mean square of the last axis's action `[(rad/s)^2]`.
struct CalmElbow;

impl Term for CalmElbow {
    fn name(&self) -> &'static str {
        "calm_elbow"
    }

    fn evaluate(&mut self, rollout: &Rollout, out: &mut [f32]) {
        for (candidate, sum) in out.iter_mut().enumerate() {
            for step in 0..rollout.horizon {
                let elbow = rollout.action(step, candidate).last().unwrap_or(&0.0);
                *sum += elbow * elbow / rollout.horizon as f32;
            }
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut lab = Lab::new("arm")?;
    lab.registry.add("calm_elbow", 0.5, |_| Box::new(CalmElbow));
    let schema = Schema::gather(&[cost::PARAMETERS, &[WEIGHT]])?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let parameters = Parameters::defaults(Arc::new(schema));
    let parameters = parameters.with_overrides("arguments", &arguments)?;
    lab.config.cost = CostConfig::from_parameters(&parameters)?;
    let (mut outcomes, mut effort) = (Vec::new(), Effort::default());
    for seed in 1..6 {
        let (outcome, took) = lab.fast_episode(Contender::Model, seed)?;
        outcomes.push(outcome);
        effort.add(took);
    }
    let summary = Summary::of(&outcomes, &effort, lab.config.planner.budget);
    println!(
        "{}, median {:?} s",
        summary.proportion(),
        summary.median_time_s
    );
    Ok(())
}
