//! `forerun collect`: record an embedded robot that explores.

use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use super::camera::Camera;
use super::onlookers::writable;
use super::parameters::{Reader, Settings, Which};
use super::signals::Signals;
use super::terminal::put_line;
use crate::config::Number;
use crate::control::{Command, Source};
use crate::embedded::{Embodiment, Explorer, ExplorerParameters};
use crate::recording::{Header, Writer};
use crate::robot::Axes;
use crate::runtime::{CommandSink, SensorSource};
use crate::sensing::Message;
use crate::time::{Span, Stamp};

/// Commands a second: every 5 ms.
const TICK: Span = Span::from_millis(5);

/// Records an embedded robot that explores, for the recipe.
#[derive(Debug, Args)]
pub struct Collect {
    #[command(flatten)]
    which: Which,
    /// How long, in simulated time `[s]`.
    #[arg(long, default_value_t = 4000.0)]
    seconds: f64,
    /// The recording to write; without it target/ROBOT.mcap.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Draws motion, light and noise.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    camera: Camera,
    #[command(flatten)]
    settings: Settings,
}

impl Collect {
    pub(super) fn run(self) -> Result<(), Failure> {
        let robot = self.which.robot;
        within("--seconds", self.seconds, 0.1, 1e6)?;
        let parameters = self.settings.read(Reader::Collect, robot)?;
        let parameters = self.camera.apply(robot, &parameters)?;
        let embodiment = Embodiment::from_parameters(robot, &parameters)?;
        let explorer = ExplorerParameters::from_parameters(&parameters)?;
        let own = || PathBuf::from(format!("target/{}.mcap", robot.name()));
        let out = self.out.unwrap_or_else(own);
        writable(&out)?;
        let unfinished = unfinished(&out);
        writable(&unfinished)?;
        let bar = progress((self.seconds * 10.0) as u64);
        let signals = Signals::catch()?;
        let seconds = self.seconds;
        let recorded = record(
            &unfinished,
            (&embodiment, explorer),
            seconds,
            self.seed,
            |done| {
                bar.set_position(done);
                signals.check()
            },
        );
        bar.finish_and_clear();
        let summary = recorded.and_then(|summary| {
            std::fs::rename(&unfinished, &out).map_err(|why| {
                Failure::Job(format!("{}: can't be written: {why}", out.display()))
            })?;
            Ok(summary)
        });
        let summary = summary.inspect_err(|_| {
            // It says `.part` if it can't be removed either.
            std::fs::remove_file(&unfinished).ok();
        })?;
        put_line(format_args!(
            "{}: {:.0} s, {} frames, {} measured states, {} commands; {}",
            out.display(),
            self.seconds,
            summary.frames,
            summary.states,
            summary.commands,
            embodiment.layout()
        ));
        Ok(())
    }
}

/// A recording bears its name when it is whole.
fn unfinished(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// What was recorded, in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Summary {
    frames: u64,
    states: u64,
    commands: u64,
}

/// One continuous recording; `progress` is told every tenth of a simulated second, and may end it.
fn record(
    file: &Path,
    (embodiment, explorer): (&Embodiment, ExplorerParameters),
    seconds: f64,
    seed: u64,
    progress: impl Fn(u64) -> Result<(), Failure>,
) -> Result<Summary, Failure> {
    let robot = embodiment.kind().robot()?;
    let (mut source, mut sink, _task) = embodiment.start(&robot, seed)?;
    let limits = robot.space.limits.clone();
    let mut explorer = Explorer::new(explorer, limits, seed);
    let mut writer = Writer::create(file, &Header::new(&robot, &embodiment.layout(), seed))
        .map_err(|why| Failure::Usage(why.to_string()))?;
    writer.description(Stamp::ZERO, &robot.urdf)?;
    let mut position = Axes::zeros(robot.space.len());
    let mut messages = Vec::new();
    let mut summary = Summary::default();
    let ticks = Span::from_secs(seconds).nanos() / TICK.nanos();
    for tick in 0..ticks {
        let now = Stamp::ZERO + TICK * tick;
        source.poll(now, &mut messages)?;
        for message in messages.drain(..) {
            writer.sensor(now, &message)?;
            match message {
                Message::Joints(joints) => {
                    position = Axes::from_slice(&joints.position).unwrap_or(position);
                    summary.states += 1;
                }
                Message::Odometry(_) => summary.states += 1,
                Message::Image(_) => summary.frames += 1,
                Message::Imu(_) => {}
            }
        }
        let action = explorer.step(&position, TICK.secs());
        let command = Command {
            stamp: now,
            action,
            wanted: action,
            source: Source::Plan,
            ..Command::default()
        };
        sink.send(&command)?;
        writer.command(now, &action)?;
        summary.commands += 1;
        if tick % 20 == 0 {
            progress(tick as u64 / 20)?;
        }
    }
    writer.finish()?;
    Ok(summary)
}

fn progress(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("collect {bar:40} {percent} % {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn within(option: &str, value: f64, low: f64, high: f64) -> Result<(), Failure> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(Failure::Usage(format!(
            "{option}: found {}, expected {low} to {high}",
            Number(value)
        )))
    }
}
