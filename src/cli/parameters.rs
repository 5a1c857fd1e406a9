//! The parameters of all rooms, gathered; which of them a verb reads, and from where.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::{Failure, Lab};
use crate::config::{ConfigError, Default, Parameters, Record, Schema, Value};
use crate::embedded::{Embodiment, Kind};
use crate::runtime::ThinkerConfig;
use crate::world_model::{PackageModel, Precisions, locate, model_roots};
use crate::{belief, control, cost, embedded, planner, runtime, sensing, world_model};

/// What is told to the process as a whole.
const PROCESS: &[Record] = &[
    Record::integer("run.retries", 1, (0, 100), "")
        .about("how often `run` tries a goal again")
        .beyond(
            "misses a goal for good at the first failure",
            "spends minutes on a goal out of reach",
        ),
    Record::boolean("enable_stamped_cmd_vel", true)
        .about("twists on `cmd_vel` as TwistStamped, not Twist"),
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
    runtime::HEALTH,
    runtime::COMMANDING,
    sensing::PARAMETERS,
    world_model::PARAMETERS,
    embedded::ARM_RIG_PARAMETERS,
    embedded::ARM_PARAMETERS,
    embedded::ROVER_RIG_PARAMETERS,
    embedded::ROVER_PARAMETERS,
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
    /// All its parameters for `robot` at their defaults.
    ///
    /// # Errors
    /// Records that contradict themselves: never, and a test says so.
    pub fn defaults(self, robot: Kind) -> Result<Parameters, ConfigError> {
        let schema = schema()?.only(|record| self.reads(robot, record.name));
        let schema = schema.beside(self.options());
        let parameters = Parameters::defaults(Arc::new(schema));
        let changes = own_defaults(robot).iter().chain(self.own_defaults(robot));
        let known = changes.filter(|(name, _)| parameters.get(name).is_some());
        let changes: Vec<(String, Value)> = known
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        parameters.with("the verb's own defaults", &changes)
    }

    /// The name of its ROS 2 node: the section of a parameter file that it reads.
    pub fn node(self, robot: Kind) -> &'static str {
        match self {
            Self::Robot | Self::Picture => robot.name(),
            _ => "forerun",
        }
    }

    /// What its command line takes that one may look for among its parameters.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Node => &[
                "--model NAME_OR_FOLDER",
                "--urdf FILE",
                "--record FILE.mcap",
                "--viewer",
            ],
            Self::Robot => &["--seed N", "--size WxH", "--camera-rate HZ"],
            _ => &[],
        }
    }

    fn reads(self, robot: Kind, name: &str) -> bool {
        let group = name.split_once('.').map_or(name, |(group, _)| group);
        let body = group == robot.name();
        match self {
            Self::Run => LINE.contains(&group) || group == "run" || body,
            Self::Eval => LINE.contains(&group) || body,
            Self::Collect => group == "explore" || body,
            Self::Node => {
                LINE.contains(&group)
                    || ["autostart", "command", "shadow", "dds_profile"].contains(&group)
                    || ["enable_stamped_cmd_vel", "diagnostics"].contains(&group)
                    || ["stamp_source", "use_sim_time", "stale_clock"].contains(&group)
                    || group == "image_transport"
            }
            Self::Check => group == "model",
            Self::Robot => ["dds_profile", "enable_stamped_cmd_vel"].contains(&group) || body,
            Self::Picture => body,
        }
    }

    /// Where the verb's default differs from the record's.
    pub(super) fn own_defaults(self, robot: Kind) -> &'static [(&'static str, Default)] {
        match (self, robot) {
            (Self::Run, Kind::Arm) => &[("goal.time_limit", Default::Double(15.0))],
            (Self::Run, Kind::Rover) => &[("goal.time_limit", Default::Double(30.0))],
            (Self::Collect, Kind::Arm) => &[("arm.camera_rate", Default::Double(10.0))],
            (Self::Collect, Kind::Rover) => &[("rover.camera_rate", Default::Double(5.0))],
            (Self::Robot, Kind::Arm) => &[
                ("arm.image_width", Default::Integer(640)),
                ("arm.image_height", Default::Integer(480)),
            ],
            (Self::Robot, Kind::Rover) => &[
                ("rover.image_width", Default::Integer(640)),
                ("rover.image_height", Default::Integer(480)),
            ],
            (Self::Eval | Self::Node | Self::Check | Self::Picture, _) => &[],
        }
    }
}

/// Where a robot's default differs from the record's, whatever the verb.
pub(super) fn own_defaults(robot: Kind) -> &'static [(&'static str, Default)] {
    match robot {
        Kind::Arm => &[],
        Kind::Rover => &[
            ("control.delay", Default::Double(0.1)),
            ("planner.horizon", Default::Integer(8)),
            ("planner.sigma", Default::Double(0.8)),
            ("planner.sigma_range", Default::Double(1.0)),
            ("planner.point_scale", Default::Double(0.16)),
            ("goal.tolerance", Default::Double(0.1)),
            ("cost.metric_end", Default::Double(1.0)),
            ("cost.stop", Default::Double(6.0)),
            ("explore.correlation", Default::Double(1.0)),
        ],
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
    pub(super) set: Vec<String>,
    /// Read a ROS 2 parameter file; `--set` wins over it. Repeatable.
    #[arg(long, value_name = "FILE")]
    pub(super) params_file: Vec<PathBuf>,
}

impl Settings {
    /// The parameters of `reader` for `robot`: its defaults, then the files in their order, then `--set`.
    ///
    /// # Errors
    /// Whatever is wrong with a file or with `--set`, all of it listed.
    pub(super) fn read(&self, reader: Reader, robot: Kind) -> Result<Parameters, ConfigError> {
        self.read_over(reader.defaults(robot)?, reader, robot)
    }

    /// As [`read`](Self::read), over `parameters`.
    pub(super) fn read_over(
        &self,
        mut parameters: Parameters,
        reader: Reader,
        robot: Kind,
    ) -> Result<Parameters, ConfigError> {
        for file in &self.params_file {
            parameters = parameters.with_yaml_file(file, reader.node(robot))?;
        }
        parameters.with_overrides("--set", &self.set)
    }
}

/// Which embedded robot.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Which {
    /// Which robot: arm or rover.
    #[arg(default_value = "arm", value_parser = robot_named)]
    pub(super) robot: Kind,
}

/// The embedded robot called `name`.
///
/// # Errors
/// Says which there are.
pub(super) fn robot_named(name: &str) -> Result<Kind, String> {
    let known = Kind::ALL.map(Kind::name);
    Kind::named(name).ok_or_else(|| Failure::unknown("robot", name, &known).to_string())
}

impl Lab {
    /// The embedded robot `kind` with the package `name_or_folder`, all as `parameters` say.
    ///
    /// # Errors
    /// As [`Lab::in_precision`] and [`Lab::configured`]; a package that doesn't fit the robot.
    pub fn from_parameters(
        kind: Kind,
        name_or_folder: &str,
        parameters: &Parameters,
    ) -> Result<Self, Failure> {
        let precisions = Precisions::from_parameters(parameters)?;
        let model = PackageModel::open(&locate(name_or_folder, &model_roots())?, precisions)?;
        Self::with_package(kind, model)?.configured(parameters)
    }

    /// Takes the parameters of the line and, where they are read, those of the robot.
    ///
    /// # Errors
    /// A parameter of the line that is not among them.
    pub fn configured(mut self, parameters: &Parameters) -> Result<Self, Failure> {
        self.config = ThinkerConfig::from_parameters(parameters)?;
        self.priority = priority(parameters)?;
        let kind = self.embodiment.kind();
        if parameters.get(&format!("{}.lag", kind.name())).is_some() {
            self.embodiment = Embodiment::from_parameters(kind, parameters)?;
        }
        Ok(self)
    }
}

/// FIFO priority asked for the threads that command; `None`: the normal class.
pub(super) fn priority(parameters: &Parameters) -> Result<Option<u8>, ConfigError> {
    let priority = parameters.integer("runtime.fifo_priority")?;
    Ok(u8::try_from(priority).ok().filter(|priority| *priority > 0))
}
