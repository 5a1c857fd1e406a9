//! Findings, as a table for people and as JSON for scripts.

use std::fmt;

use serde::Serialize;

use super::super::Paired;
use super::{Fit, Horizon, Latency, quantization};
use crate::time::Span;
use crate::world_model::ModelSpec;

/// What a number must keep.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// No less than this.
    AtLeast(f64),
    /// No more than this.
    AtMost(f64),
}

impl Bound {
    /// True if `number` keeps it; not-a-number keeps nothing.
    pub fn holds(self, number: f64) -> bool {
        match self {
            Self::AtLeast(bound) => number >= bound,
            Self::AtMost(bound) => number <= bound,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, ">= {bound}"),
            Self::AtMost(bound) => write!(f, "<= {bound}"),
        }
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What was measured.
    pub name: &'static str,
    /// The number; `null` in JSON if it isn't finite.
    pub number: f64,
    /// What it must keep.
    pub bound: Bound,
    /// True if it does.
    pub pass: bool,
    /// What to do if it doesn't.
    pub remedy: &'static str,
}

impl Finding {
    pub(super) fn new(name: &'static str, number: f64, bound: Bound, remedy: &'static str) -> Self {
        Self {
            name,
            number,
            bound,
            pass: bound.holds(number),
            remedy,
        }
    }
}

/// The whole examination.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The model's name.
    pub model: String,
    /// The model's version.
    pub version: String,
    /// What its weights are computed in.
    pub arithmetic: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What the quantization gate found; empty where nothing is quantized.
    pub quantization: Vec<Finding>,
    /// Times of the seams.
    pub latency: Vec<Latency>,
    /// What fits which budget.
    pub fits: Vec<Fit>,
    /// How the error grows.
    pub horizons: Vec<Horizon>,
    /// The quantized model against the canonical one on the same seeds, where somebody could drive the robot.
    pub paired: Option<Paired>,
    /// Seconds a model step.
    #[serde(skip)]
    period: Span,
}

impl Report {
    /// A report on a model that says this of itself, with nothing found yet.
    pub fn new(spec: &ModelSpec) -> Self {
        Self {
            model: spec.name.clone(),
            version: spec.version.clone(),
            arithmetic: spec.arithmetic.clone(),
            findings: Vec::new(),
            quantization: Vec::new(),
            latency: Vec::new(),
            fits: Vec::new(),
            horizons: Vec::new(),
            paired: None,
            period: spec.period,
        }
    }

    /// Takes in what the quantized model and the canonical one did in episodes of the same seeds: the part of the
    /// quantization gate that needs the package's robot.
    pub fn judge_pairs(&mut self, pairs: Paired) {
        let findings = quantization::paired(&pairs, self.period);
        self.quantization.extend(findings);
        self.paired = Some(pairs);
    }

    /// True if everything keeps its bound.
    pub fn pass(&self) -> bool {
        let mut all = self.findings.iter().chain(&self.quantization);
        all.all(|finding| finding.pass)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}, {}", self.model, self.version, self.arithmetic)?;
        for finding in self.findings.iter().chain(&self.quantization) {
            let verdict = if finding.pass { "ok" } else { "FAIL" };
            let Finding {
                name,
                number,
                bound,
                ..
            } = finding;
            writeln!(f, "  {verdict:4} {name:40} {number:10.3}  {bound}")?;
            if !finding.pass {
                writeln!(f, "       {}", finding.remedy)?;
            }
        }
        if !self.latency.is_empty() {
            writeln!(
                f,
                "  {:24} {:>6} {:>10} {:>10}",
                "latency", "rows", "p50 us", "p99 us"
            )?;
        }
        for Latency {
            seam,
            rows,
            p50_us,
            p99_us,
        } in &self.latency
        {
            writeln!(f, "  {seam:24} {rows:6} {p50_us:10.1} {p99_us:10.1}")?;
        }
        for Fit {
            budget_ms,
            candidates,
            horizon,
        } in &self.fits
        {
            writeln!(
                f,
                "  {budget_ms:3} ms: {candidates} candidates x {horizon} steps"
            )?;
        }
        for Horizon { steps, error, copy } in &self.horizons {
            writeln!(
                f,
                "  {steps:2} steps ahead: error {error:.3}, standing still {copy:.3} model steps"
            )?;
        }
        Ok(())
    }
}
