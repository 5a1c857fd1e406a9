//! Who is faster.

use std::fmt;

use serde::Serialize;

/// Up to this ratio of times, two are as fast as one another.
const TIE: f64 = 1.05;

/// A ratio of times in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Verdict {
    /// No slower.
    Ahead,
    /// Slower by what a machine's noise can be.
    Tie,
    /// Slower.
    Behind,
}

impl Verdict {
    fn of(ratio: f64) -> Self {
        if ratio <= 1.0 {
            Self::Ahead
        } else if ratio <= TIE {
            Self::Tie
        } else {
            Self::Behind
        }
    }
}

/// A time over the fastest other's.
#[derive(Clone, Debug, Serialize)]
pub(in super::super) struct Duel {
    /// The fastest of the others.
    pub against: String,
    pub ratio: f64,
    pub verdict: Verdict,
}

impl Duel {
    /// `us` against the fastest of `others`; `None` without any.
    pub fn new<'a>(us: f64, others: impl Iterator<Item = (&'a str, f64)>) -> Option<Self> {
        let (against, fastest) = others.min_by(|a, b| a.1.total_cmp(&b.1))?;
        let ratio = us / fastest;
        Some(Self {
            against: against.to_owned(),
            ratio,
            verdict: Verdict::of(ratio),
        })
    }
}

impl fmt::Display for Duel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.verdict {
            Verdict::Ahead => "ahead",
            Verdict::Tie => "tie",
            Verdict::Behind => "behind",
        };
        f.pad(&format!("{:.2} {word}", self.ratio))
    }
}
