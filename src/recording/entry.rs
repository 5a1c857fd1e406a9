//! What a recording holds.

use std::collections::BTreeMap;

use crate::robot::{ActionKind, Axes, RobotModel};
use crate::sensing::Message;
use crate::time::Stamp;

/// The metadata record `forerun`: what the numbers in the file mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Version of the program that wrote the file.
    pub version: String,
    /// Robot name.
    pub robot: String,
    /// `joint_velocity`, `joint_position` or `body_twist`.
    pub action_kind: String,
    /// Action axes, in the order of `/command`.
    pub axes: Vec<String>,
    /// One unit an axis.
    pub units: Vec<String>,
    /// Id of the scene.
    pub layout: String,
    /// Seed of everything random; empty where there is none.
    pub seed: String,
    /// Full name of the ROS 2 node that recorded; empty where there is none.
    pub node: String,
}

impl Header {
    /// The header of a recording of `robot` in the scene `layout`.
    pub fn new(robot: &RobotModel, layout: &str, seed: u64) -> Self {
        let kind = match robot.space.kind {
            ActionKind::JointVelocity => "joint_velocity",
            ActionKind::JointPosition => "joint_position",
            ActionKind::BodyTwist => "body_twist",
        };
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            robot: robot.name.clone(),
            action_kind: kind.to_owned(),
            axes: robot.space.names.clone(),
            units: robot.space.units.clone(),
            layout: layout.to_owned(),
            seed: seed.to_string(),
            node: String::new(),
        }
    }

    pub(super) fn to_map(&self) -> BTreeMap<String, String> {
        let pairs = [
            ("version", self.version.clone()),
            ("robot", self.robot.clone()),
            ("action_kind", self.action_kind.clone()),
            ("axes", self.axes.join(",")),
            ("units", self.units.join(",")),
            ("layout", self.layout.clone()),
            ("seed", self.seed.clone()),
            ("node", self.node.clone()),
        ];
        pairs.map(|(key, value)| (key.to_owned(), value)).into()
    }

    pub(super) fn from_map(map: &BTreeMap<String, String>) -> Self {
        let text = |key: &str| map.get(key).cloned().unwrap_or_default();
        let list = |key: &str| {
            let text = text(key);
            let parts = text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        Self {
            version: text("version"),
            robot: text("robot"),
            action_kind: text("action_kind"),
            axes: list("axes"),
            units: list("units"),
            layout: text("layout"),
            seed: text("seed"),
            node: text("node"),
        }
    }
}

/// One message of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When it passed: arrival for sensors, sending for commands.
    pub time: Stamp,
    /// What it says.
    pub content: Content,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// From a sensor.
    Sensor(Message),
    /// A command, in the order of the axes.
    Command(Axes),
    /// The URDF.
    Description(String),
}
