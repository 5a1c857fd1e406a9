//! `forerun eval --detour`: goals with something in the way.

use std::fmt;

use serde::Serialize;

use super::variant::Variant;
use super::{Contender, Eval, Failure};
use crate::cli::terminal::say;
use crate::evaluation::{Alteration, Summary};

/// Ways to get there.
const WAYS: [(&str, Contender); 3] = [
    (
        "raw latent distance",
        Contender::Altered(Alteration::RawLatent),
    ),
    ("metric", Contender::Model),
    ("subgoals", Contender::Subgoals),
];

/// The whole result.
#[derive(Serialize)]
pub(super) struct Detours {
    robot: String,
    model: String,
    seed: u64,
    detour: f64,
    ways: Vec<Way>,
}

#[derive(Serialize)]
struct Way {
    name: &'static str,
    #[serde(flatten)]
    summary: Summary,
}

impl Eval {
    /// Runs the same seeds with each of the ways, goals being drawn so that theirs is `times` the straight line.
    pub(super) fn detours(&self, judged: &Variant, times: f64) -> Result<(), Failure> {
        let set = [format!("{}.detour={times:?}", self.robot.name())];
        let lab = Variant {
            parameters: judged.parameters.with_overrides("--detour", &set)?,
            ..judged.clone()
        }
        .lab()?;
        if let Some(warning) = lab.elsewhere() {
            say(format_args!("{warning}"));
        }
        let mut ways = Vec::new();
        for (name, contender) in WAYS {
            let run = self.contend(&lab, judged.clock, contender, self.episodes, name)?;
            let summary = run.summary;
            ways.push(Way { name, summary });
        }
        let spec = lab.model().spec();
        self.print(&Detours {
            robot: self.robot.name().to_owned(),
            model: format!("{} {}", spec.name, spec.version),
            seed: self.seed,
            detour: times,
            ways,
        })
    }
}

impl fmt::Display for Detours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} on {}, fast clock, seeds from {}, ways of {} times the straight line or more",
            self.robot, self.model, self.seed, self.detour
        )?;
        for Way { name, summary } in &self.ways {
            let time = summary.median_time_s;
            let time = time.map_or_else(String::new, |time| format!(", median {time:.1} s"));
            write!(
                f,
                "{name:<20} {}{time}, {:.2} contacts an episode, {} stops",
                summary.proportion(),
                summary.contacts_per_episode,
                summary.stops
            )?;
            match summary.refusals {
                0 => writeln!(f)?,
                refusals => writeln!(f, ", {refusals} goals refused")?,
            }
        }
        Ok(())
    }
}
