//! A cost term of one's own: stay away from fast elbow motion. Its weight is a parameter like any other:
//! `cargo run --release --no-default-features --example custom_cost -- cost.calm_elbow=0.2 cost.stop=0`

use std::sync::Arc;

use forerun::config::{Parameters, Record, Schema};
use forerun::cost::{self, CostConfig, Registry, Term, TermContext};
use forerun::robot::{AxisLimits, Limits};
use forerun::world_model::{AnalyticModel, AnalyticParameters, Rollout, WorldModel};

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
    let mut registry = Registry::builtin();
    registry.add("calm_elbow", 0.5, |_| Box::new(CalmElbow));
    let schema = Schema::gather(&[cost::PARAMETERS, &[WEIGHT]])?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let parameters = Parameters::defaults(Arc::new(schema));
    let parameters = parameters.with_overrides("arguments", &arguments)?;

    let model = AnalyticModel::new(AnalyticParameters::new(
        &["shoulder", "elbow"],
        &[2.0, 2.0],
        0.06,
    ))?;
    let axis = AxisLimits {
        lower: -2.4,
        upper: 2.4,
        velocity: 2.0,
        acceleration: 20.0,
        deceleration: 20.0,
        jerk: f64::INFINITY,
    };
    let context = TermContext {
        limits: &Limits::new(vec![axis; 2]),
        spec: model.spec(),
        config: &CostConfig::from_parameters(&parameters)?,
    };
    let cost = registry.build(&context)?;
    let names: Vec<&str> = cost.contributions(0).map(|term| term.0).collect();
    println!("{}", names.join(" + "));
    Ok(())
}
