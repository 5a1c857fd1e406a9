//! What becomes of goals, and goals by joint names.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::config::Number;
use crate::robot::Axes;
use crate::sensing::Complaints;

/// Between two accepted goals that are logged.
const CALM: Duration = Duration::from_secs(1);

/// What became of goals.
#[derive(Default)]
pub(super) struct Goals {
    /// Those refused.
    pub(super) count: u64,
    /// Why the last one was; empty if a later one was accepted.
    pub(super) last: String,
    said: Complaints,
    /// When an accepted one was logged.
    accepted: Option<Instant>,
}

impl Goals {
    /// One that came by `way` was accepted or, for a reason, not.
    pub(super) fn judge(&mut self, way: &str, result: Result<(), String>) {
        match result {
            Ok(()) => {
                if self.accepted.is_none_or(|said| said.elapsed() > CALM) {
                    tracing::info!("goal accepted: {way}");
                    self.accepted = Some(Instant::now());
                }
                self.last.clear();
            }
            Err(why) => self.refuse(format!("{way}: {why}")),
        }
    }

    /// One was not.
    pub(super) fn refuse(&mut self, why: String) {
        self.count += 1;
        if self.said.is_new(&why) {
            tracing::warn!("refused: {why}");
        }
        self.last = why;
    }
}

/// Which joints goals may name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joints {
    /// Those that are commanded, in the order of the action axes.
    pub axes: Vec<String>,
    /// Those that mimic one of them.
    pub mimics: Vec<String>,
}

/// Positions by name in the order of the axes; each must be named once, and others not at all, but those that follow by
/// themselves: joint states have them.
pub(super) fn joint_goal(
    Joints { axes, mimics }: &Joints,
    names: &[String],
    position: &[f64],
) -> Result<Axes, String> {
    if names.len() != position.len() {
        return Err(format!(
            "{} names but {} positions; expected one each",
            names.len(),
            position.len()
        ));
    }
    let mut given = HashMap::new();
    for (name, value) in names.iter().zip(position) {
        if mimics.contains(name) {
            continue;
        }
        if !axes.contains(name) {
            return Err(format!(
                "no joint is called {name}; expected {}",
                axes.join(", ")
            ));
        }
        if !value.is_finite() {
            return Err(format!(
                "position of {name} is {}; expected a finite number",
                Number(*value)
            ));
        }
        if given.insert(name.as_str(), *value).is_some() {
            return Err(format!("joint {name} is named twice"));
        }
    }
    let values: Result<Vec<f64>, String> = axes
        .iter()
        .map(|axis| {
            given
                .get(axis.as_str())
                .copied()
                .ok_or_else(|| format!("joint {axis} is missing"))
        })
        .collect();
    Axes::from_slice(&values?).ok_or_else(|| "too many joints".to_owned())
}
