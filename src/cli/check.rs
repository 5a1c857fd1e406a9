//! `forerun check`: examine a package.

mod walls;

pub use walls::examine_walls;

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::parameters::{Reader, Settings};
use super::terminal::{put_line, say};
use super::{Contender, Failure, Lab};
use crate::embedded::{Embodiment, Kind};
use crate::evaluation::Paired;
use crate::evaluation::check::{Frame, Options, examine};
use crate::recording::{Content, Recording, RecordingError};
use crate::robot::{Action, ActionSpace, CommandLog, RobotModel};
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
        let recorded = Recorded::read(&recording).map_err(|why| damaged(&recording, why))?;
        let frames = recorded
            .frames(model.robot(), model.spec())
            .map_err(|why| damaged(&recording, why))?;
        let reference = canonical.as_deref().map(|model| model as &dyn WorldModel);
        same_robot(&recording, recorded.description.as_deref(), &model)?;
        let robot = Lab::embedded(&model)?.map(|kind| surroundings(kind, &model));
        let options = match &robot {
            Some((embodiment, _)) => Options {
                horizon: Reader::Eval
                    .defaults(embodiment.kind())?
                    .count("planner.horizon")?,
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
        if let Some((embodiment, true)) = &robot {
            walls::examine_walls(embodiment, model.as_ref(), &mut report)?;
        }
        if let Some(canonical) = canonical.filter(|_| self.episodes > 0) {
            match &robot {
                Some((embodiment, _)) => {
                    report.judge_pairs(drive(embodiment, model, canonical, self.episodes)?);
                }
                None => say(format_args!(
                    "no paired episodes: no embedded robot is like the package's"
                )),
            }
        }
        if self.json {
            let text = serde_json::to_string_pretty(&report);
            put_line(format_args!(
                "{}",
                text.map_err(|why| Failure::Job(why.to_string()))?
            ));
        } else {
            put_line(format_args!("{report}"));
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

/// The robot `kind` where the model was trained, and true; where it is by default, and false, if it is never there.
fn surroundings(kind: Kind, model: &PackageModel) -> (Embodiment, bool) {
    let layout = &model.manifest().model.layout;
    if let Some(embodiment) = kind.in_layout(layout) {
        return (embodiment, true);
    }
    let embodiment = kind.embodiment();
    say(format_args!(
        "the embedded {} is never in {layout}, where the package was trained: what it knows of that place is not \
         examined, and paired episodes, if any, are in {} and say nothing of it",
        kind.name(),
        embodiment.layout()
    ));
    (embodiment, false)
}

/// What the model and its canonical form do on the same seeds.
fn drive(
    embodiment: &Embodiment,
    model: Arc<PackageModel>,
    canonical: Arc<PackageModel>,
    episodes: usize,
) -> Result<Paired, Failure> {
    let contend = |model: Arc<PackageModel>| {
        let mut lab = Lab::with_model(embodiment.kind(), model)?;
        lab.embodiment.clone_from(embodiment);
        let seeds = (SEED..).take(episodes);
        seeds
            .map(|seed| Ok(lab.fast_episode(Contender::Model, seed)?.0))
            .collect::<Result<Vec<_>, Failure>>()
    };
    Ok(Paired::of(&contend(model)?, &contend(canonical)?))
}

/// Refuses a package whose URDF describes another robot than the recording that it is judged by: the manifest holds
/// the limits of axes only, the recording's description those of a body's wheels, too.
fn same_robot(
    recording: &Path,
    description: Option<&str>,
    model: &PackageModel,
) -> Result<(), ModelError> {
    let Some(urdf) = description else {
        return Ok(());
    };
    let recorded = RobotModel::from_urdf(urdf)
        .map_err(|why| damaged(recording, format!("its robot_description: {why}")))?;
    let theirs = described(&recorded.space);
    let other = described(&model.robot().space)
        .into_iter()
        .zip(theirs)
        .find(|(found, expected)| found != expected);
    let Some(((field, found), (_, expected))) = other else {
        return Ok(());
    };
    Err(ModelError::new(
        model.folder().join(&model.manifest().urdf.file),
        field,
        found,
        format!("as in {}: {expected}", recording.display()),
        "put the URDF into the package that the model was trained with, or train anew",
    ))
}

/// What a robot's URDF says of its actions.
fn described(space: &ActionSpace) -> [(&'static str, String); 4] {
    let axes = space.names.iter().zip(&space.units);
    let axes: Vec<String> = axes
        .map(|(name, unit)| format!("{name} [{unit}]"))
        .collect();
    [
        ("action kind", format!("{:?}", space.kind)),
        ("axes", axes.join(", ")),
        ("limits", format!("{:?}", space.limits.axes())),
        ("wheels", format!("{:?}", space.limits.couplings())),
    ]
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

fn told(why: RecordingError) -> String {
    match why {
        RecordingError::Open { why, .. } => why,
        RecordingError::Cut { read, why, .. } => format!("damage after {read} messages: {why}"),
        RecordingError::Message { topic, why, .. } => format!("a bad message on {topic}: {why}"),
        other => other.to_string(),
    }
}

/// What a recording holds that a package is judged by.
#[derive(Default)]
struct Recorded {
    description: Option<String>,
    commands: Vec<(Stamp, Action)>,
    messages: Vec<Message>,
}

impl Recorded {
    fn read(file: &Path) -> Result<Self, String> {
        let recording = Recording::open(file).map_err(told)?;
        let mut recorded = Self::default();
        for entry in recording.entries().map_err(told)? {
            let entry = entry.map_err(told)?;
            match entry.content {
                Content::Command(action) => recorded.commands.push((entry.time, action)),
                Content::Sensor(message) => recorded.messages.push(message),
                Content::Description(urdf) => {
                    recorded.description.get_or_insert(urdf);
                }
            }
        }
        recorded.messages.sort_by_key(due);
        Ok(recorded)
    }

    /// The frames, each with the action row that led to it if the one before is a period away.
    fn frames(&self, robot: &RobotModel, spec: &ModelSpec) -> Result<Vec<Frame>, String> {
        let mut log = CommandLog::new(robot.space.len(), self.commands.len().max(1));
        for (stamp, action) in &self.commands {
            log.push(*stamp, *action);
        }
        let mut synchronizer =
            Synchronizer::new(robot.space.kind, robot.space.names.clone(), spec.image);
        let mut frames: Vec<Frame> = Vec::new();
        for message in &self.messages {
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
