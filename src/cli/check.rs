//! `forerun check`: examine a package.

use std::path::Path;

use clap::Args;

use super::Failure;
use crate::evaluation::check::{Frame, Options, examine};
use crate::recording::{Content, Recording, RecordingError};
use crate::robot::{CommandLog, RobotModel};
use crate::sensing::{Message, Synchronizer};
use crate::time::{Span, Stamp};
use crate::world_model::{
    ModelError, ModelSpec, PackageModel, Precision, WorldModel, locate, model_roots,
};

/// A frame is looked at so long after it was taken, when the joint states around it are known.
const SETTLE: Span = Span::from_millis(50);

/// Examines a package.
#[derive(Debug, Args)]
pub struct Check {
    /// Package name or folder.
    package: String,
    /// Print one JSON object on stdout instead of text.
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        let folder = locate(&self.package, &model_roots())?;
        let model = PackageModel::open(&folder, None)?;
        let canonical = PackageModel::open(&folder, Some(Precision::F32))?;
        let recording = model.transitions().ok_or_else(|| {
            Failure::Job(format!(
                "{}: has no [transitions] recording to judge by; train the package anew",
                folder.display()
            ))
        })?;
        let frames = frames(&recording, model.robot(), model.spec())
            .map_err(|why| damaged(&recording, why))?;
        let report = examine(&model, Some(&canonical), frames, &Options::default()).map_err(
            |why| match why.field.as_str() {
                "recording" => ModelError {
                    file: recording.clone(),
                    ..why
                },
                _ => why,
            },
        )?;
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
    }
}

fn is_period(span: Span, period: Span) -> bool {
    (span - period).abs() <= period / 10
}
