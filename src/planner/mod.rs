//! Planner: the cheapest imagined future before the deadline.
//!
//! Takes a [`Belief`](crate::belief::Belief), a goal and a [`Budget`]; gives a [`Plan`]: a trajectory and
//! the evidence for it. Imports everything up to `belief` and `cost`.

mod plan;

pub use plan::{Budget, Evidence, Plan, Proposal, TermCost};
