//! What a command means.

use serde::{Deserialize, Serialize};

use super::Limits;

/// The physical meaning of an action row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// One velocity a joint `[rad/s or m/s]`.
    JointVelocity,
    /// One position a joint `[rad or m]`.
    JointPosition,
    /// Forward velocity `[m/s]` and yaw rate `[rad/s]` of the body (REP-103).
    BodyTwist,
}

/// The axes of a robot's actions: order, names, units and bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionSpace {
    /// What an action row means.
    pub kind: ActionKind,
    /// One name an axis: joint names, or `linear`, `angular`.
    pub names: Vec<String>,
    /// One unit an axis, e.g. `rad/s`.
    pub units: Vec<String>,
    /// The bounds of every axis.
    pub limits: Limits,
}

impl ActionSpace {
    /// Number of axes, U.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True without axes.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
