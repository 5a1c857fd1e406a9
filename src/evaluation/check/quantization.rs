//! Does the quantized model choose what the canonical one would?

use super::Options;
use super::planning::{costs, plans};
use super::report::{Bound, Finding, Report};
use super::statistics::{median, spearman};
use super::study::Study;
use crate::world_model::{ModelError, WorldModel};

pub(super) fn examine(
    study: &mut Study,
    canonical: &dyn WorldModel,
    options: &Options,
    report: &mut Report,
) -> Result<(), ModelError> {
    let mut exact = study.with_seams_of(canonical)?;
    let (mut correlations, mut regrets) = (Vec::new(), Vec::new());
    for (start, plans) in plans(study, options) {
        let quantized = costs(study, start, &plans)?;
        let reference = costs(&mut exact, start, &plans)?;
        correlations.push(spearman(&quantized, &reference));
        let best = |costs: &[f64]| {
            let order = costs.iter().enumerate();
            order
                .min_by(|a, b| a.1.total_cmp(b.1))
                .map_or(0, |(index, _)| index)
        };
        regrets.push(reference[best(&quantized)] - reference[best(&reference)]);
    }
    report.findings.push(Finding::new(
        "rank correlation of int8 and f32 costs",
        median(&correlations),
        Bound::AtLeast(0.98),
        "ship this graph in f32, or train with quantized weights",
    ));
    report.findings.push(Finding::new(
        "regret of int8 choices [model steps]",
        regrets.iter().sum::<f64>() / regrets.len().max(1) as f64,
        Bound::AtMost(0.1),
        "ship this graph in f32, or train with quantized weights",
    ));
    Ok(())
}
