//! Control's own parameters.

use super::Thresholds;
use crate::config::{ConfigError, Parameters, Record};
use crate::robot::{Axes, Limits};
use crate::time::Span;

/// The part of its speed below which no robot follows the more closely the slower it goes: it sags, and has play.
const PRECISE: f64 = 0.2;

/// What control can be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ControlConfig {
    /// Time between two command ticks.
    pub period: Span,
    /// Time between two commands that only say again that the robot stands still; zero: every tick.
    pub repeat: Span,
    /// When inputs count as lost.
    pub thresholds: Thresholds,
    /// Speed that counts as standing still, as a fraction of each axis's velocity limit.
    pub standstill: f64,
    /// Speed that is allowed, as a fraction of the robot's velocity limits.
    pub velocity_scale: f64,
    /// Acceleration that is allowed, as a fraction of the robot's; slowing down keeps the robot's.
    pub acceleration_scale: f64,
    /// Kept free before a position limit `[rad or m]`.
    pub margin: f64,
    /// From a command to its effect on a measured position: dead time plus servo lag.
    pub delay: Span,
}

/// The records behind [`ControlConfig`].
pub const PARAMETERS: &[Record] = &[
    Record::double("control.rate", 200.0, (20.0, 1000.0), "Hz")
        .about("command ticks a second")
        .beyond("jerky motion", "wasted processor time"),
    Record::double("control.repeat", 0.05, (0.0, 1.0), "s")
        .about("until a command is sent again that says no more than that the robot stands still")
        .beyond(
            "busy network",
            "a robot with a watchdog on its commands trips",
        ),
    Record::double(
        "control.velocity_scale",
        1.0,
        (0.05, 1.0),
        "of the URDF's limits",
    )
    .about("speed that is allowed")
    .beyond("slow", "no effect: the URDF's limits always hold"),
    Record::double(
        "control.acceleration_scale",
        1.0,
        (0.05, 1.0),
        "of the URDF's limits",
    )
    .about("acceleration that is allowed; slowing down keeps the URDF's")
    .beyond("sluggish", "no effect: the URDF's limits always hold"),
    Record::double("control.margin", 0.01, (0.0, 1.0), "rad or m")
        .about("kept free before a position limit")
        .beyond("touches the hard stop", "loses reach"),
    Record::double("control.delay", 0.08, (0.0, 1.0), "s")
        .about("from a command to its effect on a measured position: dead time plus servo lag")
        .beyond("overshoots position limits", "slows down too early"),
    Record::double("control.stale_plan", 0.25, (0.02, 5.0), "s")
        .about("oldest plan that is followed")
        .beyond(
            "stops at every slow plan",
            "drives on after the planner died",
        ),
    Record::double("control.stale_image", 0.3, (0.02, 5.0), "s")
        .about("oldest image that is trusted while moving")
        .beyond("stops at every dropped frame", "drives blind"),
    Record::double("control.stale_state", 0.1, (0.01, 5.0), "s")
        .about("oldest joint state or odometry that is trusted while moving")
        .beyond("stops at every late message", "drives on old positions"),
    Record::double("control.max_gap", 0.1, (0.005, 5.0), "s")
        .about("largest gap between command ticks while moving")
        .beyond(
            "stops on a busy machine",
            "moves unsupervised for that long",
        ),
    Record::double("control.braking_timeout", 2.0, (0.1, 30.0), "s")
        .about("longest time that braking may take")
        .beyond(
            "faults while still slowing down",
            "notices a robot that won't stop late",
        ),
    Record::double("control.unfollowed", 1.0, (0.1, 30.0), "s")
        .about(
            "with command: trajectory, how long a robot may fall farther behind what it is sent, once its lag doesn't \
             explain it, before it is stopped",
        )
        .beyond(
            "stops a robot that is held for a moment",
            "plans for a robot whose drives are off",
        ),
    Record::double(
        "control.standstill",
        0.02,
        (0.001, 0.5),
        "of the velocity limits",
    )
    .about("speed that counts as standing still")
    .beyond(
        "noise never counts as still",
        "stops being watched while creeping",
    ),
];

impl Default for ControlConfig {
    fn default() -> Self {
        Self {
            period: Span::from_millis(5),
            repeat: Span::from_millis(50),
            thresholds: Thresholds {
                plan: Span::from_millis(250),
                image: Some(Span::from_millis(300)),
                state: Span::from_millis(100),
                gap: Span::from_millis(100),
                braking: Span::from_millis(2000),
                unfollowed: Span::from_millis(1000),
            },
            standstill: 0.02,
            velocity_scale: 1.0,
            acceleration_scale: 1.0,
            margin: 0.01,
            delay: Span::from_millis(80),
        }
    }
}

impl ControlConfig {
    /// Reads the `control.` parameters. Robots without a camera set `thresholds.image` to `None` afterwards.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        let span = |name| parameters.double(name).map(Span::from_secs);
        Ok(Self {
            period: Span::from_secs(1.0 / parameters.double("control.rate")?),
            repeat: span("control.repeat")?,
            thresholds: Thresholds {
                plan: span("control.stale_plan")?,
                image: Some(span("control.stale_image")?),
                state: span("control.stale_state")?,
                gap: span("control.max_gap")?,
                braking: span("control.braking_timeout")?,
                unfollowed: span("control.unfollowed")?,
            },
            standstill: parameters.double("control.standstill")?,
            velocity_scale: parameters.double("control.velocity_scale")?,
            acceleration_scale: parameters.double("control.acceleration_scale")?,
            margin: parameters.double("control.margin")?,
            delay: span("control.delay")?,
        })
    }

    /// The bounds that commands and imagined futures are projected onto: the robot's own, tightened.
    pub fn bounds(&self, robot: &Limits) -> Limits {
        robot
            .scaled(self.velocity_scale, self.acceleration_scale)
            .with_position_margin(self.margin)
    }

    /// How long after it was sent somewhere a robot that follows may be measured there: twice its delay, and the age that
    /// a measurement may have.
    pub fn late(&self) -> Span {
        self.delay * 2 + self.thresholds.state
    }

    /// How far a robot that follows can be from what it was sent, an axis `[rad or m]`: its way in the time that it may be
    /// [`late`](Self::late), at the full speed of `bounds` or, where they are narrower, at a fifth of the robot's.
    pub fn lag(&self, bounds: &Limits) -> Axes {
        let late = self.late().secs() * (PRECISE / self.velocity_scale).max(1.0);
        let axes = bounds.axes();
        Axes::from_fn(axes.len(), |axis| axes[axis].velocity * late)
    }
}
