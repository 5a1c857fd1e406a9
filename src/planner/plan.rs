//! A decision and the evidence for it.

use crate::config::Number;
use crate::robot::Trajectory;
use crate::time::{Span, Stamp};

/// How long a search may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Stop at this stamp; `None` on the fast clock, where the other two bound the search.
    pub deadline: Option<Stamp>,
    /// At most this many model steps (candidates x horizon).
    pub model_steps: usize,
    /// At most this many refinements.
    pub iterations: usize,
}

/// Where a candidate came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// The last plan, shifted by the time passed.
    #[default]
    WarmStart,
    /// Zero velocity.
    StandStill,
    /// The action in force, held.
    KeepLast,
    /// Drawn at random.
    Random,
    /// Proposed by the model's policy head.
    Policy,
}

/// One term of a cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TermCost {
    /// The term's name.
    pub name: &'static str,
    /// Weighted cost of the chosen candidate.
    pub chosen: f64,
    /// Weighted cost of standing still.
    pub standing_still: f64,
}

/// Why this plan and no other.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Cost of the chosen candidate.
    pub cost: f64,
    /// Cost of standing still.
    pub standing_still: f64,
    /// The cost, term by term.
    pub terms: Vec<TermCost>,
    /// Which proposal won.
    pub proposal: Proposal,
    /// Metric distance to the goal at t0 `[model steps]`.
    pub distance: f64,
    /// Mean and standard deviation of the finite candidates' costs.
    pub spread: (f64, f64),
    /// Candidates whose imagination was not finite.
    pub rejected: usize,
    /// Model steps used.
    pub model_steps: usize,
    /// Refinements done.
    pub iterations: usize,
    /// Imagined tip paths `[m]`, a row a candidate (x, y, z a step, t0 included), with each one's cost; the
    /// chosen one first. Empty unless an observer asked.
    pub paths: Vec<(f32, Vec<[f32; 3]>)>,
    /// Time spent encoding, forming the belief, searching.
    pub encode: Span,
    /// See `encode`.
    pub belief: Span,
    /// See `encode`.
    pub search: Span,
}

impl Evidence {
    /// How long it took, encoding included.
    pub fn time(&self) -> Span {
        self.encode + self.belief + self.search
    }

    /// One sentence: "beats standing still by 3.1: metric -3.4, effort +0.3".
    pub fn sentence(&self) -> String {
        if !self.cost.is_finite() {
            let why = if self.rejected > 0 {
                "no imagined future was finite"
            } else {
                "no time to imagine anything"
            };
            return format!("{why}: the last plan goes on, to its end");
        }
        if self.proposal == Proposal::StandStill {
            return "standing still is cheapest".to_owned();
        }
        let mut parts: Vec<(f64, String)> = self
            .terms
            .iter()
            .map(|term| (term.chosen - term.standing_still, term.name))
            .filter(|(difference, _)| difference.abs() >= 0.05)
            .map(|(difference, name)| (difference, format!("{name} {:+.1}", Number(difference))))
            .collect();
        parts.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let parts: Vec<String> = parts.into_iter().map(|part| part.1).collect();
        let gain = Number(self.standing_still - self.cost);
        if parts.is_empty() {
            format!("beats standing still by {gain:.1}")
        } else {
            format!("beats standing still by {gain:.1}: {}", parts.join(", "))
        }
    }
}

/// A decision: where to go, and why.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Counts plans in a session.
    pub sequence: u64,
    /// When it was made (the frame's arrival or the planning tick).
    pub made: Stamp,
    /// t0, where its own knots start; before that the trajectory holds the committed part.
    pub start: Stamp,
    /// Committed part up to `start`, then the new knots; past its end control makes a limited stop.
    pub trajectory: Trajectory,
    /// Why.
    pub evidence: Evidence,
}

impl Plan {
    /// False if futures were imagined and none of them was finite: the trajectory is only what was left over.
    pub fn is_finite(&self) -> bool {
        !(self.evidence.cost.is_infinite() && self.evidence.rejected > 0)
    }
}
