//! `manifest.toml`: the contract of a package in words and numbers. `docs/package.md` explains every key.

mod check;
mod check_graphs;
mod files;
mod graphs;
mod parse;

use serde::Deserialize;

use crate::robot::ActionKind;

pub(super) use files::Role;
pub use graphs::{
    FileReference, GraphEntry, GraphsSection, MetricEntry, MetricForm, OutputKind, Precision,
    ProbeEntry, ProbeOutput,
};
pub(super) use parse::parse;

/// The whole manifest.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format, 1.
    pub format: u32,
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// Free text for people: `jepa`, `kalman`, ...
    pub family: String,
    /// One line for people.
    pub description: String,
    /// The robot trained on.
    pub robot: RobotSection,
    /// Shapes, time and calibrations.
    pub model: ModelSection,
    /// The picture that the encoder takes; absent without a camera.
    pub image: Option<ImageSection>,
    /// What else the encoder takes.
    #[serde(default)]
    pub inputs: InputsSection,
    /// The networks.
    pub graphs: GraphsSection,
    /// The outputs that loading must reproduce.
    pub golden: GoldenSection,
    /// A short recording that `forerun check` judges with.
    pub transitions: Option<FileReference>,
    /// Places that the robot was at.
    pub map: Option<MapSection>,
    /// The robot's description.
    pub urdf: FileReference,
    /// Measured success.
    pub success: Option<SuccessSection>,
    /// Where the package comes from.
    pub provenance: ProvenanceSection,
}

/// `[robot]`: action axes and the limits trained on, one entry an axis.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RobotSection {
    /// The robot's name.
    pub name: String,
    /// What an action means.
    pub action_kind: ActionKind,
    /// Names of the axes, in the order of every action row.
    pub axes: Vec<String>,
    /// Units of the axes.
    pub units: Vec<String>,
    /// Largest speeds.
    pub velocity: Vec<f64>,
    /// Largest accelerations.
    pub acceleration: Vec<f64>,
    /// Lowest positions; absent for `body_twist`.
    pub position_lower: Option<Vec<f64>>,
    /// Highest positions; absent for `body_twist`.
    pub position_upper: Option<Vec<f64>>,
}

/// `[model]`: shapes, time and calibrations.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSection {
    /// P `[s]`.
    pub period: f64,
    /// C.
    pub context: usize,
    /// K.
    pub stacked_frames: usize,
    /// A.
    pub action_block: usize,
    /// D.
    pub latent: usize,
    /// Actuator delay contained in the training data `[s]`.
    pub delay: f64,
    /// Metric value that means "there" [model steps].
    pub reached: f64,
    /// 99.9 % quantile of the one-step surprise [model steps].
    pub surprise: f64,
    /// Metric layout id.
    pub layout: String,
    /// Named slices of the latent.
    #[serde(default)]
    pub parts: Vec<PartEntry>,
}

/// `[[model.parts]]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartEntry {
    /// E.g. `image`.
    pub name: String,
    /// First index.
    pub start: usize,
    /// Length.
    pub len: usize,
}

/// `[image]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSection {
    /// Columns `[px]`.
    pub width: u32,
    /// Rows `[px]`.
    pub height: u32,
    /// Channel order of the network: `rgb`.
    pub encoding: String,
    /// How other aspect ratios become this one: `center`.
    pub crop: String,
}

/// `[inputs]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputsSection {
    /// Measured velocity `[U]` goes into the encoder.
    #[serde(default)]
    pub velocity: bool,
    /// What goal pictures are encoded with.
    #[serde(default)]
    pub at_goal: AtGoal,
}

/// `inputs.at_goal`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtGoal {
    /// `zero`: a goal picture is encoded at rest.
    pub velocity: Option<String>,
}

/// `[golden]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenSection {
    /// Name inside the package's folder.
    pub file: String,
    /// SHA-256.
    pub sha256: String,
    /// Largest absolute difference allowed for f32 graphs.
    pub tolerance_f32: f64,
    /// The same for graphs with s8 weights.
    pub tolerance_int8: f64,
}

/// `[map]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapSection {
    /// Name inside the package's folder.
    pub file: String,
    /// SHA-256.
    pub sha256: String,
    /// Largest distance from a place that was visited to one of the map `[m]`.
    pub spacing: f64,
}

/// `[success]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuccessSection {
    /// Share of episodes that reached their goal, 0..1.
    pub rate: f64,
    /// Episodes.
    pub n: u64,
    /// 95 % Wilson interval.
    pub ci95: [f64; 2],
    /// The command that measured it.
    pub command: String,
}

/// `[provenance]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenanceSection {
    /// Version of the recipe.
    pub recipe: String,
    /// Seed of the training.
    pub seed: u64,
    /// Hash of the recordings.
    pub data: String,
    /// Frames trained on.
    pub frames: u64,
    /// SPDX expression.
    pub licence: String,
}

impl Manifest {
    /// U, action axes.
    pub fn axes_len(&self) -> usize {
        self.robot.axes.len()
    }

    /// A*U, numbers an action row.
    pub fn row_len(&self) -> usize {
        self.model.action_block * self.axes_len()
    }
}
