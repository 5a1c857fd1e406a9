//! How well a session does: its status, judged by what it has room for.
//!
//! A mean hides a stall, so the worst of the last five seconds counts. WARN: more of the room that control leaves is
//! used up than the `diagnostics.` parameters allow. ERROR: at this point control stops the robot.

use crate::config::{ConfigError, Parameters, Record};
use crate::control::{ControlConfig, State, Thresholds};
use crate::time::Span;

/// How bad it is, with the numbers of `diagnostic_msgs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// As it should be.
    #[default]
    Ok = 0,
    /// Look at it.
    Warn = 1,
    /// Somebody must act.
    Error = 2,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What: `command loop`.
    pub task: &'static str,
    /// How bad.
    pub level: Level,
    /// Why, in a sentence; what is wrong first.
    pub message: String,
    /// Key with unit, and value.
    pub values: Vec<(&'static str, String)>,
}

/// What a session is judged by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Health {
    /// Gap between two command ticks that is still fine.
    pub gap: Span,
    /// Late command ticks that are still fine, as a fraction.
    pub late: f64,
    /// Age of an input that is still fine, as a fraction of the age at which control stops.
    pub age: f64,
    /// Time of a plan that is still fine, as a multiple of its budget.
    pub budget: f64,
    /// Commands that the limits may change, as a fraction.
    pub limited: f64,
    /// Messages and events that may be lost in a second.
    pub drops: f64,
    /// Where control stops.
    pub stops: Thresholds,
}

/// The records behind [`Health`].
pub const HEALTH: &[Record] = &[
    Record::double("diagnostics.gap", 0.03, (0.001, 10.0), "s")
        .about("WARN: a gap between two command ticks beyond this; ERROR: beyond control.max_gap")
        .beyond("warns on a machine that is good enough", "says nothing before the stop")
        .live(),
    Record::double("diagnostics.late_ticks", 0.2, (0.0, 1.0), "of the ticks")
        .about("WARN: more command ticks late by half a period")
        .beyond("warns on a machine that is good enough", "says nothing of a busy machine")
        .live(),
    Record::double("diagnostics.input_age", 0.6, (0.0, 1.0), "of the age that stops")
        .about("WARN: an input older than this part of control.stale_image or control.stale_state; ERROR: beyond them")
        .beyond("warns at every dropped frame", "says nothing before the stop")
        .live(),
    Record::double("diagnostics.budget", 1.5, (0.0, 100.0), "of planner.budget")
        .about("WARN: a plan that took longer, encoding included; ERROR: longer than control.stale_plan")
        .beyond("warns at every plan", "says nothing before the stop")
        .live(),
    Record::double("diagnostics.limited", 0.9, (0.0, 1.0), "of the commands")
        .about("WARN: more commands of the last second changed by the limits")
        .beyond("warns at every start", "says nothing of plans that can't be executed")
        .live(),
    Record::double("diagnostics.drops", 0.0, (0.0, 100_000.0), "a second")
        .about("WARN: more messages lost or refused, or events lost to observers")
        .beyond("warns at every burst", "says nothing of what is lost")
        .live(),
];

impl Health {
    /// Reads the `diagnostics.` parameters, and control's.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        Ok(Self {
            gap: Span::from_secs(parameters.double("diagnostics.gap")?),
            late: parameters.double("diagnostics.late_ticks")?,
            age: parameters.double("diagnostics.input_age")?,
            budget: parameters.double("diagnostics.budget")?,
            limited: parameters.double("diagnostics.limited")?,
            drops: parameters.double("diagnostics.drops")?,
            stops: ControlConfig::from_parameters(parameters)?.thresholds,
        })
    }
}

/// How bad a state is: Braking warns; Stopped and Fault wait for an operator.
pub fn level(state: State) -> Level {
    match state {
        State::Unconfigured | State::Inactive | State::Holding | State::Tracking => Level::Ok,
        State::Braking => Level::Warn,
        State::Stopped | State::Fault => Level::Error,
    }
}
