//! Evaluation: is it any good?
//!
//! Takes a [`Task`](crate::runtime::Task) or recorded [`Frame`](check::Frame)s; gives success with intervals
//! and floors on either clock, pairs of contenders, and the examination of a package. Imports `runtime` and below.

mod altered;
pub mod check;
mod effort;
mod fast;
mod floors;
mod paired;
mod raw_latent;
mod referee;
mod relay;
mod summary;
mod wall;
mod wilson;
mod witness;

pub use altered::{Alteration, Altered, Spoil};
pub use effort::{Effort, PlanEffort, PlanTimes, Stopwatch, TickEffort};
pub use fast::{fast_episode, fast_episode_by_subgoals};
pub use floors::{RandomActions, StandingStill};
pub use paired::Paired;
pub use referee::{Outcome, Referee};
pub use summary::{Refused, Stopped, Summary};
pub use wall::wall_episode;
pub use wilson::{Proportion, median_ci95, quantile};
