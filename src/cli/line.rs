//! One calm line on the terminal.

use indicatif::{ProgressBar, ProgressStyle};

use super::terminal::say;
use crate::config::Number;
use crate::runtime::Status;

/// One calm line on the terminal.
pub(super) struct Line(ProgressBar);

impl Line {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn show(&self, number: usize, name: &str, status: &Status) {
        let distance = status
            .distance
            .map_or_else(|| "-".to_owned(), |steps| format!("{:.1}", Number(steps)));
        self.0.set_message(format!(
            "goal {number:>2} {name} | {} | {distance} steps to go | plan {:.1}/{:.0} ms | {} late | {}",
            status.state,
            status.plan_time.millis(),
            status.plan_budget.millis(),
            status.misses,
            status.sentence,
        ));
        self.0.tick();
    }

    /// Prints a line that stays, also where there is no terminal.
    pub(super) fn say(&self, text: &str) {
        self.0.suspend(|| say(format_args!("{text}")));
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
