//! `forerun check`: examine a package.

mod walls;

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::parameters::{Reader, Settings};
use super::{Contender, Failure, Lab};
use crate::embedded::Kind;
use crate::evaluation::Paired;
use crate::evaluation::check::{Frame, Options, examine};
use crate::recording::{Content, Recording, RecordingError};
use crate::robot::{CommandLog, RobotModel};
use crate::sensing::{Message, Synchronizer};
use crate::time::{Span, Stamp};
use crate::world_model::{
    ModelError, ModelSpec, PackageModel, Precision, Precisions, WorldModel, locate, model_roots,
};

/// A frame is looked at so long after it was taken, when the joint states around it are known.
const SETTLE: Span = Span::from_millis(50);
/// Seed of the first paired episode; the others follow. None that a table of the README rests on.
const SEED: u64 = 30_000;
/// Enough to see a model that has lost its way, in ten seconds.
const PAIRED_EPISODES: usize = 24;

/// Examines a package.
#[derive(Debug, Args)]
pub struct Check {
    /// Package name or folder.
    package: String,
    /// Print one JSON object on stdout instead of text.
    #[arg(long)]
    json: bool,
    /// Paired episodes of the quantization gate, where an embedded robot is like the package's.
    #[arg(long, default_value_t = PAIRED_EPISODES)]
    episodes: usize,
    #[command(flatten)]
    settings: Settings,
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        let folder = locate(&self.package, &model_roots())?;
        let precisions =
            Precisions::from_parameters(&self.settings.read(Reader::Check, Kind::ALL[0])?)?;
        let model = Arc::new(PackageModel::open(&folder, precisions)?);
        let canonical = match model.is_quantized() {
            true => Some(Arc::new(PackageModel::open(&folder, Precision::F32)?)),
            false => None,
        };
        let recording = model.transitions().ok_or_else(|| {
            Failure::Job(format!(
                "{}: has no [transitions] recording to judge by; train the package anew",
                folder.display()
            ))
        })?;
        let frames = frames(&recording, model.robot(), model.spec())
            .map_err(|why| damaged(&recording, why))?;
        let reference = canonical.as_deref().map(|model| model as &dyn WorldModel);
        let kind = Lab::embedded(&model)?;
        let options = match kind {
            Some(kind) => Options {
                horizon: Reader::Eval.defaults(kind)?.count("planner.horizon")?,
                ..Options::default()
            },
            None => Options::default(),
        };
        let examined = examine(model.as_ref(), reference, frames, &options);
        let mut report = examined.map_err(|why| match why.field.as_str() {
            "recording" => ModelError {
                file: recording.clone(),
                ..why
            },
            _ => why,
        })?;
        if let Some(kind) = kind {
            walls::examine(kind, &model, &mut report)?;
        }
        if let Some(canonical) = canonical.filter(|_| self.episodes > 0) {
            match drive(model, canonical, self.episodes)? {
                Some(pairs) => report.judge_pairs(pairs),
                None => eprintln!("no paired episodes: no embedded robot is like the package's"),
            }
        }
        if self.json {
            let text = serde_json::to_string_pretty(&report);
            println!("{}", text.map_err(|why| Failure::Job(why.to_string()))?);
        } else {
            println!("{report}");
        }
        if report.pass() {
            Ok(())
        } else {
            Err(Failure::Job(
                "the package does not keep every bound; see the remedies above".to_owned(),
            ))
        }
    }
}

/// What the model and its canonical form do on the same seeds, if an embedded robot is one that they can drive.
fn drive(
    model: Arc<PackageModel>,
    canonical: Arc<PackageModel>,
    episodes: usize,
) -> Result<Option<Paired>, Failure> {
    let Some(kind) = Lab::embedded(&model)? else {
        return Ok(None);
    };
    let contend = |model: Arc<PackageModel>| {
        let lab = Lab::with_model(kind, model)?;
        let seeds = (SEED..).take(episodes);
        seeds
            .map(|seed| Ok(lab.fast_episode(Contender::Model, seed)?.0))
            .collect::<Result<Vec<_>, Failure>>()
    };
    Ok(Some(Paired::of(&contend(model)?, &contend(canonical)?)))
}

/// The recording is a part of the package: if it can't be read, the package is refused.
fn damaged(file: &Path, why: String) -> ModelError {
    ModelError::new(
        file,
        "recording",
        why,
        "a whole recording of the robot trained on",
        "copy the package again, or train it anew",
    )
}

/// The frames of a recording, each with the action row that led to it if the one before is a period away.
fn frames(file: &Path, robot: &RobotModel, spec: &ModelSpec) -> Result<Vec<Frame>, String> {
    let told = |why: RecordingError| match why {
        RecordingError::Open { why, .. } => why,
        RecordingError::Cut { read, why, .. } => format!("damage after {read} messages: {why}"),
        RecordingError::Message { topic, why, .. } => format!("a bad message on {topic}: {why}"),
        other => other.to_string(),
    };
    let recording = Recording::open(file).map_err(told)?;
    let mut commands = Vec::new();
    let mut messages = Vec::new();
    for entry in recording.entries().map_err(told)? {
        let entry = entry.map_err(told)?;
        match entry.content {
            Content::Command(action) => commands.push((entry.time, action)),
            Content::Sensor(message) => messages.push((due(&message), message)),
            _ => {}
        }
    }
    messages.sort_by_key(|message| message.0);
    let mut log = CommandLog::new(robot.space.len(), commands.len().max(1));
    for (stamp, action) in commands {
        log.push(stamp, action);
    }
    let mut synchronizer = Synchronizer::new(robot.space.names.clone(), spec.image);
    let mut frames: Vec<Frame> = Vec::new();
    for (_, message) in &messages {
        let seen = synchronizer.absorb(message);
        let Some(observation) = seen.map_err(|why| why.to_string())? else {
            continue;
        };
        let before = frames.last().map(|frame| frame.observation.stamp);
        let action = before
            .filter(|before| is_period(observation.stamp - *before, spec.period))
            .map(|before| {
                let mut row = vec![0.0; spec.row_len()];
                log.action_row(before, observation.stamp, spec.action_block, &mut row);
                row
            });
        frames.push(Frame {
            observation,
            action,
        });
    }
    Ok(frames)
}

fn due(message: &Message) -> Stamp {
    match message {
        Message::Image(image) => image.stamp + SETTLE,
        Message::Joints(joints) => joints.stamp,
        Message::Odometry(odometry) => odometry.stamp,
        Message::Imu(imu) => imu.stamp,
    }
}

fn is_period(span: Span, period: Span) -> bool {
    (span - period).abs() <= period / 10
}
