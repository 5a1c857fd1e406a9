//! Which precision each graph runs in, and by which instructions: the package's choice and the machine's best, or
//! the configuration's.

use super::int8::kernel::Isa;
use super::manifest::{Precision, Role};
use crate::config::{ConfigError, Parameters, Record};

const CHOICES: &[&str] = &["package", "f32", "int8"];
/// `auto` and every instruction set with kernels.
const KERNELS: &[&str] = &{
    let mut names = ["auto"; Isa::ALL.len() + 1];
    let mut index = 0;
    while index < Isa::ALL.len() {
        names[index + 1] = Isa::ALL[index].name();
        index += 1;
    }
    names
};

/// The parameters of the model.
pub const PARAMETERS: &[Record] = &[
    Record::text("model.encode_precision", "package", CHOICES)
        .about("precision of the encoder: int8, f32, or as the package's manifest says"),
    Record::text("model.step_precision", "package", CHOICES)
        .about("precision of the dynamics: int8, f32, or as the package's manifest says"),
    Record::text("model.metric_precision", "package", CHOICES)
        .about("precision of the metric: int8, f32, or as the package's manifest says"),
    Record::text("model.probe_precision", "package", CHOICES)
        .about("precision of the probe: int8, f32, or as the package's manifest says"),
    Record::text("model.kernel", "auto", KERNELS)
        .about("instructions that networks are computed by, one of `forerun doctor`'s; auto: the best; all give the same bits"),
];

/// The precision that is asked of each graph; `None`: the one that the package's manifest says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Precisions {
    /// The encoder's.
    pub encode: Option<Precision>,
    /// The dynamics'.
    pub step: Option<Precision>,
    /// The metric's.
    pub metric: Option<Precision>,
    /// The probe's.
    pub probe: Option<Precision>,
    /// The instructions; `None`: the best that the machine has.
    pub kernel: Option<Isa>,
}

impl Precisions {
    /// Reads [`PARAMETERS`].
    ///
    /// # Errors
    /// A parameter that is not among them.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        let precision = |name| {
            Ok(match parameters.text(name)? {
                "f32" => Some(Precision::F32),
                "int8" => Some(Precision::Int8),
                _ => None,
            })
        };
        Ok(Self {
            encode: precision("model.encode_precision")?,
            step: precision("model.step_precision")?,
            metric: precision("model.metric_precision")?,
            probe: precision("model.probe_precision")?,
            kernel: parameters.text("model.kernel")?.parse().ok(),
        })
    }

    /// Refuses instructions that this processor lacks.
    ///
    /// # Errors
    /// A sentence with what it has.
    pub fn check_kernel(&self) -> Result<(), String> {
        let Some(isa) = self.kernel.filter(|isa| !isa.is_available()) else {
            return Ok(());
        };
        let has: Vec<&str> = Isa::available().map(Isa::name).collect();
        let has = has.join(", ");
        Err(format!(
            "model.kernel: found {isa}, expected auto or what this processor has: {has}"
        ))
    }

    /// What is asked of the graph in `role`.
    pub(super) fn of(&self, role: Role) -> Option<Precision> {
        match role {
            Role::Encode => self.encode,
            Role::Step => self.step,
            Role::Metric => self.metric,
            Role::Probe => self.probe,
        }
    }
}

/// The same for every graph.
impl From<Precision> for Precisions {
    fn from(precision: Precision) -> Self {
        Some(precision).into()
    }
}

/// The same for every graph.
impl From<Option<Precision>> for Precisions {
    fn from(precision: Option<Precision>) -> Self {
        Self {
            encode: precision,
            step: precision,
            metric: precision,
            probe: precision,
            kernel: None,
        }
    }
}
