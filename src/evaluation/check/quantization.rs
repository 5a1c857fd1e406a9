//! The quantization gate: does the quantized model choose what the canonical one would?
//!
//! A small error of a latent says little: a planner only compares candidates. So both models judge the same
//! candidates, each with its own encoder, dynamics and metric, and what counts is whether they agree in the
//! order, in the best, and in what a wrong choice costs.

use super::super::Paired;
use super::Options;
use super::planning::{costs, plans};
use super::report::{Bound, Finding, Report};
use super::statistics::{median, spearman};
use super::study::Study;
use crate::time::Span;
use crate::world_model::ModelError;

/// The share of the candidates that counts as elite.
const ELITE: f64 = 0.1;
const REMEDY: &str = "run this graph in f32 (precision in the manifest, or model.*_precision), or quantize it better";

pub(super) fn examine(
    quantized: &mut Study,
    canonical: &mut Study,
    options: &Options,
    report: &mut Report,
) -> Result<(), ModelError> {
    let (mut correlations, mut overlaps, mut regrets) = (Vec::new(), Vec::new(), Vec::new());
    for (start, plans) in plans(
        quantized,
        options,
        options.starts.div_ceil(2),
        2 * options.candidates,
    ) {
        let found = costs(quantized, options, start, &plans)?;
        let reference = costs(canonical, options, start, &plans)?;
        correlations.push(spearman(&found, &reference));
        overlaps.push(top_overlap(&found, &reference, ELITE));
        let best = |costs: &[f64]| {
            order(costs)
                .first()
                .map_or(f64::NAN, |best| reference[*best])
        };
        regrets.push(best(&found) - best(&reference));
    }
    report.quantization.extend([
        Finding::new(
            "rank correlation of int8 and f32 costs",
            median(&correlations),
            Bound::AtLeast(0.99),
            REMEDY,
        ),
        Finding::new(
            "share of the f32 elite in int8's",
            mean(&overlaps),
            Bound::AtLeast(0.9),
            REMEDY,
        ),
        Finding::new(
            "regret of int8 choices [model steps]",
            mean(&regrets),
            Bound::AtMost(0.02),
            REMEDY,
        ),
        Finding::new(
            "int8 shift of a frame / reached",
            shift(quantized, canonical)? / canonical.spec.reached,
            Bound::AtMost(0.5),
            REMEDY,
        ),
    ]);
    Ok(())
}

/// How far, in the canonical metric, the quantized encoder puts a frame from where the canonical one does
/// [model steps], for 95 % of the frames.
fn shift(quantized: &Study, canonical: &mut Study) -> Result<f64, ModelError> {
    let rows = canonical.len();
    let mut points = vec![0.0; rows * canonical.metric.point_len()];
    canonical
        .metric
        .place(rows, &quantized.latents, &mut points)?;
    let own = canonical.points.clone();
    let shifts = canonical.distances(&points, &own)?;
    Ok(super::super::quantile(&shifts, 0.95).unwrap_or(f64::NAN))
}

/// What the pairs of episodes say: how many more the quantized model failed, and how much longer it took where both
/// arrived, in periods of the model: the least that the median can be by its 95 % interval, as a robot whose times
/// vary by many periods would else be refused by chance; nothing about it for fewer than six such seeds. A model that
/// chooses worse still arrives, but later.
pub(super) fn paired(pairs: &Paired, period: Span) -> impl Iterator<Item = Finding> {
    let lost = Finding::new(
        "net episodes lost to int8",
        pairs.more_failures as f64,
        Bound::AtMost(1.0),
        REMEDY,
    );
    let least = pairs.median_time_difference_ci95_s.map(|[low, _]| low);
    let delay = least.map(|slower| {
        Finding::new(
            "delay of arrival by int8, at least [periods]",
            slower / period.secs(),
            Bound::AtMost(1.0),
            REMEDY,
        )
    });
    [lost].into_iter().chain(delay)
}

/// The share of the lowest `share` of `reference` that is among as many lowest of `found`, 0 to 1. Not-a-number for
/// samples of different length or without numbers.
pub fn top_overlap(found: &[f64], reference: &[f64], share: f64) -> f64 {
    if found.len() != reference.len() || found.is_empty() {
        return f64::NAN;
    }
    let count = (share * found.len() as f64).round().max(1.0) as usize;
    let (found, reference) = (order(found), order(reference));
    let top = &found[..count.min(found.len())];
    let same = reference.iter().take(top.len());
    same.filter(|index| top.contains(index)).count() as f64 / top.len() as f64
}

/// Indices by rising cost; not-a-number is the highest.
fn order(costs: &[f64]) -> Vec<usize> {
    let cost = |index: usize| match costs[index] {
        cost if cost.is_nan() => f64::INFINITY,
        cost => cost,
    };
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by(|a, b| cost(*a).total_cmp(&cost(*b)));
    order
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
