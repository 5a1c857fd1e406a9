//! Floors: what a success rate must be compared with.

use rand::RngExt;

use crate::planner::{Method, Problem, Proposal};
use crate::world_model::ModelError;

/// A search that does not look: every plan is drawn at random.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomActions;

/// A search that always stands still.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandingStill;

impl Method for RandomActions {
    fn name(&self) -> &'static str {
        "random_actions"
    }

    fn base(&mut self, _problem: &mut Problem) {}

    fn refine(&mut self, problem: &mut Problem) -> Result<(), ModelError> {
        problem.propose_random(|rng, _, speed| speed * rng.random_range(-1.0..=1.0));
        problem.evaluate().map(|_| ())
    }
}

impl Method for StandingStill {
    fn name(&self) -> &'static str {
        "standing_still"
    }

    fn base(&mut self, _problem: &mut Problem) {}

    fn refine(&mut self, problem: &mut Problem) -> Result<(), ModelError> {
        problem.propose(Proposal::StandStill);
        problem.evaluate().map(|_| ())
    }
}
