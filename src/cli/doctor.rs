//! `forerun doctor`: whether this machine can do the job, and what would do it better.

mod kernels;
mod processor;
mod realtime;
mod storage;
mod surroundings;

use std::fmt;

use clap::Args;
use serde::Serialize;

use super::parameters::{Reader, Settings, priority};
use super::terminal::{put, put_line};
use super::{Failure, Lab};
use crate::control::ControlConfig;
use crate::embedded::Kind;
use crate::world_model::Precisions;

/// Examines this machine.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Package name or folder of the main job.
    #[arg(long, default_value = "arm")]
    model: String,
    /// Print one JSON object on stdout instead of text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// As it should be.
    Good,
    /// The main job runs, but something is worse than it could be, or missing.
    Limited,
    /// The main job can't run.
    Impossible,
}

/// One thing looked at.
#[derive(Debug, Serialize)]
struct Line {
    what: &'static str,
    found: String,
    verdict: Verdict,
    /// What to do about it; `null` if nothing.
    remedy: Option<String>,
}

impl Line {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            found: found.into(),
            verdict: Verdict::Good,
            remedy: None,
        }
    }

    fn limited(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Limited,
            remedy: Some(remedy.into()),
            ..Self::good(what, found)
        }
    }

    fn impossible(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Impossible,
            ..Self::limited(what, found, remedy)
        }
    }
}

/// The whole examination.
#[derive(Debug, Serialize)]
struct Report {
    forerun: &'static str,
    /// False if the main job can't run here.
    ready: bool,
    lines: Vec<Line>,
}

impl Doctor {
    pub(super) fn run(self) -> Result<(), Failure> {
        let parameters = self.settings.read(Reader::Run, Kind::ALL[0])?;
        let period = ControlConfig::from_parameters(&parameters)?.period;
        let priority = priority(&parameters)?;
        let precisions = Precisions::from_parameters(&parameters)?;
        let mut lines = vec![
            processor::cores(),
            processor::governor(),
            kernels::kernels(precisions.kernel),
            realtime::clock(),
            realtime::fifo(priority),
            realtime::wake(period, priority),
            model(&self.model, precisions),
            surroundings::viewer(),
            surroundings::ros(),
            storage::disk(),
        ];
        lines.retain(|line| !line.found.is_empty());
        let report = Report {
            forerun: env!("CARGO_PKG_VERSION"),
            ready: lines.iter().all(|line| line.verdict != Verdict::Impossible),
            lines,
        };
        if self.json {
            let text = serde_json::to_string_pretty(&report);
            put_line(format_args!(
                "{}",
                text.map_err(|why| Failure::Job(why.to_string()))?
            ));
        } else {
            put(format_args!("{report}"));
        }
        if report.ready {
            return Ok(());
        }
        Err(Failure::Job(
            "the main job can't run here; see what to do above".to_owned(),
        ))
    }
}

/// The package of the main job, loaded for the embedded robot that it fits.
fn model(name_or_folder: &str, precisions: Precisions) -> Line {
    match Lab::in_precision(name_or_folder, precisions) {
        Ok(lab) => {
            let spec = lab.model().spec();
            Line::good(
                "model",
                format!("{} {} ({})", spec.name, spec.version, spec.arithmetic),
            )
        }
        Err(why) => Line::impossible(
            "model",
            why.to_string(),
            "run where models/ is, or name another with --model",
        ),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "forerun {}", self.forerun)?;
        for line in &self.lines {
            let verdict = match line.verdict {
                Verdict::Good => "ok",
                Verdict::Limited => "limited",
                Verdict::Impossible => "FAIL",
            };
            writeln!(f, "  {verdict:8} {:12} {}", line.what, line.found)?;
            if let Some(remedy) = &line.remedy {
                writeln!(f, "  {:8} {:12} -> {remedy}", "", "")?;
            }
        }
        Ok(())
    }
}
