//! `forerun eval`: seeded episodes, judged by the truth.

mod detour;
mod report;
mod variant;

use std::collections::BTreeSet;
use std::fmt::Display;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::parameters::{Reader, Settings, robot_named};
use super::terminal::{put_line, say};
use super::{Contender, Failure, Lab};
use crate::embedded::Kind;
use crate::evaluation::{Alteration, Effort, Outcome, Paired, Summary};
use report::{Comparison, Floor, Report};
use variant::{ClockKind, Variant};

/// The floors: what a success rate must be compared with.
const FLOORS: [(&str, Contender); 3] = [
    ("random_actions", Contender::Random),
    ("standing_still", Contender::StandingStill),
    (
        "raw_latent_distance",
        Contender::Altered(Alteration::RawLatent),
    ),
];

/// Runs seeded episodes.
#[derive(Debug, Args)]
pub struct Eval {
    /// Which robot: arm or rover.
    #[arg(value_parser = robot_named)]
    robot: Kind,
    /// How many episodes.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    episodes: u64,
    /// Seed of the first episode; the others follow.
    #[arg(long, default_value_t = 9000)]
    seed: u64,
    /// Simulated time, as fast as the machine goes, or real time on threads; the latter is paired with the former.
    #[arg(long, value_enum, default_value_t = ClockKind::Fast)]
    clock: ClockKind,
    /// Package name or folder; without it the robot's own.
    #[arg(long)]
    model: Option<String>,
    /// Run the same seeds with one thing changed, and compare pairs: clock=fast, precision=f32 (every graph's),
    /// model=NAME, or a parameter, planner.candidates=16. Repeatable.
    #[arg(long, value_name = "WHAT=VALUE")]
    against: Vec<String>,
    /// Episodes of each floor (random actions, standing still, raw latent distance) beside it.
    #[arg(long, default_value_t = 0)]
    floors: u64,
    /// Goals behind walls and boxes instead: their shortest way is so many times the straight line or more. Raw
    /// latent distance, the metric, and the metric along a list of subgoals, on the same seeds.
    #[arg(long, value_name = "TIMES", conflicts_with_all = ["against", "floors", "clock"])]
    detour: Option<f64>,
    /// Print one JSON object on stdout instead of text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// What one contender did.
struct Run {
    outcomes: Vec<Outcome>,
    summary: Summary,
}

impl Eval {
    pub(super) fn run(self) -> Result<(), Failure> {
        let own = || self.robot.name().to_owned();
        let judged = Variant {
            robot: self.robot,
            clock: self.clock,
            model: self.model.clone().unwrap_or_else(own),
            parameters: self.settings.read(Reader::Eval, self.robot)?,
        };
        if let Some(times) = self.detour {
            return self.detours(&judged, times);
        }
        let others = self.others(&judged)?;
        let lab = judged.lab()?;
        // A package that is refused is known before the first episode.
        let others: Vec<(Variant, String, Lab)> = others
            .into_iter()
            .map(|(variant, text)| {
                let lab = variant.lab()?;
                Ok((variant, text, lab))
            })
            .collect::<Result<_, Failure>>()?;
        let labs = std::iter::once(&lab).chain(others.iter().map(|(_, _, lab)| lab));
        let warnings: BTreeSet<String> = labs.filter_map(Lab::elsewhere).collect();
        for warning in warnings {
            say(format_args!("{warning}"));
        }

        let run = self.contend(&lab, judged.clock, Contender::Model, self.episodes, "model")?;
        let mut paired = Vec::new();
        for (variant, text, lab) in &others {
            let other = self.contend(lab, variant.clock, Contender::Model, self.episodes, text)?;
            let pairs = Paired::of(&run.outcomes, &other.outcomes);
            paired.push(Comparison::new(text, lab, other.summary, pairs));
        }
        let mut floors = Vec::new();
        for (name, contender) in FLOORS.into_iter().filter(|_| self.floors > 0) {
            let floor = self.contend(&lab, judged.clock, contender, self.floors, name)?;
            floors.push(Floor::new(name, &floor.summary));
        }
        self.print(&Report::new(&self, &lab, run.summary, paired, floors))
    }

    fn print<R: Serialize + Display>(&self, report: &R) -> Result<(), Failure> {
        if self.json {
            let text = serde_json::to_string_pretty(report);
            put_line(format_args!(
                "{}",
                text.map_err(|why| Failure::Job(why.to_string()))?
            ));
        } else {
            put_line(format_args!("{report}"));
        }
        Ok(())
    }

    /// What is compared with the judged one, and how it was asked for.
    fn others(&self, judged: &Variant) -> Result<Vec<(Variant, String)>, Failure> {
        let mut asked = self.against.clone();
        let fast = "clock=fast";
        if judged.clock == ClockKind::Wall && !asked.iter().any(|text| text == fast) {
            asked.insert(0, fast.to_owned());
        }
        let vary = |text: String| Ok((judged.but(&text)?, text));
        asked.into_iter().map(vary).collect()
    }

    fn contend(
        &self,
        lab: &Lab,
        clock: ClockKind,
        contender: Contender,
        episodes: u64,
        name: &str,
    ) -> Result<Run, Failure> {
        let style =
            ProgressStyle::with_template("{prefix:>20} {bar:30} {pos}/{len} {msg} {elapsed}");
        let bar = ProgressBar::new(episodes).with_prefix(name.to_owned());
        if let Ok(style) = style {
            bar.set_style(style);
        }
        let mut outcomes: Vec<Outcome> = Vec::new();
        let mut effort = Effort::default();
        for index in 0..episodes {
            let seed = self.seed.wrapping_add(index);
            let (outcome, took) = match clock {
                ClockKind::Fast => lab.fast_episode(contender, seed)?,
                ClockKind::Wall => lab.wall_episode(contender, seed)?,
            };
            outcomes.push(outcome);
            effort.add(took);
            let hits = outcomes.iter().filter(|outcome| outcome.success).count();
            bar.set_message(format!("{hits} reached"));
            bar.inc(1);
        }
        bar.finish();
        let summary = Summary::of(&outcomes, &effort, lab.config.planner.budget);
        Ok(Run { outcomes, summary })
    }
}
