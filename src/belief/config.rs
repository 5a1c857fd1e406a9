//! Belief's own parameters.

use crate::config::{ConfigError, Parameters, Record};
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

impl Default for BeliefConfig {
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
    Record::integer("history.max_fill", 2, (0, 10), "periods")
        .about("model periods without a frame that imagination may bridge")
        .beyond(
            "stops at every dropped frame",
            "acts on imagination instead of pictures",
        ),
    Record::double("belief.disturbance_gain", 0.05, (0.0, 1.0), "")
        .about(
            "weight of the newest frame in the estimate of what the model mispredicts at present",
        )
        .beyond(
            "stops beside the goal where the model drifts",
            "takes noise for drift: restless",
        ),
    Record::double("belief.measured_delay", -1.0, (-1.0, 1.0), "s")
        .about("actuator delay measured on this robot; negative: as in the model's training data")
        .beyond(
            "commands seem to act before they do: overshoot",
            "commands seem to act after they do: sluggish",
        ),
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
