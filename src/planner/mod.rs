//! Planner: the cheapest imagined future before the deadline.
//!
//! Takes a [`Belief`](crate::belief::Belief), a [`Target`] and a [`Budget`]; gives a [`Plan`]: a trajectory
//! and the evidence for it. Imports everything up to `belief` and `cost`. It may not send, judge arrival or
//! stop a robot.
//!
//! [`Planner`] is the front; a [`Method`] searches, [`Imagination`] rolls candidates through the model,
//! [`CostFunction`](crate::cost::CostFunction) judges them.

mod candidates;
mod chunk;
mod commands;
mod config;
mod engine;
mod following;
mod front;
mod gather;
mod imagination;
mod knots;
mod means;
mod methods;
mod paths;
mod plan;
mod problem;
mod tally;
mod target;
mod workers;

pub use candidates::{Candidates, ImaginationConfig};
pub use config::{PARAMETERS, PlannerConfig};
pub use front::Planner;
pub use imagination::Imagination;
pub use methods::{
    CrossEntropy, METHODS, Method, MethodFactory, PredictiveSampling, RandomShooting, method,
};
pub use plan::{Budget, Evidence, Plan, Proposal, TermCost};
pub use problem::Problem;
pub use target::{Target, WantedTarget};
