//! `forerun bench encode`: a picture becomes a latent.

use std::fmt;

use clap::Args;
use serde::Serialize;

use super::Common;
use super::machine::Machine;
use super::networks::{Compare, Comparison, Kind};
use super::samples::{Heading, Samples, Stage, timed};
use crate::cli::{Failure, Lab};
use crate::control::Command;
use crate::embedded::{Explorer, ExplorerParameters};
use crate::robot::Axes;
use crate::runtime::{CommandSink, SensorSource};
use crate::sensing::{Message, Observation, RawImage, convert};
use crate::time::{Span, Stamp};
use crate::world_model::{ModelError, Precision, WorldModel};

/// Picture sizes that are converted `[px]`.
const SIZES: [[u32; 2]; 2] = [[64, 64], [640, 480]];
/// Different pictures of a size.
const PICTURES: usize = 60;
/// Runs before the first one that counts.
const WARM: usize = 20;
const TICK: Span = Span::from_millis(5);

/// Measures picture to latent on real camera pictures of the embedded arm.
#[derive(Debug, Args)]
pub(super) struct Encode {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    compare: Compare,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    budget_ms: f64,
    pictures: usize,
    stages: Vec<Stage>,
    #[serde(flatten)]
    comparison: Comparison,
}

impl Encode {
    pub(super) fn run(self) -> Result<(), Failure> {
        let common = &self.common;
        let lab = Lab::new(&common.model)?;
        let canonical = Lab::in_precision(&common.model, Some(Precision::F32))?;
        let budget = lab.config.planner.budget;
        let machine = Machine::pinned(lab.model().spec());
        let mut stages = Vec::new();
        let mut models = vec![lab.model().as_ref()];
        if lab.model().spec().arithmetic != canonical.model().spec().arithmetic {
            models.push(canonical.model().as_ref());
        }
        for size in SIZES {
            let pictures = pictures(&lab, size, common.seed)?;
            let [width, height] = size;
            let mut conversions = Samples::default();
            let mut encodings: Vec<Samples> = models.iter().map(|_| Samples::default()).collect();
            for (model, samples) in models.iter().zip(&mut encodings) {
                let all = encode(*model, &pictures, common.repetitions as usize)?;
                for (conversion, encoding) in all {
                    conversions.add(conversion);
                    samples.add(encoding);
                }
            }
            stages.push(conversions.stage(format!("convert {width}x{height}"), budget));
            // The encoder sees the same number of pixels whatever the camera's size.
            for (model, samples) in models.iter().zip(&encodings).filter(|_| size == SIZES[0]) {
                let name = format!("encode, {}", model.spec().arithmetic);
                stages.push(samples.stage(name, budget));
            }
        }
        let report = Report {
            machine,
            budget_ms: budget.millis(),
            pictures: PICTURES,
            stages,
            comparison: self.compare.run(Kind::Encode)?,
        };
        super::print(&report, common.json)
    }
}

/// Times of conversion and encoder, `repetitions` of each.
fn encode(
    model: &dyn WorldModel,
    pictures: &[RawImage],
    repetitions: usize,
) -> Result<Vec<(std::time::Duration, std::time::Duration)>, Failure> {
    let spec = model.spec();
    let Some(image) = spec.image else {
        return Err(Failure::Package(ModelError::new(
            &spec.name,
            "image",
            "none",
            "a model with a camera",
            "measure a model that sees",
        )));
    };
    let mut encoder = model.encoder()?;
    let mut observation = Observation {
        velocity: Axes::zeros(spec.axes_len()),
        ..Observation::default()
    };
    let mut latent = vec![0.0; spec.latent_len];
    let mut times = Vec::with_capacity(repetitions);
    for (index, picture) in pictures.iter().cycle().take(WARM + repetitions).enumerate() {
        observation.stamp += spec.period;
        let (converted, conversion) = timed(|| convert(picture, &image, &mut observation.image));
        converted.map_err(|why| Failure::Job(why.to_string()))?;
        let (encoded, encoding) = timed(|| encoder.update(&[], &[], &observation, &mut latent));
        encoded?;
        if index >= WARM {
            times.push((conversion, encoding));
        }
    }
    Ok(times)
}

/// Pictures that the embedded robot's camera takes while it explores.
fn pictures(lab: &Lab, size: [u32; 2], seed: u64) -> Result<Vec<RawImage>, Failure> {
    let mut embodiment = lab.embodiment.clone();
    embodiment.rig_mut().image = size;
    let (mut source, mut sink, task) = embodiment.start(&lab.robot, seed)?;
    let limits = lab.robot.space.limits.clone();
    let mut explorer = Explorer::new(ExplorerParameters::default(), limits, seed);
    let mut pictures = Vec::new();
    let mut messages = Vec::new();
    let mut now = Stamp::ZERO;
    while pictures.len() < PICTURES {
        source.poll(now, &mut messages)?;
        for message in messages.drain(..) {
            if let Message::Image(picture) = message {
                pictures.push(picture);
            }
        }
        let command = Command {
            stamp: now,
            action: explorer.step(&task.state().position, TICK.secs()),
            ..Command::default()
        };
        sink.send(&command)?;
        now += TICK;
    }
    Ok(pictures)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.machine)?;
        write!(f, "{}", Heading(Span::from_secs(self.budget_ms * 1e-3)))?;
        self.stages
            .iter()
            .try_for_each(|stage| write!(f, "{stage}"))?;
        write!(f, "\n{}", self.comparison)
    }
}
