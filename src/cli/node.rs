//! `forerun node`: the line behind ROS 2 topics, on a robot that meets it only there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::latency::Stopwatch;
use super::onlookers::{viewer, viewer_program};
use super::parameters::{Reader, Settings, Which};
use super::tape::{Tape, Taping};
use super::terminal::put_line;
use super::{Failure, Lab};
use crate::config::Record;
use crate::embedded::Kind;
use crate::robot::{ActionKind, RobotModel};
use crate::ros::{
    DdsProfile, Joints, NodeOptions, NodeTopics, Ports, RosNode, Session, apply_profile, arguments,
    node_name, stop_on_signals,
};
use crate::runtime::{Commanding, Form, Observer, SensorSource, Surroundings, WallSession};
use crate::time::{Clock, ExternalClock, Span, WallClock};
use crate::world_model::{Contract, ModelError, PackageModel, Precisions, locate, model_roots};

/// Runs the ROS 2 node until SIGINT, SIGTERM or SIGHUP: `image` and `joint_states` in, `command` out, or, where commands are
/// body twists, `image` and `odom` in, `cmd_vel` out; goals and services under `~/`.
#[derive(Debug, Args)]
pub struct Node {
    #[command(flatten)]
    which: Which,
    /// Package name or folder; without it that of the embedded robot's name.
    #[arg(long)]
    model: Option<String>,
    /// URDF of the robot; without it the embedded robot's.
    #[arg(long)]
    urdf: Option<PathBuf>,
    /// Show in a Rerun viewer what the node imagines and decides, from *configure* on.
    #[arg(long)]
    viewer: bool,
    /// Record what comes in, what is commanded and what is thought, from *configure* to *cleanup*, into this file
    /// (`.mcap`); where it is there already, into FILE-2.mcap beside it, and so on.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// At the end, print how long images took to become commands [ms], as JSON on stdout.
    #[arg(long)]
    latency: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Node {
    /// The node's name, unless told otherwise.
    pub(super) fn name(&self) -> &'static str {
        Reader::Node.node(self.which.robot)
    }

    pub(super) fn run(self) -> Result<(), Failure> {
        let kind = self.which.robot;
        let node = self.name();
        let robot = match &self.urdf {
            Some(file) => RobotModel::load(file)?,
            None => kind.robot()?,
        };
        let folder = self.package(&robot)?;
        let arguments = arguments();
        let full = node_name(&arguments, node);
        let told = |topics: &[Record]| {
            let parameters = Reader::Node.defaults(kind)?.and(topics)?;
            self.settings.read_over(parameters, Reader::Node, kind)
        };
        let (topics, parameters) = NodeTopics::read(&arguments, node, &robot.space, told)?;
        let precisions = Precisions::from_parameters(&parameters)?;
        precisions.check_kernel().map_err(Failure::Usage)?;
        let profile = DdsProfile::parse(parameters.text("dds_profile")?);
        // SAFETY: the command line calls this before anything that starts a thread.
        unsafe { apply_profile(&profile) }?;
        let program = self.viewer.then(viewer_program).transpose()?;
        let tape = self.record.as_deref().map(|file| Tape::new(file, &full));
        let tape = tape.transpose()?;
        let stop = stop_on_signals()?;
        let told = parameters.boolean("use_sim_time")?.then(|| {
            let patience = parameters.double("stale_clock").map(Span::from_secs);
            patience.map(|patience| Arc::new(ExternalClock::new(patience)))
        });
        let told = told.transpose()?;
        let clock: Arc<dyn Clock> = match &told {
            Some(told) => told.clone(),
            None => Arc::new(WallClock::new()),
        };
        let options = NodeOptions {
            name: node.to_owned(),
            robot: robot.name.clone(),
            space: robot.space.clone(),
            joints: Joints {
                axes: robot.space.names.clone(),
                mimics: robot.mimics.clone(),
            },
            parameters,
            frame: match robot.space.kind {
                ActionKind::BodyTwist => "map".to_owned(),
                ActionKind::JointVelocity | ActionKind::JointPosition => robot.root().to_owned(),
            },
            topics,
            told,
            listening: tape.as_ref().map(Tape::listening),
        };
        let by = clock.clone();
        let stopwatch = self.latency.then(Stopwatch::default);
        let onlookers = (program, stopwatch.clone(), tape);
        let configure = move |ports| {
            let session = session(kind, &robot, &folder, &onlookers, by.clone(), ports)?;
            Ok(session)
        };
        if let Some(node) = RosNode::start(options, clock, Box::new(configure), &stop)? {
            node.serve(&stop)?;
        }
        if let Some(stopwatch) = stopwatch {
            let report = serde_json::to_string(&stopwatch.report());
            put_line(format_args!(
                "{}",
                report.map_err(|why| Failure::Job(why.to_string()))?
            ));
        }
        Ok(())
    }

    /// The package that *configure* loads, here and for this robot as far as its manifest and URDF say: the command line
    /// is wrong otherwise.
    fn package(&self, robot: &RobotModel) -> Result<PathBuf, Failure> {
        let named = self.model.as_deref().unwrap_or(self.which.robot.name());
        let looked = || {
            let folder = locate(named, &model_roots())?;
            Contract::open(&folder)?.fits(&robot.space)?;
            Ok(folder)
        };
        looked().map_err(|why: ModelError| Failure::Usage(format!("--model {named}: {why}")))
    }
}

/// What *configure* makes: the package in `folder`, loaded and warm, and the line around it, with a viewer, a
/// stopwatch and a recording if they are wanted.
fn session(
    kind: Kind,
    robot: &RobotModel,
    folder: &Path,
    (program, stopwatch, tape): &(Option<PathBuf>, Option<Stopwatch>, Option<Tape>),
    clock: Arc<dyn Clock>,
    ports: Ports,
) -> Result<Box<dyn Session>, Failure> {
    let compressed = ports.parameters.text("image_transport")? == "compressed";
    let commanding = Commanding::from_parameters(&ports.parameters)?;
    let precisions = Precisions::from_parameters(&ports.parameters)?;
    let model = PackageModel::open(folder, precisions)?;
    model.fits(&robot.space)?;
    let layout = model.manifest().model.layout.clone();
    let lab = Lab::with_model(kind, Arc::new(model))?
        .of(robot.clone())
        .configured(&ports.parameters)?
        .trained_in(layout);
    if let Some(warning) = lab.elsewhere() {
        tracing::warn!("{warning}. A robot of your own may be elsewhere: a node can't see where");
    }
    let imagination = ports.imagination.every(lab.model().spec().period);
    let mut observers: Vec<Box<dyn Observer>> =
        vec![Box::new(ports.observer), Box::new(imagination)];
    if let Some(program) = program {
        observers.push(viewer(program, &lab)?);
    }
    let mut sink = ports.sink;
    if let Some(stopwatch) = stopwatch {
        observers.push(Box::new(stopwatch.ear()));
        sink = Box::new(stopwatch.tap(sink, clock.clone()));
    }
    let mut source: Box<dyn SensorSource> = Box::new(ports.source);
    let taping = tape.as_ref().and_then(|tape| tape.begin(&lab, &clock));
    if let Some(taping) = &taping {
        observers.push(taping.recorder.observer());
        (source, sink) = taping.tap((source, sink), compressed, ports.incumbent.is_some());
    }
    let surroundings = Surroundings {
        clock,
        second_commander: ports.second_commander,
        incumbent: ports.incumbent,
    };
    let parts = lab.line(lab.model().clone(), None, source, sink, observers);
    let session = parts.and_then(|mut parts| {
        if commanding.form == Form::Trajectory && !commanding.shadow {
            parts.controller = parts.controller.with_trajectories();
        }
        let started = WallSession::start_in(surroundings, parts, lab.wall_config());
        started.map_err(Failure::from)
    });
    match (session, taping) {
        (Ok(session), Some(taping)) => Ok(taping.with(session)),
        (Ok(session), None) => Ok(Box::new(session)),
        (Err(why), taping) => {
            taping.into_iter().for_each(Taping::abandon);
            Err(why)
        }
    }
}
