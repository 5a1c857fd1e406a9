//! What can be varied of the embedded rover.

use super::Room;
use super::rig::{Rig, rig_records};
use crate::config::{ConfigError, Parameters, Record};

/// The embedded rover.
#[derive(Clone, Debug, PartialEq)]
pub struct RoverParameters {
    /// Servos, camera, sensors, light and task.
    pub rig: Rig,
    /// Which room: walls and boxes are drawn from it.
    pub layout: u64,
    /// Where its boxes are, if not where the layout puts them (0).
    pub boxes: u64,
    /// Standard deviation of how much of a wheel's way is lost or won on the floor, of the way.
    pub slip: f64,
    /// Standard deviation of the measured yaw `[rad]`.
    pub yaw_noise: f64,
    /// Goals are drawn whose shortest way is at least so many times the straight line.
    pub detour: f64,
}

impl Default for RoverParameters {
    fn default() -> Self {
        Self {
            rig: Rig {
                lag: 0.08,
                apart: 1.0,
                tolerance: 0.15,
                still: 0.1,
                time_limit: 25.0,
                ..Rig::default()
            },
            layout: 1,
            boxes: 0,
            slip: 0.03,
            yaw_noise: 0.05,
            detour: 1.0,
        }
    }
}

/// The records behind [`RoverParameters`] that every embedded robot has.
pub const ROVER_RIG_PARAMETERS: &[Record] = rig_records!(
    "rover", view: "4.2 m", sees: "the rover", state: "odometry", moves: "wheels", lag: 0.08,
    place: "body", apart: 1.0 (0.0, 4.0), tolerance: 0.15, still: 0.1 "m/s", time_limit: 25.0
);

/// The records behind [`RoverParameters`] that only a rover has.
pub const ROVER_PARAMETERS: &[Record] = &[
    Record::integer("rover.layout", 1, (0, 9_000_000_000_000_000), "")
        .about("which room: walls and boxes are drawn from this number")
        .beyond("no such room", "no such room"),
    Record::integer("rover.boxes", 0, (0, 9_000_000_000_000_000), "")
        .about("moves the room's boxes to where this number puts them; 0: where the layout does")
        .beyond("no such boxes", "no such boxes"),
    Record::double("rover.slip", 0.03, (0.0, 0.5), "of the way")
        .about("standard deviation of what a wheel loses or wins on the floor")
        .beyond("easier than a real floor", "drives where nobody sent it"),
    Record::double("rover.yaw_noise", 0.05, (0.0, 3.0), "rad")
        .about("standard deviation of the yaw that the IMU measures, which training reads and nobody else")
        .beyond(
            "easier than a real IMU",
            "the encoder learns no heading from it",
        ),
    Record::double("rover.detour", 1.0, (1.0, 5.0), "of the straight line")
        .about("least length of the shortest way to a goal: above 1, goals lie behind walls and boxes")
        .beyond("goals anywhere", "no such goal may be found"),
];

impl RoverParameters {
    /// The room that it drives in.
    pub fn room(&self) -> Room {
        Room::with_boxes(self.layout, self.boxes)
    }

    /// Reads the `rover.` parameters.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        Ok(Self {
            rig: Rig::from_parameters(parameters, "rover")?,
            layout: parameters.count("rover.layout")? as u64,
            boxes: parameters.count("rover.boxes")? as u64,
            slip: parameters.double("rover.slip")?,
            yaw_noise: parameters.double("rover.yaw_noise")?,
            detour: parameters.double("rover.detour")?,
        })
    }
}
