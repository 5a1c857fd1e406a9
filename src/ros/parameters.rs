//! The ROS side's own parameters.

use super::{DdsProfile, RosError};
use crate::config::{Default, Record};

/// Where a message's time comes from.
#[derive(Clone, Copy, Debug, std::default::Default, PartialEq, Eq)]
pub enum StampSource {
    /// Its header.
    #[default]
    Header,
    /// When it arrived.
    Receipt,
}

/// What the ROS side can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Activate by itself, once, when inputs are fresh.
    pub autostart: bool,
    /// Where a message's time comes from.
    pub stamp_source: StampSource,
    /// Which Fast DDS profile is used.
    pub dds_profile: DdsProfile,
}

/// The records behind [`Settings`].
pub const PARAMETERS: &[Record] = &[
    Record {
        name: "autostart",
        description: "activate by itself, once, when the inputs are fresh and the model is warm",
        unit: "",
        default: Default::Bool(false),
        range: None,
        choices: &[],
        too_low: "",
        too_high: "",
        live: false,
    },
    Record {
        name: "stamp_source",
        description: "where a message's time comes from: its header, or its receipt",
        unit: "",
        default: Default::Text("header"),
        range: None,
        choices: &["header", "receipt"],
        too_low: "",
        too_high: "",
        live: false,
    },
    Record {
        name: "dds_profile",
        description: "Fast DDS profile: auto (shared memory and sockets that hold a 640x480 image), none, or a file",
        unit: "",
        default: Default::Text("auto"),
        range: None,
        choices: &[],
        too_low: "",
        too_high: "",
        live: false,
    },
];

impl std::default::Default for Settings {
    fn default() -> Self {
        Self {
            autostart: false,
            stamp_source: StampSource::Header,
            dds_profile: DdsProfile::Auto,
        }
    }
}

impl Settings {
    /// Takes one parameter as ROS gave it, in text. `Ok(false)`: not one of [`PARAMETERS`].
    pub fn set(&mut self, name: &str, value: &str) -> Result<bool, RosError> {
        match name {
            "autostart" => {
                self.autostart = value
                    .parse()
                    .map_err(|_| wrong(name, value, "true or false"))?;
            }
            "stamp_source" => {
                self.stamp_source = match value {
                    "header" => StampSource::Header,
                    "receipt" => StampSource::Receipt,
                    _ => return Err(wrong(name, value, "header or receipt")),
                }
            }
            "dds_profile" => self.dds_profile = DdsProfile::parse(value),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn wrong(name: &str, value: &str, expected: &str) -> RosError {
    RosError::Usage(format!(
        "parameter {name}: found {value}, expected {expected}"
    ))
}

/// The parameters that ROS was given, as text.
pub(super) fn given(node: &r2r::Node) -> Vec<(String, String)> {
    use r2r::ParameterValue as Value;
    let parameters = node
        .params
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let text = |value: &Value| match value {
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::String(value) => value.clone(),
        list => format!("{list:?}"),
    };
    parameters
        .iter()
        // Every ROS node takes this one.
        .filter(|(name, _)| *name != "use_sim_time")
        .map(|(name, parameter)| (name.clone(), text(&parameter.value)))
        .collect()
}
