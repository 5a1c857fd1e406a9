//! Evaluation: is it any good?
//!
//! Takes a [`Task`](crate::runtime::Task) or recorded [`Frame`](check::Frame)s; gives success with intervals
//! and floors, and the examination of a package. Imports `runtime` and below.

mod altered;
pub mod check;
mod episodes;
mod floors;
mod wilson;

pub use altered::{Alteration, Altered};
pub use episodes::{Outcome, Summary, fast_episode};
pub use floors::{RandomActions, StandingStill};
pub use wilson::{Proportion, quantile};
