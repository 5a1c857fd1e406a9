//! The parameters of all rooms, gathered; which of them a verb reads, and from where.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::{ArmLab, Failure};
use crate::config::{ConfigError, Default, Parameters, Record, Schema, Value};
use crate::embedded::ArmParameters;
use crate::runtime::ThinkerConfig;
use crate::world_model::Precisions;
use crate::{belief, control, cost, embedded, planner, runtime, sensing, world_model};

/// What is told to the process as a whole.
const PROCESS: &[Record] = &[
    Record::integer("run.retries", 1, (0, 100), "")
        .about("how often `run` tries a goal again")
        .beyond(
            "misses a goal for good at the first failure",
            "spends minutes on a goal out of reach",
        ),
    Record::text("dds_profile", "auto", &[])
        .about("Fast DDS profile: auto (holds a 640x480 image), none, or a file"),
];

/// Every room's records, in the order in which people read them.
const ROOMS: &[&[Record]] = &[
    control::PARAMETERS,
    belief::PARAMETERS,
    planner::PARAMETERS,
    cost::PARAMETERS,
    runtime::PARAMETERS,
    sensing::PARAMETERS,
    world_model::PARAMETERS,
    embedded::PARAMETERS,
    embedded::EXPLORER_PARAMETERS,
    PROCESS,
];

/// Groups that the line reads.
const LINE: &[&str] = &[
    "control", "history", "belief", "planner", "cost", "goal", "runtime", "model",
];

/// Who reads parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Reader {
    /// `forerun run`.
    Run,
    /// `forerun eval`.
    Eval,
    /// `forerun collect`.
    Collect,
    /// `forerun node`.
    Node,
    /// `forerun check`.
    Check,
    /// `forerun robot`.
    Robot,
    /// `forerun robot --picture`.
    #[value(skip)]
    Picture,
}

impl Reader {
    /// All its parameters at their defaults.
    ///
    /// # Errors
    /// Records that contradict themselves: never, and a test says so.
    pub fn defaults(self) -> Result<Parameters, ConfigError> {
        let schema = schema()?.only(|record| self.reads(record.name));
        let changes = self.own_defaults().iter();
        let changes: Vec<(String, Value)> = changes
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        Parameters::defaults(Arc::new(schema)).with("the verb's own defaults", &changes)
    }

    /// The name of its ROS 2 node: the section of a parameter file that it reads.
    pub fn node(self) -> &'static str {
        match self {
            Self::Robot | Self::Picture => "arm",
            _ => "forerun",
        }
    }

    fn reads(self, name: &str) -> bool {
        let group = name.split_once('.').map_or(name, |(group, _)| group);
        match self {
            Self::Run => LINE.contains(&group) || ["run", "arm"].contains(&group),
            Self::Eval => LINE.contains(&group) || group == "arm",
            Self::Collect => ["arm", "explore"].contains(&group),
            Self::Node => {
                LINE.contains(&group)
                    || ["autostart", "stamp_source", "dds_profile"].contains(&group)
            }
            Self::Check => group == "model",
            Self::Robot => ["arm", "dds_profile"].contains(&group),
            Self::Picture => group == "arm",
        }
    }

    fn own_defaults(self) -> &'static [(&'static str, Default)] {
        match self {
            Self::Run => &[("goal.time_limit", Default::Double(15.0))],
            Self::Collect => &[("arm.camera_rate", Default::Double(10.0))],
            Self::Robot => &[
                ("arm.image_width", Default::Integer(640)),
                ("arm.image_height", Default::Integer(480)),
            ],
            Self::Eval | Self::Node | Self::Check | Self::Picture => &[],
        }
    }
}

/// The records of every room.
///
/// # Errors
/// Records that contradict themselves: never, and a test says so.
pub fn schema() -> Result<Schema, ConfigError> {
    Schema::gather(ROOMS)
}

/// Where a verb's parameters come from.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// Set a parameter, e.g. `--set planner.candidates=16`; `forerun params` lists them. Repeatable.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Read a ROS 2 parameter file; `--set` wins over it. Repeatable.
    #[arg(long, value_name = "FILE")]
    params_file: Vec<PathBuf>,
}

impl Settings {
    /// The parameters of `reader`: its defaults, then the files in their order, then `--set`.
    ///
    /// # Errors
    /// Whatever is wrong with a file or with `--set`, all of it listed.
    pub(super) fn read(&self, reader: Reader) -> Result<Parameters, ConfigError> {
        let mut parameters = reader.defaults()?;
        for file in &self.params_file {
            parameters = parameters.with_yaml_file(file, reader.node())?;
        }
        parameters.with_overrides("--set", &self.set)
    }
}

/// Short words for the camera's parameters.
#[derive(Clone, Debug, Args)]
pub(super) struct Camera {
    /// Picture size `[px]`: arm.image_width and arm.image_height.
    #[arg(long, value_name = "WIDTHxHEIGHT")]
    size: Option<String>,
    /// Frames a second `[Hz]`: arm.camera_rate.
    #[arg(long, value_name = "HZ")]
    camera_rate: Option<String>,
    /// Fraction of frames that never arrive: arm.drops.
    #[arg(long, value_name = "FRACTION")]
    drops: Option<String>,
}

impl Camera {
    /// `parameters` with what was given.
    ///
    /// # Errors
    /// What is no size; what the parameters' records don't allow.
    pub(super) fn apply(&self, parameters: &Parameters) -> Result<Parameters, Failure> {
        let mut changed = parameters.clone();
        if let Some(size) = &self.size {
            let (width, height) = size.split_once('x').ok_or_else(|| {
                Failure::Usage(format!(
                    "--size: found {size:?}, expected WIDTHxHEIGHT, e.g. 640x480"
                ))
            })?;
            let set = [
                format!("arm.image_width={width}"),
                format!("arm.image_height={height}"),
            ];
            changed = changed.with_overrides("--size WIDTHxHEIGHT", &set)?;
        }
        if let Some(rate) = &self.camera_rate {
            let set = [format!("arm.camera_rate={rate}")];
            changed = changed.with_overrides("--camera-rate", &set)?;
        }
        if let Some(drops) = &self.drops {
            changed = changed.with_overrides("--drops", &[format!("arm.drops={drops}")])?;
        }
        Ok(changed)
    }
}

impl ArmLab {
    /// The embedded arm with the package `name_or_folder`, all as `parameters` say.
    ///
    /// # Errors
    /// As [`ArmLab::in_precision`] and [`ArmLab::configured`].
    pub fn from_parameters(name_or_folder: &str, parameters: &Parameters) -> Result<Self, Failure> {
        let precisions = Precisions::from_parameters(parameters)?;
        Self::in_precision(name_or_folder, precisions)?.configured(parameters)
    }

    /// Takes the parameters of the line and, where they are read, those of the arm.
    ///
    /// # Errors
    /// A parameter of the line that is not among them.
    pub fn configured(mut self, parameters: &Parameters) -> Result<Self, Failure> {
        self.config = ThinkerConfig::from_parameters(parameters)?;
        self.priority = priority(parameters)?;
        if parameters.get("arm.lag").is_some() {
            self.parameters = ArmParameters::from_parameters(parameters)?;
        }
        Ok(self)
    }
}

/// FIFO priority asked for the threads that command; `None`: the normal class.
pub(super) fn priority(parameters: &Parameters) -> Result<Option<u8>, ConfigError> {
    let priority = parameters.integer("runtime.fifo_priority")?;
    Ok(u8::try_from(priority).ok().filter(|priority| *priority > 0))
}
