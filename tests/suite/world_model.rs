//! Mirrors `src/world_model`.

mod analytic;
mod conformance;
mod contract;
mod described;
mod forward;
mod fusion;
mod golden;
mod hostile;
mod manifest;
mod map;
mod model;
mod onnx;
mod package;
mod quantized;
mod reference;
pub mod requantized;
mod tract_defects;
