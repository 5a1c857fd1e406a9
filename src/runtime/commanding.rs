//! How a robot is commanded.

use crate::config::{ConfigError, Parameters, Record, Violation};

/// In which form commands come to the robot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// One command a tick.
    #[default]
    Stream,
    /// Pieces of joint trajectory ([`Chunk`](crate::control::Chunk)).
    Trajectory,
}

/// Who commands the robot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Commanding {
    /// In which form.
    pub form: Form,
    /// Somebody else, the incumbent, drives the robot, and is compared with what the commands would have been: none
    /// is sent.
    pub shadow: bool,
    /// Trajectories of the incumbent need not end at rest.
    pub moving_end: bool,
}

/// The records behind [`Commanding`].
pub const COMMANDING: &[Record] = &[
    Record::text(
        "command",
        "stream",
        &["stream", "trajectory", "shadow"],
    )
    .about(
        "how the robot is commanded: one velocity command a tick, joint trajectories for ros2_control, or not at all, \
         in the shadow of whoever drives it",
    ),
    Record::text("shadow.of", "stream", &["stream", "trajectory"]).about(
        "with command: shadow, how whoever drives the robot commands it: by velocities on `command` or `cmd_vel`, or \
         by `joint_trajectory`",
    ),
    Record::boolean("shadow.moving_end", false).about(
        "with shadow.of: trajectory, trajectories may end moving; true where the controller's own \
         `allow_nonzero_velocity_at_trajectory_end` is",
    ),
];

impl Commanding {
    /// Reads `command`, and `shadow.` where it says so.
    ///
    /// # Errors
    /// One of `shadow.` is wanted where it means nothing: whoever expects a shadow must not get a commander.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        let form = |word: &str| match word {
            "trajectory" => Form::Trajectory,
            _ => Form::Stream,
        };
        let word = parameters.text("command")?;
        let of = parameters.text("shadow.of")?;
        for (name, with, found, wanted) in [
            ("shadow.of", "command", word, "shadow"),
            ("shadow.moving_end", "command", word, "shadow"),
            ("shadow.moving_end", "shadow.of", of, "trajectory"),
        ] {
            let out_of_place = found != wanted && parameters.is_wanted(name);
            let violation = out_of_place.then(|| Violation::OutOfPlace {
                name,
                with,
                found: found.to_owned(),
                wanted,
            });
            ConfigError::check("parameters", violation.into_iter().collect())?;
        }
        Ok(match word {
            "shadow" => Self {
                form: form(of),
                shadow: true,
                moving_end: parameters.boolean("shadow.moving_end")?,
            },
            word => Self {
                form: form(word),
                ..Self::default()
            },
        })
    }
}
