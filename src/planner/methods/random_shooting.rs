//! Random shooting: the floor that every other method must beat.

use rand::RngExt;

use super::Method;
use crate::planner::Problem;
use crate::world_model::ModelError;

/// Knots drawn evenly from the whole velocity range, blind to the last plan; the best wins.
#[derive(Debug, Default)]
pub struct RandomShooting {
    started: bool,
}

impl Method for RandomShooting {
    fn name(&self) -> &'static str {
        "random_shooting"
    }

    fn base(&mut self, _problem: &mut Problem) {
        self.started = false;
    }

    fn refine(&mut self, problem: &mut Problem) -> Result<(), ModelError> {
        if !self.started {
            problem.propose_fixed();
            self.started = true;
        }
        while problem.proposed() < problem.rows() {
            problem.propose_random(|rng, _, speed| speed * rng.random_range(-1.0..=1.0));
        }
        problem.evaluate().map(|_| ())
    }
}
