//! A cost term of one's own: stay away from fast elbow motion.

use forerun::cost::{CostConfig, Registry, Term, TermContext};
use forerun::robot::{AxisLimits, Limits};
use forerun::world_model::{AnalyticModel, AnalyticParameters, Rollout, WorldModel};

/// Mean square of the last axis's action [(rad/s)^2].
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
        config: &CostConfig::default(),
    };
    let cost = registry.build(&context)?;
    let names: Vec<&str> = cost.contributions(0).map(|term| term.0).collect();
    println!("{}", names.join(" + "));
    Ok(())
}
