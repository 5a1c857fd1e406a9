//! Does the model foresee what happened, and does it listen to the action?

use serde::Serialize;

use super::Options;
use super::report::{Bound, Finding, Report};
use super::statistics::{effective_rank, median};
use super::study::Study;
use crate::world_model::ModelError;

/// Steps ahead that are judged, as far as the recording goes.
const HORIZONS: [usize; 4] = [1, 2, 4, 8];

/// How well the model foresees, so many steps ahead.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Horizon {
    /// Model steps ahead.
    pub steps: usize,
    /// Median distance of the imagined to the real [model steps].
    pub error: f64,
    /// The same if nothing moved: what a model must beat.
    pub copy: f64,
}

pub(super) fn examine(
    study: &mut Study,
    options: &Options,
    report: &mut Report,
) -> Result<(), ModelError> {
    let rank = effective_rank(&study.latents, study.spec.latent_len);
    report.findings.push(Finding::new(
        "effective rank of the latent",
        rank,
        Bound::AtLeast(study.spec.axes_len() as f64),
        "the latent has collapsed: more covariance weight, or more varied data",
    ));
    horizons(study, options, report)?;
    actions(study, options, report)
}

fn horizons(study: &mut Study, options: &Options, report: &mut Report) -> Result<(), ModelError> {
    for steps in HORIZONS {
        let starts = study.moving_starts(steps, options.starts)?;
        if starts.is_empty() {
            continue;
        }
        let plans: Vec<Vec<f32>> = starts
            .iter()
            .map(|start| study.true_plan(*start, steps))
            .collect();
        let imagined = study.imagine(&starts, &plans)?;
        let points = |at: &dyn Fn(usize) -> usize| -> Vec<f32> {
            let points = starts.iter().map(|start| study.point(at(*start)));
            points.flatten().copied().collect()
        };
        let real = points(&|start| start + steps);
        let still = points(&|start| start);
        let last = imagined.last().map_or(&[][..], Vec::as_slice);
        report.horizons.push(Horizon {
            steps,
            error: median(&study.distances(last, &real)?),
            copy: median(&study.distances(&still, &real)?),
        });
    }
    let mut ratios: Vec<f64> = report.horizons.iter().map(|h| h.error / h.copy).collect();
    if ratios.is_empty() {
        ratios.push(f64::NAN);
    }
    report.findings.push(Finding::new(
        "worst error against standing still",
        ratios.into_iter().fold(0.0, |worst: f64, ratio| {
            if ratio.is_nan() {
                f64::INFINITY
            } else {
                worst.max(ratio)
            }
        }),
        Bound::AtMost(0.8),
        "the dynamics foresee too little: train longer, on longer roll-outs",
    ));
    Ok(())
}

/// Ranks the true action among others of the recording by how near its imagined result is to the real one.
fn actions(study: &mut Study, options: &Options, report: &mut Report) -> Result<(), ModelError> {
    let candidates = options.candidates.max(2);
    let mut ranks = Vec::new();
    let mut effects = Vec::new();
    let mut errors = Vec::new();
    for start in study.moving_starts(1, options.starts)? {
        let mut plans = vec![study.true_plan(start, 1)];
        while plans.len() < candidates {
            plans.push(study.any_action());
        }
        let imagined = study.imagine(&vec![start; candidates], &plans)?;
        let Some(points) = imagined.first() else {
            continue;
        };
        let real = study.point(start + 1).repeat(candidates);
        let errors_here = study.distances(points, &real)?;
        let mine = errors_here[0];
        // Candidates of the same action tie; half of them count as better.
        let better = errors_here[1..]
            .iter()
            .filter(|error| **error < mine)
            .count() as f64;
        let equal = errors_here[1..]
            .iter()
            .filter(|error| **error == mine)
            .count() as f64;
        ranks.push((better + 0.5 * equal) / (candidates - 1) as f64);
        errors.push(mine);
        let same = points[..study.metric.point_len()].repeat(candidates);
        effects.push(median(&study.distances(points, &same)?));
    }
    report.findings.push(Finding::new(
        "rank of the true action (0 best)",
        ranks.iter().sum::<f64>() / ranks.len().max(1) as f64,
        Bound::AtMost(0.25),
        "the model hardly listens to the action: check delay and action rows of the recording",
    ));
    report.findings.push(Finding::new(
        "effect of the action over error",
        median(&effects) / median(&errors).max(1e-6),
        Bound::AtLeast(1.0),
        "one step's noise hides the action: a longer period, or a better encoder",
    ));
    Ok(())
}
