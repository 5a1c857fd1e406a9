//! `forerun eval`: seeded episodes, judged by the truth.

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::parameters::{Reader, Settings};
use super::{ArmLab, Contender, Failure};
use crate::evaluation::{Alteration, Outcome, Proportion, Summary, fast_episode};

/// Runs seeded episodes.
#[derive(Debug, Args)]
pub struct Eval {
    /// Which robot.
    robot: String,
    /// How many episodes.
    #[arg(long, default_value_t = 100)]
    episodes: usize,
    /// Seed of the first episode; the others follow.
    #[arg(long, default_value_t = 9000)]
    seed: u64,
    /// Package name or folder.
    #[arg(long, default_value = "arm")]
    model: String,
    /// Episodes of each floor (random actions, standing still, raw latent distance) beside it.
    #[arg(long, default_value_t = 0)]
    floors: usize,
    /// Print one JSON object on stdout instead of text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    robot: String,
    model: String,
    arithmetic: String,
    clock: &'static str,
    seed: u64,
    #[serde(flatten)]
    summary: Summary,
    floors: Vec<Floor>,
}

#[derive(Serialize)]
struct Floor {
    name: &'static str,
    success: f64,
    n: usize,
    ci95: [f64; 2],
}

impl Eval {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.robot != "arm" {
            return Err(Failure::unknown("robot", &self.robot, &["arm"]));
        }
        let parameters = self.settings.read(Reader::Eval)?;
        let lab = ArmLab::new(&self.model)?.configured(&parameters)?;
        let summary = self.contend(&lab, Contender::Model, self.episodes, "model")?;
        let mut floors = Vec::new();
        for (name, contender) in [
            ("random_actions", Contender::Random),
            ("standing_still", Contender::StandingStill),
            (
                "raw_latent_distance",
                Contender::Altered(Alteration::RawLatent),
            ),
        ] {
            if self.floors > 0 {
                let floor = self.contend(&lab, contender, self.floors, name)?;
                floors.push(Floor {
                    name,
                    success: floor.success,
                    n: floor.n,
                    ci95: floor.ci95,
                });
            }
        }
        let spec = lab.model().spec();
        let report = Report {
            robot: self.robot,
            model: format!("{} {}", spec.name, spec.version),
            arithmetic: spec.arithmetic.clone(),
            clock: "fast",
            seed: self.seed,
            summary,
            floors,
        };
        if self.json {
            let text = serde_json::to_string_pretty(&report)
                .map_err(|why| Failure::Job(why.to_string()))?;
            println!("{text}");
        } else {
            print(&report);
        }
        Ok(())
    }

    fn contend(
        &self,
        lab: &ArmLab,
        contender: Contender,
        episodes: usize,
        name: &str,
    ) -> Result<Summary, Failure> {
        let (mut session, mut task) = lab.fast(contender, self.seed, Vec::new())?;
        let style =
            ProgressStyle::with_template("{prefix:>20} {bar:30} {pos}/{len} {msg} {elapsed}");
        let bar = ProgressBar::new(episodes as u64).with_prefix(name.to_owned());
        if let Ok(style) = style {
            bar.set_style(style);
        }
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(episodes);
        for index in 0..episodes as u64 {
            outcomes.push(fast_episode(&mut session, &mut task, self.seed + index)?);
            let hits = outcomes.iter().filter(|outcome| outcome.success).count();
            bar.set_message(format!("{hits} reached"));
            bar.inc(1);
        }
        bar.finish();
        Ok(Summary::of(&outcomes, session.counts()))
    }
}

fn print(report: &Report) {
    let summary = &report.summary;
    println!(
        "{} on {} ({}), {} clock, seeds from {}",
        report.robot, report.model, report.arithmetic, report.clock, report.seed
    );
    println!("success          {}", summary.proportion());
    if let Some(time) = summary.median_time_s {
        println!("median time      {time:.1} s");
    }
    if let Some(error) = summary.error_q90_m {
        println!("error, 90 %      {:.1} mm", 1000.0 * error);
    }
    println!("model steps/plan {:.1}", summary.model_steps_per_plan);
    println!("false arrivals   {}", summary.false_arrivals);
    println!("missed arrivals  {}", summary.missed_arrivals);
    println!("stops            {}", summary.stops);
    if !summary.failed_seeds.is_empty() {
        println!("failed seeds     {:?}", summary.failed_seeds);
    }
    for floor in &report.floors {
        let hits = (floor.success * floor.n as f64).round() as usize;
        println!("{:<22} {}", floor.name, Proportion { hits, n: floor.n });
    }
}
