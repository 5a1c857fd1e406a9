//! The cost's own parameters.

use crate::config::{ConfigError, Default, Parameters, Record, Value};

/// What the cost can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct CostConfig {
    /// Distance at which moving stops being costly `[model steps]`.
    pub near: f64,
    /// Margin before position limits in which [`LimitMargin`](super::LimitMargin) counts `[rad or m]`.
    pub margin: f64,
    /// Weight a term by name; terms that are not listed have their registry's default.
    pub weights: Vec<(String, f64)>,
}

impl std::default::Default for CostConfig {
    fn default() -> Self {
        Self {
            near: 1.0,
            margin: 0.05,
            weights: Vec::new(),
        }
    }
}

impl CostConfig {
    /// Sets the weight of the term `name`.
    pub fn set_weight(&mut self, name: &str, weight: f64) {
        match self.weights.iter_mut().find(|entry| entry.0 == name) {
            Some(entry) => entry.1 = weight,
            None => self.weights.push((name.to_owned(), weight)),
        }
    }
}

/// The records behind [`CostConfig`]: `cost.TERM` is the weight of TERM.
pub const PARAMETERS: &[Record] = &[
    weight(
        "cost.metric",
        2.0,
        "mean metric distance along the horizon, a model step",
        "dawdles",
        "rushes past what the other terms ask for",
    ),
    weight(
        "cost.metric_end",
        0.0,
        "metric distance at the horizon's end, a model step",
        "may not find ways around",
        "dawdles; trusts the longest prediction most",
    ),
    weight(
        "cost.probe_distance",
        2.0,
        "mean distance to a pose or joint goal along the horizon, a model step",
        "dawdles",
        "rushes past what the other terms ask for",
    ),
    weight(
        "cost.stop",
        2.0,
        "motion near the goal",
        "swings through the goal",
        "stops before the goal",
    ),
    weight(
        "cost.effort",
        0.02,
        "mean square of the action relative to the limits",
        "moves without need",
        "barely moves",
    ),
    weight(
        "cost.rate",
        0.05,
        "mean square of the action's change relative to the limits",
        "jerky motion",
        "slow to react",
    ),
    weight(
        "cost.limit_margin",
        0.1,
        "closeness to position limits",
        "leans on the limits",
        "avoids goals near the limits",
    ),
    Record {
        name: "cost.near",
        description: "distance at which moving near the goal stops being costly",
        unit: "model steps",
        default: Default::Double(1.0),
        range: Some((0.01, 100.0)),
        choices: &[],
        too_low: "swings through the goal",
        too_high: "approaches slowly",
        live: true,
    },
    Record {
        name: "cost.margin",
        description: "margin before position limits that limit_margin counts in",
        unit: "rad or m",
        default: Default::Double(0.05),
        range: Some((0.001, 1.0)),
        choices: &[],
        too_low: "leans on the limits",
        too_high: "avoids goals near the limits",
        live: true,
    },
];

const fn weight(
    name: &'static str,
    default: f64,
    description: &'static str,
    too_low: &'static str,
    too_high: &'static str,
) -> Record {
    Record {
        name,
        description,
        unit: "weight",
        default: Default::Double(default),
        range: Some((0.0, 1000.0)),
        choices: &[],
        too_low,
        too_high,
        live: true,
    }
}

impl CostConfig {
    /// Reads the `cost.` parameters: every number that is not `near` or `margin` is the weight of a term, those
    /// of terms from outside the crate included.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        let mut config = Self {
            near: parameters.double("cost.near")?,
            margin: parameters.double("cost.margin")?,
            weights: Vec::new(),
        };
        for (record, value) in parameters.iter() {
            if let (Some(term), Value::Double(weight)) = (record.name.strip_prefix("cost."), value)
                && !["near", "margin"].contains(&term)
            {
                config.set_weight(term, *weight);
            }
        }
        Ok(config)
    }
}
