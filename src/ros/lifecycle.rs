//! The states and transitions of a managed node, under rcl_lifecycle's numbers and labels.

use crate::control::{Cause, State};

/// A state of `lifecycle_msgs/msg/State`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LifecycleState {
    /// Not known.
    Unknown = 0,
    /// No model is loaded.
    Unconfigured = 1,
    /// Loaded and warm; nothing is sent.
    Inactive = 2,
    /// Commands are sent: Holding, Tracking, Braking, Stopped.
    Active = 3,
    /// Over; only the end of the process is left.
    Finalized = 4,
    /// The model is being loaded.
    Configuring = 10,
    /// The model is being freed.
    CleaningUp = 11,
    /// The robot brakes, then the model is freed.
    ShuttingDown = 12,
    /// Fresh inputs are waited for.
    Activating = 13,
    /// The robot brakes.
    Deactivating = 14,
    /// Fault: nothing is sent; cleanup leaves it.
    ErrorProcessing = 15,
}

use LifecycleState::{
    Activating, Active, CleaningUp, Configuring, Deactivating, ErrorProcessing, Finalized,
    Inactive, ShuttingDown, Unconfigured, Unknown,
};

impl LifecycleState {
    /// Every state.
    pub const ALL: [Self; 11] = [
        Unknown,
        Unconfigured,
        Inactive,
        Active,
        Finalized,
        Configuring,
        CleaningUp,
        ShuttingDown,
        Activating,
        Deactivating,
        ErrorProcessing,
    ];

    /// Where the supervisor's `state` stands in the lifecycle.
    pub fn of(state: State) -> Self {
        match state {
            State::Unconfigured => Unconfigured,
            State::Inactive => Inactive,
            State::Holding | State::Tracking | State::Braking | State::Stopped => Active,
            State::Fault => ErrorProcessing,
        }
    }

    /// rcl_lifecycle's label.
    pub fn label(self) -> &'static str {
        match self {
            Unknown => "unknown",
            Unconfigured => "unconfigured",
            Inactive => "inactive",
            Active => "active",
            Finalized => "finalized",
            Configuring => "configuring",
            CleaningUp => "cleaningup",
            ShuttingDown => "shuttingdown",
            Activating => "activating",
            Deactivating => "deactivating",
            ErrorProcessing => "errorprocessing",
        }
    }
}

/// A transition of `lifecycle_msgs/msg/Transition`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// rcl_lifecycle's number.
    pub id: u8,
    /// rcl_lifecycle's label.
    pub label: &'static str,
    /// Where it begins.
    pub start: LifecycleState,
    /// Where it leads: to a request, the state in which it is carried out.
    pub goal: LifecycleState,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Success,
    /// Not done; nothing has changed.
    Failure,
    /// Broken.
    Error,
}

impl Outcome {
    fn label(self) -> &'static str {
        match self {
            Self::Success => "transition_success",
            Self::Failure => "transition_failure",
            Self::Error => "transition_error",
        }
    }
}

const fn edge(id: u8, label: &'static str, start: LifecycleState, goal: LifecycleState) -> Edge {
    Edge {
        id,
        label,
        start,
        goal,
    }
}

/// Load the model.
pub const CONFIGURE: u8 = 1;
/// Free it.
pub const CLEANUP: u8 = 2;
/// Send commands.
pub const ACTIVATE: u8 = 3;
/// Brake, then send nothing.
pub const DEACTIVATE: u8 = 4;

/// A Fault that nobody's request led to.
pub const FAULT: Edge = edge(99, "transition_error", Active, ErrorProcessing);

/// All of rcl_lifecycle's, and two more: [`FAULT`], and the cleanup that leaves a Fault.
pub const GRAPH: [Edge; 27] = [
    edge(CONFIGURE, "configure", Unconfigured, Configuring),
    edge(10, "transition_success", Configuring, Inactive),
    edge(11, "transition_failure", Configuring, Unconfigured),
    edge(12, "transition_error", Configuring, ErrorProcessing),
    edge(CLEANUP, "cleanup", Inactive, CleaningUp),
    edge(20, "transition_success", CleaningUp, Unconfigured),
    edge(21, "transition_failure", CleaningUp, Inactive),
    edge(22, "transition_error", CleaningUp, ErrorProcessing),
    edge(ACTIVATE, "activate", Inactive, Activating),
    edge(30, "transition_success", Activating, Active),
    edge(31, "transition_failure", Activating, Inactive),
    edge(32, "transition_error", Activating, ErrorProcessing),
    edge(DEACTIVATE, "deactivate", Active, Deactivating),
    edge(40, "transition_success", Deactivating, Inactive),
    edge(41, "transition_failure", Deactivating, Active),
    edge(42, "transition_error", Deactivating, ErrorProcessing),
    edge(5, "shutdown", Unconfigured, ShuttingDown),
    edge(6, "shutdown", Inactive, ShuttingDown),
    edge(7, "shutdown", Active, ShuttingDown),
    edge(50, "transition_success", ShuttingDown, Finalized),
    edge(51, "transition_failure", ShuttingDown, Finalized),
    edge(52, "transition_error", ShuttingDown, ErrorProcessing),
    edge(60, "transition_success", ErrorProcessing, Unconfigured),
    edge(61, "transition_failure", ErrorProcessing, Finalized),
    edge(62, "transition_error", ErrorProcessing, Finalized),
    edge(CLEANUP, "cleanup", ErrorProcessing, CleaningUp),
    FAULT,
];

/// Why there is no session once `edge` is passed, if there is none then.
pub fn vacancy(edge: &Edge) -> Option<Cause> {
    match (edge.start, edge.goal) {
        (Configuring, Unconfigured) => Some(Cause::NotConfigured),
        (_, Unconfigured) => Some(Cause::CleanedUp),
        (_, Finalized) => Some(Cause::ShutDown),
        _ => None,
    }
}

/// Those that begin in `state`.
pub fn edges(state: LifecycleState) -> impl Iterator<Item = &'static Edge> {
    GRAPH.iter().filter(move |edge| edge.start == state)
}

/// Those that may be asked for in `state`; the others are outcomes.
pub fn requests(state: LifecycleState) -> impl Iterator<Item = &'static Edge> {
    edges(state).filter(|edge| edge.id < 10)
}

/// The transition that a request means in `state`: by its label, or, without one, by its number, as rclcpp reads it.
///
/// # Errors
/// It is not possible in `state`: what is.
pub fn requested(state: LifecycleState, id: u8, label: &str) -> Result<&'static Edge, String> {
    let meant = |edge: &&Edge| {
        if label.is_empty() {
            edge.id == id
        } else {
            edge.label == label
        }
    };
    requests(state).find(meant).ok_or_else(|| {
        let possible: Vec<String> = requests(state)
            .map(|edge| format!("{} ({})", edge.label, edge.id))
            .collect();
        let possible = match possible.is_empty() {
            true => "nothing; wait until it is over, or start the node anew".to_owned(),
            false => possible.join(", "),
        };
        let asked = if label.is_empty() {
            format!("transition {id}")
        } else {
            format!("transition {label:?}")
        };
        format!(
            "{asked} is not possible in state {}; possible: {possible}",
            state.label()
        )
    })
}

/// How the request that is carried out in `state` ends.
///
/// # Panics
/// In a state in which nothing is carried out.
pub fn ending(state: LifecycleState, outcome: Outcome) -> &'static Edge {
    let found = edges(state).find(|edge| edge.label == outcome.label());
    found.expect("every request has three endings")
}
