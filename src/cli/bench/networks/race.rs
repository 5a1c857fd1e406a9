//! Interleaved windows: what disturbs one contender disturbs its neighbours, and the least is compared.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cli::Failure;
use crate::evaluation::quantile;

/// How long is measured.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Pace {
    /// A window `[us]`.
    pub window_us: u64,
    /// Windows a contender, at most.
    pub rounds: usize,
    /// After this long no round begins.
    pub longest: Duration,
}

/// Rounds that there are however long they take.
const LEAST_ROUNDS: usize = 5;

/// Windows that a run may take before it is measured alone.
const LONG_RUN: u128 = 20;
/// Runs after which the last-level cache has taken in the weights that other contenders drove out: a robot runs one
/// network again and again.
const WARM: usize = 4;

/// The times of one contender `[us]` a run.
#[derive(Clone, Copy, Debug, Serialize)]
pub(in super::super) struct Times {
    pub min_us: f64,
    pub median_us: f64,
    pub windows: usize,
}

/// Measures window after window: in each round every contender once. `window` takes a contender's index and
/// gives microseconds a run.
///
/// # Errors
/// The first of `window`.
pub(in super::super) fn race(
    contenders: usize,
    pace: Pace,
    mut window: impl FnMut(usize) -> Result<f64, Failure>,
) -> Result<Vec<Times>, Failure> {
    let mut samples = vec![Vec::with_capacity(pace.rounds); contenders];
    let began = Instant::now();
    for round in 0..pace.rounds.max(1) {
        if round >= LEAST_ROUNDS && began.elapsed() > pace.longest {
            break;
        }
        for (contender, samples) in samples.iter_mut().enumerate() {
            samples.push(window(contender)?);
        }
    }
    let times = samples.iter().map(|samples| Times {
        min_us: quantile(samples, 0.0).unwrap_or(f64::NAN),
        median_us: quantile(samples, 0.5).unwrap_or(f64::NAN),
        windows: samples.len(),
    });
    Ok(times.collect())
}

/// Microseconds a run over a window of `window_us`, after [`WARM`] runs that don't count unless the first is so long
/// that cold caches don't matter.
///
/// # Errors
/// The first of `run`.
pub(in super::super) fn timed(
    window_us: u64,
    mut run: impl FnMut() -> Result<(), Failure>,
) -> Result<f64, Failure> {
    let begun = Instant::now();
    run()?;
    let first = begun.elapsed().as_nanos().max(1);
    if first > u128::from(window_us) * 1000 * LONG_RUN {
        return Ok(first as f64 * 1e-3);
    }
    for _ in 1..WARM {
        run()?;
    }
    let runs = (u128::from(window_us) * 1000 / first).clamp(1, 1_000_000);
    let begun = Instant::now();
    for _ in 0..runs {
        run()?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / runs as f64)
}
