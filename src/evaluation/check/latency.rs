//! How long the seams take, and how many model steps fit a budget.

use std::time::Instant;

use serde::Serialize;

use super::super::quantile;
use super::Options;
use super::report::{Bound, Finding, Report};
use super::study::Study;
use crate::world_model::{ModelError, WorldModel};

/// Candidates a chunk, as the planner passes them.
const CHUNK: usize = 8;
/// Budgets `[ms]`; the planner's default is 20.
const BUDGETS: [u32; 4] = [10, 20, 50, 100];
/// Model steps a plan that the recipe's tables rest on.
const ENOUGH: f64 = 64.0;

/// How long a seam takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// `encode`, `step`, `metric`, `probe`.
    pub seam: &'static str,
    /// Rows a run.
    pub rows: usize,
    /// Median `[us]`.
    pub p50_us: f64,
    /// 99 % quantile `[us]`.
    pub p99_us: f64,
}

/// What fits a budget, on one thread, at the median latency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// Time a plan `[ms]`.
    pub budget_ms: u32,
    /// K, a whole number of chunks.
    pub candidates: usize,
    /// H.
    pub horizon: usize,
}

pub(super) fn examine(
    model: &dyn WorldModel,
    study: &Study,
    options: &Options,
    report: &mut Report,
) -> Result<(), ModelError> {
    let spec = model.spec();
    let time = |seam, rows, run: &mut dyn FnMut() -> Result<(), ModelError>| {
        let mut times = Vec::with_capacity(options.repetitions);
        run()?;
        for _ in 0..options.repetitions.max(1) {
            let start = Instant::now();
            run()?;
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        let at = |q| quantile(&times, q).unwrap_or(f64::NAN);
        Ok::<_, ModelError>(Latency {
            seam,
            rows,
            p50_us: at(0.5),
            p99_us: at(0.99),
        })
    };
    let mut encoder = model.encoder()?;
    let mut latent = vec![0.0; spec.latent_len];
    let encode = time("encode", 1, &mut || {
        encoder.update(&[], &[], &study.sample, &mut latent)
    })?;
    report.latency.push(encode);

    let mut chunk = f64::NAN;
    for rows in [CHUNK, 8 * CHUNK] {
        let first = study.latent(0);
        let latents = first.repeat(rows * spec.context);
        let actions = vec![0.0; rows * spec.context * spec.row_len()];
        let mut next = first.repeat(rows);
        let mut dynamics = model.dynamics()?;
        let step = time("step", rows, &mut || {
            dynamics.step(rows, &latents, &actions, &mut next)
        })?;
        let mut metric = model.metric()?;
        metric.prepare(first)?;
        let mut points = vec![0.0; rows * metric.point_len()];
        let mut distance = vec![0.0; rows];
        let place = time("metric", rows, &mut || {
            metric.place(rows, &next, &mut points)?;
            metric.distance(rows, &points, &mut distance)
        })?;
        if rows == CHUNK {
            chunk = step.p50_us + place.p50_us;
        }
        report.latency.extend([step, place]);
        if let Some(mut probe) = model.probe()? {
            let mut quantities = vec![0.0; rows * spec.quantities.len()];
            let read = time("probe", rows, &mut || {
                probe.evaluate(rows, &next, &mut quantities)
            })?;
            report.latency.push(read);
        }
    }
    let steps = |budget: u32| f64::from(budget) * 1e3 / chunk * CHUNK as f64;
    for budget_ms in BUDGETS {
        let chunks = steps(budget_ms) / (options.horizon.max(1) * CHUNK) as f64;
        report.fits.push(Fit {
            budget_ms,
            candidates: chunks as usize * CHUNK,
            horizon: options.horizon,
        });
    }
    report.findings.push(Finding::new(
        "model steps in 20 ms",
        steps(20),
        Bound::AtLeast(ENOUGH),
        "load the int8 files, train smaller networks, or give the planner a larger budget",
    ));
    Ok(())
}
