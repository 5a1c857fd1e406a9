//! Does the cost that a planner would see lead to the goal?

use super::Options;
use super::report::{Bound, Finding, Report};
use super::statistics::{median, spearman};
use super::study::Study;
use crate::world_model::ModelError;

/// Goals are what was really reached after so many horizons.
const AHEAD: usize = 2;

pub(super) fn examine(
    study: &mut Study,
    options: &Options,
    report: &mut Report,
) -> Result<(), ModelError> {
    reach(study, options, report)?;
    let mut spreads = Vec::new();
    for (start, plans) in plans(
        study,
        options,
        options.starts.div_ceil(4),
        options.candidates,
    ) {
        let costs = costs(study, options, start, &plans)?;
        let best = costs.iter().copied().fold(f64::INFINITY, f64::min);
        spreads.push((median(&costs) - best) / study.spec.reached);
    }
    report.findings.push(Finding::new(
        "spread of candidate costs / reached",
        median(&spreads),
        Bound::AtLeast(1.0),
        "all candidates look alike: a longer horizon, or a metric trained on farther pairs",
    ));
    Ok(())
}

/// Rank correlation of the metric with the steps that it took to get there.
fn reach(study: &mut Study, options: &Options, report: &mut Report) -> Result<(), ModelError> {
    let (mut distances, mut times) = (Vec::new(), Vec::new());
    let ahead = ahead(options);
    for start in study.starts(ahead, options.starts) {
        let goal = study.point(start).repeat(ahead);
        let later: Vec<f32> = (1..=ahead)
            .flat_map(|step| study.point(start + step).to_vec())
            .collect();
        distances.extend(study.distances(&later, &goal)?);
        times.extend((1..=ahead).map(|step| step as f64));
    }
    report.findings.push(Finding::new(
        "rank correlation of metric and time",
        spearman(&distances, &times),
        Bound::AtLeast(0.3),
        "the metric doesn't grow with the way to go: train the metric again, on far pairs, too",
    ));
    Ok(())
}

fn ahead(options: &Options) -> usize {
    AHEAD * options.horizon.max(1)
}

/// At most `starts` starts with `candidates` random plans each, made of rows of the recording.
pub(super) fn plans(
    study: &mut Study,
    options: &Options,
    starts: usize,
    candidates: usize,
) -> Vec<(usize, Vec<Vec<f32>>)> {
    let starts = study.starts(ahead(options), starts);
    let mut all = Vec::new();
    for start in starts {
        let mut plan = || -> Vec<f32> {
            (0..options.horizon.max(1))
                .flat_map(|_| study.any_action())
                .collect()
        };
        let plans = (0..candidates.max(2)).map(|_| plan()).collect();
        all.push((start, plans));
    }
    all
}

/// Mean distance of each plan from `start` to what was really reached later [model steps].
pub(super) fn costs(
    study: &mut Study,
    options: &Options,
    start: usize,
    plans: &[Vec<f32>],
) -> Result<Vec<f64>, ModelError> {
    let imagined = study.imagine(&vec![start; plans.len()], plans)?;
    let goal = study.point(start + ahead(options)).repeat(plans.len());
    let mut costs = vec![0.0; plans.len()];
    for points in &imagined {
        for (cost, distance) in costs.iter_mut().zip(study.distances(points, &goal)?) {
            *cost += distance / imagined.len() as f64;
        }
    }
    Ok(costs)
}
