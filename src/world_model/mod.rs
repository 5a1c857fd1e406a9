//! World model: encoder, dynamics, metric and heads behind one contract.
//!
//! Takes a package folder (`docs/package.md`) and [`Observation`](crate::sensing::Observation)s; gives
//! latents, imagined next latents, distances in model steps and named quantities. The only room that knows
//! tract. Imports `config`, `time`, `robot` and `sensing`.

mod analytic;
mod engine;
mod error;
mod finite;
mod golden;
mod graph;
pub mod int8;
mod manifest;
mod map;
mod network;
pub mod norm;
mod package;
mod precision;
mod rollout;
mod seams;
mod signature;
mod spec;
mod vet;

pub use analytic::{AnalyticModel, AnalyticParameters, Kinematics};
pub use engine::Arithmetic;
pub use error::ModelError;
pub(crate) use finite::all_finite;
pub use manifest::{
    AtGoal, FileReference, GoldenSection, GraphEntry, GraphsSection, ImageSection, InputsSection,
    Manifest, MapSection, MetricEntry, MetricForm, ModelSection, OutputKind, PartEntry, Precision,
    ProbeEntry, ProbeOutput, ProvenanceSection, RobotSection, SuccessSection,
};
pub use map::{LatentMap, Route, WHOLE};
pub use network::{Network, NetworkRunner};
pub use package::{Contract, PackageModel, locate, model_roots};
pub use precision::{PARAMETERS, Precisions};
pub use rollout::{Rollout, WantedQuantity};
pub use seams::{Dynamics, Encoder, Head, Metric, WorldModel};
pub use spec::{LatentPart, ModelSpec, Quantity};
