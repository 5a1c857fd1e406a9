//! `forerun bench plan`: a picture becomes a command.

use std::fmt;

use clap::Args;
use serde::Serialize;

use super::Common;
use super::line::{FrameTimes, Line};
use super::machine::{Machine, chosen_kernel};
use super::samples::{Heading, Samples, Stage};
use crate::cli::{Failure, Lab};
use crate::planner::ImaginationConfig;
use crate::time::Span;
use crate::world_model::Precisions;

/// Candidates and horizons that the search is measured at, beside the configured ones.
const SIZES: [[usize; 2]; 5] = [[8, 8], [16, 4], [16, 8], [32, 8], [64, 8]];
/// Frames before the first one that counts.
const WARM: usize = 20;

/// Measures picture to command on the embedded arm as it pursues goals.
#[derive(Debug, Args)]
pub(super) struct Plan {
    #[command(flatten)]
    common: Common,
    /// Instructions that the networks are computed by, instead of the best that the machine has.
    #[arg(long)]
    kernel: Option<String>,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    budget_ms: f64,
    stages: Vec<Stage>,
    search: Vec<Search>,
}

/// The search at one size.
#[derive(Serialize)]
struct Search {
    candidates: usize,
    horizon: usize,
    us_per_model_step: f64,
    search: Stage,
    image_to_command: Stage,
    processor_time: Stage,
}

impl Plan {
    pub(super) fn run(self) -> Result<(), Failure> {
        let precisions = Precisions {
            kernel: chosen_kernel(self.kernel.as_deref())?,
            ..Precisions::default()
        };
        let mut lab = Lab::in_precision(&self.common.model, precisions)?;
        let time_limit = Span::from_secs(lab.embodiment.rig().time_limit);
        lab.config.time_limit = lab.config.time_limit.or(Some(time_limit));
        let budget = lab.config.planner.budget;
        let machine = Machine::pinned(lab.model().spec());
        let configured = [
            lab.config.planner.candidates,
            lab.config.planner.imagination.horizon,
        ];
        let times = self.measure(&mut lab, configured)?;
        let stages = stages(&times, budget);
        let mut search = vec![Search::new(configured, &times, budget)];
        for size in SIZES.into_iter().filter(|size| *size != configured) {
            let times = self.measure(&mut lab, size)?;
            search.push(Search::new(size, &times, budget));
        }
        let report = Report {
            machine,
            budget_ms: budget.millis(),
            stages,
            search,
        };
        super::print(&report, self.common.json)
    }

    fn measure(
        &self,
        lab: &mut Lab,
        [candidates, horizon]: [usize; 2],
    ) -> Result<Vec<FrameTimes>, Failure> {
        let planner = &mut lab.config.planner;
        planner.candidates = candidates;
        planner.imagination.horizon = horizon;
        let threads = planner.imagination.threads;
        planner.imagination.chunk = ImaginationConfig::rows(candidates, threads);
        planner.model_steps = planner.model_steps.max(candidates * horizon);
        let mut line = Line::new(lab, self.common.seed)?;
        for _ in 0..WARM {
            line.frame()?;
        }
        (0..self.common.repetitions).map(|_| line.frame()).collect()
    }
}

fn stages(times: &[FrameTimes], budget: Span) -> Vec<Stage> {
    type Part = fn(&FrameTimes) -> std::time::Duration;
    let parts: [(&str, Part); 7] = [
        ("convert", |times| times.convert),
        ("encode", |times| times.encode),
        ("belief", |times| times.belief),
        ("search", |times| times.search),
        ("hand-over and command", |times| times.hand_over),
        ("image to command", |times| times.whole),
        ("image to command, processor time", |times| times.processor),
    ];
    parts
        .into_iter()
        .map(|(name, part)| collect(times, part).stage(name, budget))
        .collect()
}

fn collect(times: &[FrameTimes], part: impl Fn(&FrameTimes) -> std::time::Duration) -> Samples {
    let mut samples = Samples::default();
    times.iter().for_each(|times| samples.add(part(times)));
    samples
}

impl Search {
    fn new([candidates, horizon]: [usize; 2], times: &[FrameTimes], budget: Span) -> Self {
        let name = format!("search, {candidates} x {horizon}");
        let search = collect(times, |times| times.search).stage(name, budget);
        let whole = collect(times, |times| times.whole);
        let processor = collect(times, |times| times.processor);
        let steps: usize = times.iter().map(|times| times.model_steps).sum();
        let steps = steps as f64 / times.len().max(1) as f64;
        Self {
            candidates,
            horizon,
            us_per_model_step: search.p50_us / steps,
            image_to_command: whole.stage("image to command", budget),
            processor_time: processor.stage("image to command, processor time", budget),
            search,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let budget = Span::from_secs(self.budget_ms * 1e-3);
        write!(f, "{}", self.machine)?;
        write!(f, "{}", Heading(budget))?;
        for stage in &self.stages {
            write!(f, "{stage}")?;
        }
        writeln!(f)?;
        write!(f, "{}", Heading(budget))?;
        for search in &self.search {
            write!(f, "{}", search.search)?;
            writeln!(
                f,
                "  {:.1} us a model step; image to command {:.1} us (99 %), {:.1} us of processor time",
                search.us_per_model_step,
                search.image_to_command.p99_us,
                search.processor_time.p99_us
            )?;
        }
        Ok(())
    }
}
