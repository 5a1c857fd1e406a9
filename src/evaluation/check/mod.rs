//! The examination of a world model: healthy, fast enough, worth planning with.
//!
//! Takes a model and an iterator of recorded [`Frame`]s, gives a [`Report`] of findings, each with a number,
//! a bound and a remedy.

mod latency;
mod planning;
mod prediction;
mod quantization;
mod report;
mod statistics;
mod study;
mod walls;

use crate::sensing::Observation;
use crate::world_model::{ModelError, WHOLE, WorldModel};

pub use latency::{Fit, Latency};
pub use prediction::Horizon;
pub use quantization::top_overlap;
pub use report::{Bound, Finding, Report};
pub use statistics::{effective_rank, spearman};
pub use walls::{BlockedPair, Push};

use study::Study;

/// One recorded frame, a model period after the one before it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What was seen and measured.
    pub observation: Observation,
    /// The action row `[A*U]` that led here from the frame before; `None` where the recording begins, and
    /// after a hole.
    pub action: Option<Vec<f32>>,
}

/// How thoroughly to look.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most frames that are used.
    pub frames: usize,
    /// Starts of imagined futures.
    pub starts: usize,
    /// Candidates a start, the true one among them.
    pub candidates: usize,
    /// Steps of the plans that the robot's planner makes.
    pub horizon: usize,
    /// Runs a latency.
    pub repetitions: usize,
    /// Seed of every choice.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            frames: 2000,
            starts: 64,
            candidates: 64,
            horizon: 4,
            repetitions: 200,
            seed: 0,
        }
    }
}

/// Examines `model` on `frames`. With `canonical`, the same model in f32, the quantization is judged, too: this
/// part of its gate needs no robot; [`Report::judge_pairs`] adds the other.
///
/// # Errors
/// What the model refuses, and recordings too short to judge by.
pub fn examine(
    model: &dyn WorldModel,
    canonical: Option<&dyn WorldModel>,
    frames: impl IntoIterator<Item = Frame>,
    options: &Options,
) -> Result<Report, ModelError> {
    let frames: Vec<Frame> = frames.into_iter().take(options.frames).collect();
    let mut study = Study::new(model, &frames, options)?;
    let mut report = Report::new(model.spec());
    report.findings.push(study.health());
    if !study.is_finite() {
        return Ok(report);
    }
    if let Some(map) = model.map() {
        report.findings.push(Finding::new(
            "share of the map in one piece",
            map.connected(),
            Bound::AtLeast(WHOLE),
            "no way is known between parts of the map: make it of more driving (models/recipe/map)",
        ));
    }
    latency::examine(model, &study, options, &mut report)?;
    prediction::examine(&mut study, options, &mut report)?;
    planning::examine(&mut study, options, &mut report)?;
    if let Some(canonical) = canonical {
        let mut canonical = Study::new(canonical, &frames, options)?;
        quantization::examine(&mut study, &mut canonical, options, &mut report)?;
    }
    Ok(report)
}
