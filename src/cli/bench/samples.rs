//! Many times of one stage, in short.

use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::evaluation::quantile;
use crate::time::Span;

/// The times of one stage `[us]`.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<f64>);

/// A stage in short.
#[derive(Debug, Serialize)]
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) n: usize,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    pub(super) max_us: f64,
    /// The 99 % quantile over a plan's budget.
    pub(super) share_of_budget: f64,
}

impl Samples {
    pub(super) fn add(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1e6);
    }

    pub(super) fn stage(&self, name: impl Into<String>, budget: Span) -> Stage {
        let at = |q: f64| quantile(&self.0, q).unwrap_or(f64::NAN);
        Stage {
            name: name.into(),
            n: self.0.len(),
            p50_us: at(0.5),
            p99_us: at(0.99),
            max_us: at(1.0),
            share_of_budget: at(0.99) * 1e-6 / budget.secs(),
        }
    }
}

/// Does `work` and takes its time.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}

/// The line above stages.
pub(super) struct Heading(pub(super) Span);

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<34} {:>11} {:>11} {:>11} {:>16}",
            "stage",
            "median",
            "99 %",
            "longest",
            format!("99 % of {:.0} ms", self.0.millis())
        )
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<34} {:>8.1} us {:>8.1} us {:>8.1} us {:>14.1} %",
            self.name,
            self.p50_us,
            self.p99_us,
            self.max_us,
            100.0 * self.share_of_budget
        )
    }
}
