//! Control's own parameters.

use super::Thresholds;
use crate::config::{ConfigError, Default, Parameters, Record};
use crate::time::Span;

/// What control can be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ControlConfig {
    /// Time between two command ticks.
    pub period: Span,
    /// When inputs count as lost.
    pub thresholds: Thresholds,
    /// Speed that counts as standing still, as a fraction of each axis's velocity limit.
    pub standstill: f64,
    /// Kept free before a position limit `[rad or m]`.
    pub margin: f64,
    /// From a command to its effect on a measured position: dead time plus servo lag.
    pub delay: Span,
}

/// The records behind [`ControlConfig`].
pub const PARAMETERS: &[Record] = &[
    double(
        "control.rate",
        200.0,
        (20.0, 1000.0),
        "Hz",
        "command ticks a second",
        "jerky motion",
        "wasted processor time",
    ),
    double(
        "control.stale_plan",
        0.25,
        (0.02, 5.0),
        "s",
        "oldest plan that is followed",
        "stops at every slow plan",
        "drives on after the planner died",
    ),
    double(
        "control.stale_image",
        0.3,
        (0.02, 5.0),
        "s",
        "oldest image that is trusted while moving",
        "stops at every dropped frame",
        "drives blind",
    ),
    double(
        "control.stale_state",
        0.1,
        (0.01, 5.0),
        "s",
        "oldest joint state or odometry that is trusted while moving",
        "stops at every late message",
        "drives on old positions",
    ),
    double(
        "control.max_gap",
        0.1,
        (0.005, 5.0),
        "s",
        "largest gap between command ticks while moving",
        "stops on a busy machine",
        "moves unsupervised for that long",
    ),
    double(
        "control.braking_timeout",
        2.0,
        (0.1, 30.0),
        "s",
        "longest time that braking may take",
        "faults while still slowing down",
        "notices a robot that won't stop late",
    ),
    double(
        "control.standstill",
        0.02,
        (0.001, 0.5),
        "of the velocity limit",
        "speed that counts as standing still",
        "noise never counts as still",
        "stops being watched while creeping",
    ),
    double(
        "control.margin",
        0.01,
        (0.0, 1.0),
        "rad or m",
        "kept free before a position limit",
        "touches the hard stop",
        "loses reach",
    ),
    double(
        "control.delay",
        0.08,
        (0.0, 1.0),
        "s",
        "from a command to its effect on a measured position: dead time plus servo lag",
        "overshoots position limits",
        "slows down too early",
    ),
];

#[allow(clippy::too_many_arguments)]
const fn double(
    name: &'static str,
    default: f64,
    range: (f64, f64),
    unit: &'static str,
    description: &'static str,
    too_low: &'static str,
    too_high: &'static str,
) -> Record {
    Record {
        name,
        description,
        unit,
        default: Default::Double(default),
        range: Some(range),
        choices: &[],
        too_low,
        too_high,
        live: false,
    }
}

impl std::default::Default for ControlConfig {
    fn default() -> Self {
        Self {
            period: Span::from_millis(5),
            thresholds: Thresholds {
                plan: Span::from_millis(250),
                image: Some(Span::from_millis(300)),
                state: Span::from_millis(100),
                gap: Span::from_millis(100),
                braking: Span::from_millis(2000),
            },
            standstill: 0.02,
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
            thresholds: Thresholds {
                plan: span("control.stale_plan")?,
                image: Some(span("control.stale_image")?),
                state: span("control.stale_state")?,
                gap: span("control.max_gap")?,
                braking: span("control.braking_timeout")?,
            },
            standstill: parameters.double("control.standstill")?,
            margin: parameters.double("control.margin")?,
            delay: span("control.delay")?,
        })
    }
}
