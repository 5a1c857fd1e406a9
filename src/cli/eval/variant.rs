//! What is judged, and what differs from it in one thing.

use clap::ValueEnum;

use crate::cli::{Failure, Lab};
use crate::config::Parameters;
use crate::embedded::Kind;

/// Whose time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ClockKind {
    /// Simulated, in lock-step.
    Fast,
    /// Real, on threads.
    Wall,
}

/// The parameters that `precision` stands for.
const PRECISIONS: [&str; 4] = [
    "model.encode_precision",
    "model.step_precision",
    "model.metric_precision",
    "model.probe_precision",
];

/// One contender's clock, package and parameters.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    pub(super) robot: Kind,
    pub(super) clock: ClockKind,
    pub(super) model: String,
    pub(super) parameters: Parameters,
}

impl Variant {
    /// The robot with all this.
    pub(super) fn lab(&self) -> Result<Lab, Failure> {
        Lab::from_parameters(self.robot, &self.model, &self.parameters)
    }

    /// This one but for what `text` (`WHAT=VALUE`) says.
    pub(super) fn but(&self, text: &str) -> Result<Self, Failure> {
        let (what, value) = text.split_once('=').unwrap_or((text, ""));
        let mut other = self.clone();
        let same = match what {
            "clock" => {
                other.clock = choose(what, value)?;
                other.clock == self.clock
            }
            "precision" => {
                let set = PRECISIONS.map(|name| format!("{name}={value}"));
                other.parameters = self.parameters.with_overrides("--against", &set)?;
                let alike = |name| other.parameters.get(name) == self.parameters.get(name);
                PRECISIONS.into_iter().all(alike)
            }
            "model" => {
                value.clone_into(&mut other.model);
                other.model == self.model
            }
            _ if what.contains('.') => {
                other.parameters = self.parameters.with_overrides("--against", &[text])?;
                other.parameters.get(what) == self.parameters.get(what)
            }
            _ => {
                let known = ["clock", "precision", "model", "planner.candidates"];
                return Err(Failure::unknown("--against", what, &known));
            }
        };
        if same {
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
