//! World model: encoder, dynamics, metric and heads behind one contract.
//!
//! Takes a package folder (`docs/package.md`) and [`Observation`](crate::sensing::Observation)s; gives
//! latents, imagined next latents, distances in model steps and named quantities. The only room that knows
//! tract. Imports `config`, `time`, `robot` and `sensing`.

mod analytic;
mod error;
mod norm;
mod rollout;
mod seams;
mod spec;

pub use analytic::{AnalyticModel, AnalyticParameters, Kinematics};
pub use error::ModelError;
pub use rollout::Rollout;
pub use seams::{Dynamics, Encoder, Head, Metric, WorldModel};
pub use spec::{LatentPart, ModelSpec, Quantity};
