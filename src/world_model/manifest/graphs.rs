//! `[graphs]`: the networks and their files.

use serde::Deserialize;

/// `[graphs]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphsSection {
    /// Observation to latent.
    pub encode: GraphEntry,
    /// Latent and actions to the next latent.
    pub step: GraphEntry,
    /// Distance in model steps.
    pub metric: MetricEntry,
    /// Latent to named quantities.
    pub probe: Option<ProbeEntry>,
}

/// A file of the package and the hash of its content.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileReference {
    /// Name inside the package's folder.
    pub file: String,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

/// Which of a graph's files is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// The canonical f32 file.
    F32,
    /// The file with s8 weights.
    Int8,
}

impl Precision {
    /// As in file names and golden tensors.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        }
    }
}

/// `[graphs.encode]`, `[graphs.step]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphEntry {
    /// Name inside the package's folder.
    pub file: String,
    /// SHA-256.
    pub sha256: String,
    /// The same with s8 weights.
    pub int8: Option<FileReference>,
    /// Which file robots load.
    pub precision: Precision,
}

/// How the metric is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricForm {
    /// A latent becomes a point; the distance is the norm of the difference.
    Embedding,
    /// Two latents become a distance.
    Pair,
}

/// `[graphs.metric]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricEntry {
    /// Name inside the package's folder.
    pub file: String,
    /// SHA-256.
    pub sha256: String,
    /// The same with s8 weights.
    pub int8: Option<FileReference>,
    /// Which file robots load.
    pub precision: Precision,
    /// How it is written.
    pub form: MetricForm,
}

/// `[graphs.probe]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeEntry {
    /// Name inside the package's folder.
    pub file: String,
    /// SHA-256.
    pub sha256: String,
    /// The same with s8 weights.
    pub int8: Option<FileReference>,
    /// Which file robots load.
    pub precision: Precision,
    /// One entry an output of the network.
    pub outputs: Vec<ProbeOutput>,
    /// Names of the outputs that are the tip's x, y(, z).
    #[serde(default)]
    pub tip: Vec<String>,
    /// Median error of the tip on validation frames `[m]`.
    pub error: f64,
}

/// What an output of the probe means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputKind {
    /// The quantity itself.
    Value,
    /// Sine of an angle.
    Sin,
    /// Cosine of an angle.
    Cos,
}

/// `graphs.probe.outputs`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeOutput {
    /// The quantity's name.
    pub name: String,
    /// What the number is.
    pub kind: OutputKind,
    /// The quantity's unit.
    pub unit: String,
}
