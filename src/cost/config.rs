//! The cost's own parameters.

use crate::config::{ConfigError, Parameters, Record, Value};

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

impl Default for CostConfig {
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
    weight("cost.metric", 2.0)
        .about("weight of the mean metric distance along the horizon, a model step")
        .beyond("dawdles", "rushes past what the other terms ask for"),
    weight("cost.metric_end", 0.0)
        .about("weight of the distance at the horizon's end, a model step")
        .beyond(
            "may not find ways around",
            "dawdles; trusts the longest prediction most",
        ),
    weight("cost.probe_distance", 2.0)
        .about(
            "weight of the mean distance to a pose or joint goal along the horizon, a model step",
        )
        .beyond("dawdles", "rushes past what the other terms ask for"),
    weight("cost.stop", 2.0)
        .about("weight of motion near the goal")
        .beyond("swings through the goal", "stops before the goal"),
    weight("cost.effort", 0.02)
        .about("weight of the mean square of the action relative to the limits")
        .beyond("moves without need", "barely moves"),
    weight("cost.rate", 0.05)
        .about("weight of the mean square of the action's change relative to the limits")
        .beyond("jerky motion", "slow to react"),
    weight("cost.limit_margin", 0.1)
        .about("weight of closeness to position limits")
        .beyond("leans on the limits", "avoids goals near the limits"),
    Record::double("cost.near", 1.0, (0.01, 100.0), "model steps")
        .about("distance at which moving near the goal stops being costly")
        .beyond("swings through the goal", "approaches slowly")
        .live(),
    Record::double("cost.margin", 0.05, (0.001, 1.0), "rad or m")
        .about("margin before position limits that limit_margin counts in")
        .beyond("leans on the limits", "avoids goals near the limits")
        .live(),
];

/// The record of a term's weight, `cost.TERM`: for the terms here, and for a caller's own.
pub const fn weight(name: &'static str, default: f64) -> Record {
    Record::double(name, default, (0.0, 1000.0), "").live()
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
