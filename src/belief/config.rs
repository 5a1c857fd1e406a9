//! Belief's own parameters.

use crate::config::{ConfigError, Default, Parameters, Record};
use crate::time::Span;

/// What belief can be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeliefConfig {
    /// Model periods without a frame that are bridged by imagination; a longer hole empties the history.
    pub max_fill: usize,
    /// Time between two command ticks; the same as control's.
    pub tick: Span,
    /// Actuator delay measured on this robot; `None`: as in the model's training data.
    pub delay: Option<Span>,
    /// From a command to its effect on a measured position; the same as `control.delay`.
    pub settle: Span,
    /// Weight of the newest frame in the disturbance estimate, 0..1; 0: none.
    pub disturbance_gain: f64,
    /// Commands remembered.
    pub commands: usize,
}

impl std::default::Default for BeliefConfig {
    fn default() -> Self {
        Self {
            max_fill: 2,
            tick: Span::from_millis(5),
            delay: None,
            settle: Span::from_millis(80),
            disturbance_gain: 0.05,
            commands: 1024,
        }
    }
}

/// The records behind [`BeliefConfig`]; tick and settle come from control's.
pub const PARAMETERS: &[Record] = &[
    Record {
        name: "history.max_fill",
        description: "model periods without a frame that imagination may bridge",
        unit: "periods",
        default: Default::Integer(2),
        range: Some((0.0, 10.0)),
        choices: &[],
        too_low: "stops at every dropped frame",
        too_high: "acts on imagination instead of pictures",
        live: false,
    },
    Record {
        name: "belief.disturbance_gain",
        description: "weight of the newest frame in the estimate of what the model mispredicts at present",
        unit: "",
        default: Default::Double(0.05),
        range: Some((0.0, 1.0)),
        choices: &[],
        too_low: "stops beside the goal where the model drifts",
        too_high: "takes noise for drift: restless",
        live: false,
    },
    Record {
        name: "belief.measured_delay",
        description: "actuator delay measured on this robot; negative: as in the model's training data",
        unit: "s",
        default: Default::Double(-1.0),
        range: Some((-1.0, 1.0)),
        choices: &[],
        too_low: "commands seem to act before they do: overshoot",
        too_high: "commands seem to act after they do: sluggish",
        live: false,
    },
];

impl BeliefConfig {
    /// Reads belief's parameters, and `control.rate` and `control.delay`, which it shares with control.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        let delay = parameters.double("belief.measured_delay")?;
        Ok(Self {
            max_fill: parameters.count("history.max_fill")?,
            tick: Span::from_secs(1.0 / parameters.double("control.rate")?),
            delay: (delay >= 0.0).then(|| Span::from_secs(delay)),
            settle: Span::from_secs(parameters.double("control.delay")?),
            disturbance_gain: parameters.double("belief.disturbance_gain")?,
            ..Self::default()
        })
    }
}
