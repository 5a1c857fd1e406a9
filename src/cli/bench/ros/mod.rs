//! `forerun bench ros`: the node on its topics, beside an rclpy node that subscribes and publishes the same.

mod process;
mod report;

use std::ffi::OsString;
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Args;
use nix::sys::signal::Signal;

use super::machine::cpu;
use crate::cli::Failure;
use crate::cli::parameters::{Reader, Settings, Which};
use crate::cli::signals::Signals;
use crate::embedded::Embodiment;
use crate::ros::{DdsProfile, Remote, apply_profile};
use crate::runtime::Task;
use crate::sensing::Goal;
use process::{Measured, Usage};
use report::{Node, Peer, Report, Said, Used};

/// The rclpy node.
const PEER: &str = include_str!("../../../../examples/rclpy_peer.py");
/// How long everything may take to be active.
const START: Duration = Duration::from_secs(60);
/// After this a new goal is given, reached or not.
const GOAL: Duration = Duration::from_secs(15);
/// Between two samples of processor and memory.
const SAMPLE: Duration = Duration::from_secs(1);
/// What the camera gives.
const CAMERA: (&str, &str) = ("640x480", "30");

/// Measures the node over ROS 2: image to command, processor, memory. Everything runs in a namespace of its own.
#[derive(Debug, Args)]
pub(super) struct Ros {
    #[command(flatten)]
    which: Which,
    /// How long the robot pursues goals `[s]`; a quarter of it, at most a minute, it rests before. An hour: 3600.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(8..=1_000_000))]
    seconds: u64,
    /// Draws goals, light and noise.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    settings: Settings,
    /// Print one JSON object on stdout instead of text.
    #[arg(long)]
    json: bool,
}

/// What runs.
struct Scene {
    robot: Measured,
    node: Measured,
    peer: Measured,
    remote: Remote,
    signals: Signals,
}

impl Ros {
    pub(super) fn run(self) -> Result<(), Failure> {
        let kind = self.which.robot;
        let parameters = self.settings.read(Reader::Node, kind)?;
        let budget = 1000.0 * parameters.double("planner.budget")?;
        let profile = DdsProfile::parse(parameters.text("dds_profile")?);
        // SAFETY: the command line calls this before anything that starts a thread. Children inherit it.
        unsafe { apply_profile(&profile) }?;
        let mut scene = self.start()?;
        let rig = Reader::Robot.defaults(kind)?;
        let embodiment = Embodiment::from_parameters(kind, &rig)?;
        let (_, _, mut task) = embodiment.start(&kind.robot()?, self.seed)?;
        task.reset(self.seed)?;

        let rest = (self.seconds / 4).min(60);
        scene.until_active()?;
        let (mut node, mut peer) = (Vec::new(), Vec::new());
        let (mut goals, mut stops, mut given) = (0, 0, Instant::now());
        for second in 0..=rest + self.seconds {
            if second == rest {
                scene.peer.signal(Signal::SIGUSR1)?;
            }
            scene.wait()?;
            node.push(scene.node.usage()?);
            peer.push(scene.peer.usage()?);
            let state = scene.remote.summary();
            if state.starts_with("Stopped") {
                stops += 1;
                scene.remote.resume()?;
            }
            let due = state.starts_with("Holding")
                || (state.starts_with("Tracking") && given.elapsed() > GOAL);
            if second >= rest && due {
                goals += 1;
                given = Instant::now();
                let episode = task.next_goal(self.seed.wrapping_add(goals))?;
                if let Goal::Image(picture) = &episode.goal {
                    scene.remote.pursue(picture)?;
                }
            }
        }
        let report = Report {
            cpu: cpu(),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            forerun: env!("CARGO_PKG_VERSION"),
            robot: kind.name(),
            camera: format!("{} at {} Hz", CAMERA.0, CAMERA.1),
            seconds: [rest, self.seconds],
            goals,
            stops,
            budget,
            node: Node {
                used: used(&node, rest),
                latency: read("the node", &scene.node.finish()?)?,
            },
            rclpy: Peer {
                used: used(&peer, rest),
                said: read::<Said>("the rclpy node", &scene.peer.finish()?)?,
            },
        };
        scene.robot.finish()?;
        super::print(&report, self.json)
    }

    fn start(&self) -> Result<Scene, Failure> {
        let kind = self.which.robot.name();
        let namespace = format!("/bench_{}", std::process::id());
        let program = std::env::current_exe()
            .map_err(|why| Failure::Job(format!("this program is not found: {why}")))?;
        let told = ["--ros-args", "-r", &format!("__ns:={namespace}")].map(str::to_owned);
        let set = self.settings.set.iter();
        let set = set.flat_map(|set| [OsString::from("--set"), set.into()]);
        let files = self.settings.params_file.iter();
        let files = files.flat_map(|file| [OsString::from("--params-file"), file.into()]);
        let signals = Signals::catch()?;
        let seed = self.seed.to_string();
        let robot = ["robot", kind, "--drops", "0", "--seed", &seed];
        // Its stamps are to be as old as what is measured makes them.
        let prompt = ["camera_latency", "camera_jitter"];
        let prompt = prompt.map(|name| format!("--set={kind}.{name}=0.0"));
        let camera = ["--size", CAMERA.0, "--camera-rate", CAMERA.1];
        Ok(Scene {
            robot: Measured::start(
                "the robot",
                Command::new(&program)
                    .args(robot)
                    .args(camera)
                    .args(prompt)
                    .args(&told),
            )?,
            node: Measured::start(
                "the node",
                Command::new(&program)
                    .args(["node", kind, "--latency"])
                    .args(set.chain(files))
                    .args(&told)
                    .args(["-p", "autostart:=true"]),
            )?,
            peer: Measured::start(
                "the rclpy node",
                Command::new("python3").args(["-c", PEER, kind]).args(&told),
            )?,
            remote: Remote::of(&format!("{namespace}/forerun"), "forerun_bench")?,
            signals,
        })
    }
}

impl Scene {
    fn until_active(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + START;
        while !self.remote.summary().starts_with("Holding") {
            self.wait()?;
            if Instant::now() > deadline {
                return Err(Failure::Job(format!(
                    "the node is not active within {} s, but {:?}; look at `forerun doctor`",
                    START.as_secs(),
                    self.remote.summary()
                )));
            }
        }
        Ok(())
    }

    /// Lets a second pass.
    fn wait(&mut self) -> Result<(), Failure> {
        std::thread::sleep(SAMPLE);
        self.signals.check()?;
        self.robot.check()?;
        self.node.check()?;
        self.peer.check()
    }
}

fn used(samples: &[Usage], rest: u64) -> Used {
    Used::of(samples, usize::try_from(rest).unwrap_or(usize::MAX))
}

fn read<T: serde::de::DeserializeOwned>(who: &str, said: &str) -> Result<T, Failure> {
    serde_json::from_str(said).map_err(|why| {
        Failure::Job(format!(
            "{who} said {said:?}, expected its measurements: {why}"
        ))
    })
}
