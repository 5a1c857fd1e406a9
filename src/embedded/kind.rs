//! The embedded robots by name.

use super::simulation::{EmbeddedTask, Sink, Source};
use super::{
    ArmParameters, Block, ROVER_RADIUS, Rig, RoverParameters, arm, photograph_arm,
    photograph_rover, rover,
};
use crate::config::{ConfigError, Parameters};
use crate::robot::{RobotError, RobotModel};
use crate::runtime::PortError;
use crate::sensing::RawImage;

/// How a rover's room is written in a layout's id, and before the number of its boxes.
const ROOM: &str = "rover-room-";
const BOXES: &str = "-boxes-";

/// An embedded robot's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A planar two-link arm.
    Arm,
    /// A differential-drive rover.
    Rover,
}

/// An embedded robot as it is to be made.
#[derive(Clone, Debug, PartialEq)]
pub enum Embodiment {
    /// A planar two-link arm.
    Arm(ArmParameters),
    /// A differential-drive rover.
    Rover(RoverParameters),
}

impl Kind {
    /// All of them; the first is what is meant where none is named.
    pub const ALL: [Self; 2] = [Self::Arm, Self::Rover];

    /// The robot called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What it is called: on the command line, as a group of parameters, and its package.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arm => "arm",
            Self::Rover => "rover",
        }
    }

    /// The robot that its built-in URDF describes.
    ///
    /// # Errors
    /// Never for the URDFs that are shipped, and a test says so.
    pub fn robot(self) -> Result<RobotModel, RobotError> {
        RobotModel::from_urdf(match self {
            Self::Arm => include_str!("../../urdf/arm.urdf"),
            Self::Rover => include_str!("../../urdf/rover.urdf"),
        })
    }

    /// Names and units of the numbers of a pose: what a photograph takes.
    pub const fn pose(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Arm => &[("shoulder", "rad"), ("elbow", "rad")],
            Self::Rover => &[("x", "m"), ("y", "m"), ("yaw", "rad")],
        }
    }

    /// As it is made where [`Embodiment::layout`] is `layout`; `None` if it never is.
    pub fn in_layout(self, layout: &str) -> Option<Embodiment> {
        let mut made = self.embodiment();
        if let Embodiment::Rover(rover) = &mut made {
            let room = layout.strip_prefix(ROOM)?;
            let (room, boxes) = room.split_once(BOXES).unwrap_or((room, "0"));
            rover.layout = room.parse().ok()?;
            rover.boxes = boxes.parse().ok()?;
        }
        // A number is written in one way.
        (made.layout() == layout).then_some(made)
    }

    /// As it is made where nothing is said.
    pub fn embodiment(self) -> Embodiment {
        match self {
            Self::Arm => Embodiment::Arm(ArmParameters::default()),
            Self::Rover => Embodiment::Rover(RoverParameters::default()),
        }
    }
}

impl Embodiment {
    /// Reads the parameters of the group that `kind` is called.
    ///
    /// # Errors
    /// One that is not among them.
    pub fn from_parameters(kind: Kind, parameters: &Parameters) -> Result<Self, ConfigError> {
        Ok(match kind {
            Kind::Arm => Self::Arm(ArmParameters::from_parameters(parameters)?),
            Kind::Rover => Self::Rover(RoverParameters::from_parameters(parameters)?),
        })
    }

    /// Its name.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Arm(_) => Kind::Arm,
            Self::Rover(_) => Kind::Rover,
        }
    }

    /// Its servos, camera, sensors, light and task.
    pub const fn rig(&self) -> &Rig {
        match self {
            Self::Arm(arm) => &arm.rig,
            Self::Rover(rover) => &rover.rig,
        }
    }

    /// The same, to be changed.
    pub const fn rig_mut(&mut self) -> &mut Rig {
        match self {
            Self::Arm(arm) => &mut arm.rig,
            Self::Rover(rover) => &mut rover.rig,
        }
    }

    /// The id of its surroundings: what a recording was made in, and a metric is valid for.
    pub fn layout(&self) -> String {
        match self {
            Self::Arm(_) => "arm-v1".to_owned(),
            Self::Rover(rover) if rover.boxes == 0 => format!("{ROOM}{}", rover.layout),
            Self::Rover(rover) => format!("{ROOM}{}{BOXES}{}", rover.layout, rover.boxes),
        }
    }

    /// True if it can be at `pose` ([`Kind::pose`]): inside its room, and in nothing that stands there.
    pub fn is_free(&self, pose: &[f64]) -> bool {
        match (self, pose) {
            (Self::Arm(_), _) => true,
            (Self::Rover(rover), &[x, y, ..]) => rover.room().is_free([x, y], ROVER_RADIUS),
            (Self::Rover(_), _) => false,
        }
    }

    /// What stands in its way on the floor.
    pub fn blocks(&self) -> Vec<Block> {
        match self {
            Self::Arm(_) => Vec::new(),
            Self::Rover(rover) => rover.room().blocks().to_vec(),
        }
    }

    /// Makes it, with everything random drawn from `seed`.
    ///
    /// # Errors
    /// A `robot` that is not of this kind.
    pub fn start(
        &self,
        robot: &RobotModel,
        seed: u64,
    ) -> Result<(Source, Sink, EmbeddedTask), PortError> {
        match self {
            Self::Arm(parameters) => arm(robot, parameters.clone(), seed),
            Self::Rover(parameters) => rover(robot, parameters.clone(), seed),
        }
    }

    /// A picture of it at `pose` ([`Kind::pose`]) under a light drawn from `seed`: how goal pictures are taken.
    pub fn photograph(&self, pose: &[f64], seed: u64) -> RawImage {
        match self {
            Self::Arm(parameters) => photograph_arm(pose, parameters, seed),
            Self::Rover(parameters) => photograph_rover(pose, parameters, seed),
        }
    }
}
