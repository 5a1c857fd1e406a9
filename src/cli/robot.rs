//! `forerun robot`: serve an embedded robot over ROS 2, or photograph a goal.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::camera::Camera;
use super::onlookers::writable;
use super::parameters::{Reader, Settings, Which};
use crate::config::Number;
use crate::embedded::{Embodiment, Kind};
#[cfg(feature = "ros")]
use crate::ros::{arguments, ros_parameters};

/// Serves an embedded robot over ROS 2 until SIGINT, SIGTERM or SIGHUP, or photographs it.
#[derive(Debug, Args)]
pub struct Robot {
    #[command(flatten)]
    which: Which,
    /// A pose and the picture to write, e.g. `0.4,-1.2 goal.png` (the arm's joints [rad]) or `1.2,-0.5,0 goal.png`
    /// (the rover's x, y [m], yaw [rad]); needs no ROS 2.
    #[arg(long, num_args = 2, value_names = ["POSE", "FILE"], allow_hyphen_values = true)]
    picture: Vec<String>,
    /// Draws light and noise.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    camera: Camera,
    #[command(flatten)]
    settings: Settings,
}

impl Robot {
    /// True if it is to be a ROS 2 robot, not to be photographed.
    pub(super) fn serves(&self) -> bool {
        self.picture.is_empty()
    }

    /// The node's name, unless told otherwise.
    pub(super) fn node(&self) -> &'static str {
        Reader::Robot.node(self.which.robot)
    }

    pub(super) fn run(self) -> Result<(), Failure> {
        match &self.picture[..] {
            [] => self.serve(),
            [pose, file] => self.photograph(pose, file),
            _ => Err(Failure::Usage(
                "--picture takes a pose and a file".to_owned(),
            )),
        }
    }

    #[cfg(feature = "ros")]
    fn serve(&self) -> Result<(), Failure> {
        let robot = self.which.robot;
        let parameters = self.settings.read(Reader::Robot, robot)?;
        let parameters = self.camera.apply(robot, &parameters)?;
        let parameters = ros_parameters(&arguments(), self.node(), parameters)?;
        super::robot_server::serve(robot, parameters, self.seed)
    }

    #[cfg(not(feature = "ros"))]
    fn serve(&self) -> Result<(), Failure> {
        let robot = self.which.robot;
        let parameters = self.settings.read(Reader::Robot, robot)?;
        self.camera.apply(robot, &parameters)?;
        Err(Failure::Usage(format!(
            "robot {}: this build has no ROS 2; build with `--features ros` where a ROS 2 is sourced, or give \
             --picture",
            robot.name()
        )))
    }

    fn photograph(&self, pose: &str, file: &str) -> Result<(), Failure> {
        let kind = self.which.robot;
        let robot = kind.robot()?;
        let pose = parse_pose(pose, kind)?;
        let limits = robot.space.limits.axes().iter().zip(&robot.space.names);
        for ((limits, name), position) in limits.zip(&pose) {
            if !(limits.lower..=limits.upper).contains(position) {
                return Err(Failure::Usage(format!(
                    "--picture: {name}: found {} rad, expected {} to {}",
                    Number(*position),
                    Number(limits.lower),
                    Number(limits.upper)
                )));
            }
        }
        let parameters = self.settings.read(Reader::Picture, kind)?;
        let parameters = self.camera.apply(kind, &parameters)?;
        let embodiment = Embodiment::from_parameters(kind, &parameters)?;
        if !embodiment.is_free(&pose) {
            return Err(Failure::Usage(format!(
                "--picture: found a {} at {pose:?}, outside {} or in what stands there; expected a place where all of \
                 it is free",
                kind.name(),
                embodiment.layout()
            )));
        }
        let picture = embodiment.photograph(&pose, self.seed);
        let file = PathBuf::from(file);
        writable(&file)?;
        image::save_buffer(
            &file,
            &picture.data,
            picture.width,
            picture.height,
            image::ColorType::Rgb8,
        )
        .map_err(|why| Failure::Usage(format!("{}: can't be written: {why}", file.display())))
    }
}

fn parse_pose(text: &str, robot: Kind) -> Result<Vec<f64>, Failure> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    let expected = robot.pose();
    let numbers = numbers.ok().filter(|numbers| {
        numbers.len() == expected.len() && numbers.iter().all(|number: &f64| number.is_finite())
    });
    numbers.ok_or_else(|| {
        let names: Vec<&str> = expected.iter().map(|part| part.0).collect();
        Failure::Usage(format!(
            "--picture: found {text:?}, expected {} numbers: {}",
            names.len(),
            names.join(",")
        ))
    })
}
