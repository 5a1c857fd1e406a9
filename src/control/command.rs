//! What goes out, once a tick.

use super::State;
use crate::robot::Action;
use crate::time::Stamp;

/// Where a command came from, before the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Nothing is sent.
    #[default]
    None,
    /// The newest plan.
    Plan,
    /// The plan ended: a limited stop.
    PlanEnd,
    /// Stand still.
    Hold,
    /// A bounded deceleration.
    Brake,
}

/// One command, after the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Command {
    /// The tick it was made for.
    pub stamp: Stamp,
    /// What to do, SI units, inside the limits.
    pub action: Action,
    /// What was asked for, before the limits.
    pub wanted: Action,
    /// Where it came from.
    pub source: Source,
    /// The supervisor's state at this tick. Unconfigured, Inactive and Fault send nothing.
    pub state: State,
    /// True if the limits changed what was asked for.
    pub limited: bool,
}

impl Command {
    /// True if this command is to be sent at all.
    pub fn is_sent(&self) -> bool {
        self.source != Source::None
    }
}
