//! What is judged, and what differs from it in one thing.

use clap::ValueEnum;

use crate::cli::Failure;
use crate::world_model::Precision;

/// Whose time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ClockKind {
    /// Simulated, in lock-step.
    Fast,
    /// Real, on threads.
    Wall,
}

/// Whose weights are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PrecisionKind {
    /// The canonical ones.
    F32,
    /// The quantized ones.
    Int8,
}

impl PrecisionKind {
    /// The same in the loader's words.
    pub(super) fn precision(self) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::Int8 => Precision::Int8,
        }
    }
}

/// One contender's clock, package and weights.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variant {
    pub(super) clock: ClockKind,
    pub(super) model: String,
    pub(super) precision: Option<PrecisionKind>,
}

impl Variant {
    /// This one but for what `text` (`WHAT=VALUE`) says.
    pub(super) fn but(&self, text: &str) -> Result<Self, Failure> {
        let (what, value) = text.split_once('=').unwrap_or((text, ""));
        let mut other = self.clone();
        match what {
            "clock" => other.clock = choose(what, value)?,
            "precision" => other.precision = Some(choose(what, value)?),
            "model" => other.model = value.to_owned(),
            _ => {
                return Err(Failure::unknown(
                    "--against",
                    what,
                    &["clock", "precision", "model"],
                ));
            }
        }
        if other == *self {
            return Err(Failure::Usage(format!(
                "--against {text}: that is what is judged; name something that differs"
            )));
        }
        Ok(other)
    }
}

fn choose<T: ValueEnum>(what: &str, value: &str) -> Result<T, Failure> {
    T::from_str(value, false).map_err(|_| {
        let known = T::value_variants().iter();
        let names: Vec<String> = known
            .filter_map(|known| Some(known.to_possible_value()?.get_name().to_owned()))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Failure::unknown(&format!("--against {what}"), value, &names)
    })
}
