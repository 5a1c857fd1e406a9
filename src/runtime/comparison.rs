//! What an incumbent did against what we would have done: one plan's worth of it, and many.

use super::examine::finding;
use super::{Finding, Level, Status};
use crate::config::Number;
use crate::robot::{Axes, CommandLog};
use crate::time::{Span, Stamp};

/// The incumbent over the horizon of one of our plans.
///
/// Once the horizon has passed, two futures are imagined from the belief that the plan was made from: our plan's
/// commands, and those that the incumbent really sent from the plan's start t0 on. Both are judged by the model, goal
/// and cost of that moment, so a difference is one of commands alone. It favours nobody by what happened: what the
/// model doesn't foresee counts for neither. It does favour us in that our search minimises this very cost, and the
/// incumbent's aims may be others; and our plan is one plan, where the incumbent looked again on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The plan's number.
    pub plan: u64,
    /// t0.
    pub start: Stamp,
    /// When it was judged.
    pub stamp: Stamp,
    /// Cost of our plan.
    pub ours: f64,
    /// Cost of what the incumbent sent.
    pub incumbent: f64,
    /// Root mean square of the difference between both's commands in the plan's first model step, an axis
    /// [of the velocity limit]: later our next plans would have been in force.
    pub divergence: Axes,
    /// Ticks of the session so far in which the limits changed our command; 0 on the fast clock.
    pub limited_ticks: u64,
    /// Ticks of the session so far that came late; 0 on the fast clock.
    pub misses: u64,
}

impl Comparison {
    /// What the incumbent's commands cost more than ours.
    pub fn regret(&self) -> f64 {
        self.incumbent - self.ours
    }

    /// Root mean square over `ticks` ticks from `start` on of the difference between the commands of `a` and `b`, an
    /// axis, in units of `speeds`.
    pub(super) fn diverge(
        [a, b]: [&CommandLog; 2],
        start: Stamp,
        (tick, ticks): (Span, i64),
        speeds: &[f64],
    ) -> Axes {
        let mut squares = Axes::zeros(speeds.len());
        for index in 0..ticks {
            let from = start + tick * index;
            let moved = [a, b].map(|log| log.integral(from, from + tick));
            for (axis, square) in squares.iter_mut().enumerate() {
                let difference = (moved[0][axis] - moved[1][axis]) / (tick.secs() * speeds[axis]);
                *square += difference * difference / ticks as f64;
            }
        }
        Axes::from_fn(speeds.len(), |axis| squares[axis].sqrt())
    }
}

/// Many comparisons.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// How many.
    pub compared: u64,
    /// How many more could not be judged: a future was not finite.
    pub unjudged: u64,
    /// Sum of our plans' costs.
    pub ours: f64,
    /// Sum of the incumbent's.
    pub incumbent: f64,
    /// Sum of the squared divergences, an axis.
    pub squares: Axes,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, comparison: &Comparison) {
        if !(comparison.ours.is_finite() && comparison.incumbent.is_finite()) {
            self.unjudged += 1;
            return;
        }
        self.compared += 1;
        self.ours += comparison.ours;
        self.incumbent += comparison.incumbent;
        let before = self.squares;
        self.squares = Axes::from_fn(comparison.divergence.len(), |axis| {
            before.get(axis).copied().unwrap_or(0.0) + comparison.divergence[axis].powi(2)
        });
    }

    /// What was counted since `before`, an earlier one of the same session; all of it if there was none.
    #[must_use]
    pub fn since(&self, before: Option<&Self>) -> Self {
        let none = Self::default();
        let before = before.filter(|before| before.compared <= self.compared);
        let before = before.unwrap_or(&none);
        Self {
            compared: self.compared - before.compared,
            unjudged: self.unjudged.saturating_sub(before.unjudged),
            ours: self.ours - before.ours,
            incumbent: self.incumbent - before.incumbent,
            squares: Axes::from_fn(self.squares.len(), |axis| {
                self.squares[axis] - before.squares.get(axis).copied().unwrap_or(0.0)
            }),
        }
    }

    /// Mean costs, ours and the incumbent's; `None` without a comparison.
    pub fn costs(&self) -> Option<(f64, f64)> {
        let count = self.compared as f64;
        (self.compared > 0).then(|| (self.ours / count, self.incumbent / count))
    }

    /// Root mean square divergence an axis [of the velocity limits].
    pub fn divergence(&self) -> Axes {
        let count = (self.compared as f64).max(1.0);
        Axes::from_fn(self.squares.len(), |axis| {
            (self.squares[axis].max(0.0) / count).sqrt()
        })
    }
}

/// What a session in the shadow says of the incumbent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shadowed {
    /// Commands of the incumbent that were heard.
    pub heard: u64,
    /// Those that were faster than the URDF allows, and are compared as if they were not.
    pub beyond: u64,
    /// Age of the newest one; `None` before the first.
    pub age: Option<Span>,
    /// Messages that could not be used as one.
    pub refused: u64,
    /// Why the last of them could not.
    pub refusal: String,
    /// All comparisons.
    pub tally: Tally,
}

/// The finding of a session in the shadow; `None` of any other.
pub(super) fn shadow(before: &Status, now: &Status) -> Option<Finding> {
    let shadowed = now.shadow.as_ref()?;
    let seconds = before.shadow.as_ref();
    let news = shadowed.tally.since(seconds.map(|before| &before.tally));
    let new =
        |now: u64, before: fn(&Shadowed) -> u64| now.saturating_sub(seconds.map_or(0, before));
    let refused = new(shadowed.refused, |before| before.refused);
    let judged = match (shadowed.heard, shadowed.refused, news.costs()) {
        (0, 0, _) => (
            Level::Warn,
            "no command of an incumbent has come: standing still is assumed; look whether shadow.of is how it commands"
                .to_owned(),
        ),
        (0, count, _) => (
            Level::Warn,
            format!(
                "{count} commands of an incumbent have come, none that can be used: standing still is assumed; {}",
                shadowed.refusal
            ),
        ),
        _ if refused > 0 => (
            Level::Warn,
            format!(
                "{refused} commands of the incumbent can't be used: {}",
                shadowed.refusal
            ),
        ),
        (_, _, None) => (
            Level::Ok,
            "nothing to compare: no plan's horizon has passed".to_owned(),
        ),
        (_, _, Some((ours, incumbent))) => (
            Level::Ok,
            format!(
                "the incumbent's commands cost {:.2}, our plans {:.2}: regret {:+.2}",
                Number(incumbent),
                Number(ours),
                Number(incumbent - ours)
            ),
        ),
    };
    let number = |value: Option<f64>| {
        value.map_or_else(String::new, |value| format!("{:.4}", Number(value)))
    };
    let costs = news.costs();
    let divergence: Vec<String> = news
        .divergence()
        .iter()
        .map(|axis| format!("{axis:.4}"))
        .collect();
    let counted = |now: u64, before: u64| now.saturating_sub(before).to_string();
    Some(finding(
        "shadow",
        judged,
        vec![
            (
                "commands of the incumbent since the last report",
                new(shadowed.heard, |before| before.heard).to_string(),
            ),
            (
                "commands that could not be used since the last report",
                refused.to_string(),
            ),
            (
                "commands beyond the URDF's speeds since the last report",
                new(shadowed.beyond, |before| before.beyond).to_string(),
            ),
            (
                "age of its newest command [ms]",
                shadowed
                    .age
                    .map_or_else(String::new, |age| format!("{:.1}", age.millis())),
            ),
            ("plans compared", news.compared.to_string()),
            ("plans not judged", news.unjudged.to_string()),
            ("cost of our plans", number(costs.map(|costs| costs.0))),
            ("cost of its commands", number(costs.map(|costs| costs.1))),
            (
                "regret",
                number(costs.map(|(ours, incumbent)| incumbent - ours)),
            ),
            (
                "divergence [of the velocity limits, rms an axis]",
                divergence.join(", "),
            ),
            (
                "limits that our commands would have hit [ticks]",
                counted(now.limited_ticks, before.limited_ticks),
            ),
            ("late ticks", counted(now.misses, before.misses)),
            (
                "plans compared since the start",
                shadowed.tally.compared.to_string(),
            ),
            (
                "regret since the start",
                number(
                    shadowed
                        .tally
                        .costs()
                        .map(|(ours, incumbent)| incumbent - ours),
                ),
            ),
        ],
    ))
}
