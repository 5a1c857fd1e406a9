//! What `forerun eval` prints, as text and as JSON.

use std::fmt;

use serde::Serialize;

use super::variant::ClockKind;
use super::{Eval, Lab};
use crate::evaluation::{Paired, Proportion, Refused, Summary};

/// The whole result.
#[derive(Serialize)]
pub(super) struct Report {
    robot: String,
    model: String,
    arithmetic: String,
    clock: ClockKind,
    seed: u64,
    #[serde(flatten)]
    summary: Summary,
    paired: Vec<Comparison>,
    floors: Vec<Floor>,
}

/// Another contender on the same seeds.
#[derive(Serialize)]
pub(super) struct Comparison {
    against: String,
    model: String,
    arithmetic: String,
    #[serde(flatten)]
    pairs: Paired,
    summary: Summary,
}

/// A floor's success.
#[derive(Serialize)]
pub(super) struct Floor {
    name: &'static str,
    success: f64,
    n: usize,
    ci95: [f64; 2],
    #[serde(skip)]
    proportion: Proportion,
}

impl Report {
    pub(super) fn new(
        eval: &Eval,
        lab: &Lab,
        summary: Summary,
        paired: Vec<Comparison>,
        floors: Vec<Floor>,
    ) -> Self {
        Self {
            robot: eval.robot.name().to_owned(),
            model: name(lab),
            arithmetic: lab.model().spec().arithmetic.clone(),
            clock: eval.clock,
            seed: eval.seed,
            summary,
            paired,
            floors,
        }
    }
}

impl Comparison {
    pub(super) fn new(against: &str, lab: &Lab, summary: Summary, pairs: Paired) -> Self {
        Self {
            against: against.to_owned(),
            model: name(lab),
            arithmetic: lab.model().spec().arithmetic.clone(),
            pairs,
            summary,
        }
    }
}

impl Floor {
    pub(super) fn new(name: &'static str, summary: &Summary) -> Self {
        Self {
            name,
            success: summary.success,
            n: summary.n,
            ci95: summary.ci95,
            proportion: summary.proportion(),
        }
    }
}

fn name(lab: &Lab) -> String {
    let spec = lab.model().spec();
    format!("{} {}", spec.name, spec.version)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = match self.clock {
            ClockKind::Fast => "fast",
            ClockKind::Wall => "wall",
        };
        writeln!(
            f,
            "{} on {} ({}), {clock} clock, seeds from {}",
            self.robot, self.model, self.arithmetic, self.seed
        )?;
        show(f, &self.summary)?;
        for comparison in &self.paired {
            write!(f, "{comparison}")?;
        }
        for floor in &self.floors {
            writeln!(f, "{:<20} {}", floor.name, floor.proportion)?;
        }
        Ok(())
    }
}

fn show(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    writeln!(f, "success              {}", summary.proportion())?;
    if let (Some(median), Some(q90)) = (summary.median_time_s, summary.time_q90_s) {
        writeln!(
            f,
            "time to goal         median {median:.1} s, 90 % {q90:.1} s"
        )?;
    }
    if let Some(error) = summary.error_q90_m {
        writeln!(f, "error at the end     90 % {:.1} mm", 1000.0 * error)?;
    }
    writeln!(
        f,
        "arrivals             {} false, {} missed",
        summary.false_arrivals, summary.missed_arrivals
    )?;
    writeln!(
        f,
        "contacts             {:.2} an episode",
        summary.contacts_per_episode
    )?;
    writeln!(f, "stops                {}", summary.stops)?;
    for stopped in &summary.stopped_seeds {
        writeln!(
            f,
            "                     seed {}: {}",
            stopped.seed, stopped.cause
        )?;
    }
    if summary.refusals > 0 {
        writeln!(f, "goals refused        {}", summary.refusals)?;
    }
    for Refused { seed, reason } in &summary.refused_seeds {
        writeln!(f, "                     seed {seed}: {reason}")?;
    }
    let plan = &summary.plan;
    writeln!(
        f,
        "plans                {} of {:.1} model steps, {} late",
        plan.n, summary.model_steps_per_plan, plan.late
    )?;
    if let (Some(p50), Some(p99), Some(max)) = (plan.p50_ms, plan.p99_ms, plan.max_ms) {
        writeln!(
            f,
            "plan time            median {p50:.2} ms, 99 % {p99:.2} ms, longest {max:.2} ms of {:.0} ms",
            plan.budget_ms
        )?;
    }
    if let Some(ticks) = &summary.ticks {
        writeln!(
            f,
            "command ticks        {} late of {}, largest gap {:.1} ms",
            ticks.late, ticks.n, ticks.max_gap_ms
        )?;
    }
    if !summary.failed_seeds.is_empty() {
        writeln!(f, "failed seeds         {:?}", summary.failed_seeds)?;
    }
    Ok(())
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = &self.pairs;
        writeln!(
            f,
            "against {} ({} {}): {}",
            self.against,
            self.model,
            self.arithmetic,
            self.summary.proportion()
        )?;
        writeln!(
            f,
            "  failures           {} against {}: {:+}",
            pairs.failures, pairs.failures_against, pairs.more_failures
        )?;
        let [low, high] = pairs.difference_ci95;
        writeln!(
            f,
            "  success            {:+.1} % [{:+.1}, {:+.1}], McNemar p = {:.2} (n = {} pairs)",
            100.0 * pairs.difference,
            100.0 * low,
            100.0 * high,
            pairs.mcnemar_p,
            pairs.n
        )?;
        if let Some(slower) = pairs.median_time_difference_s {
            write!(f, "  time to goal       median {slower:+.2} s")?;
            if let Some([low, high]) = pairs.median_time_difference_ci95_s {
                write!(f, " [{low:+.2}, {high:+.2}]")?;
            }
            writeln!(f)?;
        }
        if !pairs.lost_seeds.is_empty() || !pairs.won_seeds.is_empty() {
            writeln!(
                f,
                "  seeds              lost {:?}, won {:?}",
                pairs.lost_seeds, pairs.won_seeds
            )?;
        }
        Ok(())
    }
}
