//! `forerun robot`: serve an embedded robot over ROS 2, or photograph a goal.

use std::path::PathBuf;

use clap::Args;

use super::onlookers::writable;
use super::parameters::{Camera, Reader, Settings};
use super::{ArmLab, Failure};
use crate::embedded::{ArmParameters, photograph};
#[cfg(feature = "ros")]
use crate::ros::{arguments, ros_parameters};

/// Serves an embedded robot over ROS 2 until SIGINT or SIGTERM, or photographs it.
#[derive(Debug, Args)]
pub struct Robot {
    /// Which robot.
    #[arg(default_value = "arm")]
    robot: String,
    /// Joint positions `[rad]` and the picture to write, e.g. `0.4,-1.2 goal.png`; needs no ROS 2.
    #[arg(long, num_args = 2, value_names = ["Q1,Q2", "FILE"], allow_hyphen_values = true)]
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

    pub(super) fn run(self) -> Result<(), Failure> {
        if self.robot != "arm" {
            return Err(Failure::unknown("robot", &self.robot, &["arm"]));
        }
        match &self.picture[..] {
            [] => self.serve(),
            [joints, file] => self.photograph(joints, file),
            _ => Err(Failure::Usage(
                "--picture takes joint positions and a file".to_owned(),
            )),
        }
    }

    #[cfg(feature = "ros")]
    fn serve(&self) -> Result<(), Failure> {
        let parameters = self.camera.apply(&self.settings.read(Reader::Robot)?)?;
        let node = Reader::Robot.node();
        let parameters = ros_parameters(&arguments(), node, parameters)?;
        super::robot_server::serve_arm(parameters, self.seed)
    }

    #[cfg(not(feature = "ros"))]
    fn serve(&self) -> Result<(), Failure> {
        let parameters = self.settings.read(Reader::Robot)?;
        self.camera.apply(&parameters)?;
        Err(Failure::Usage(format!(
            "robot {}: this build has no ROS 2; build with `--features ros` where a ROS 2 is sourced, or give \
             --picture",
            self.robot
        )))
    }

    fn photograph(&self, joints: &str, file: &str) -> Result<(), Failure> {
        let robot = ArmLab::urdf()?;
        let joints = parse_joints(joints, &robot.space.names)?;
        for ((name, limits), position) in robot
            .space
            .names
            .iter()
            .zip(robot.space.limits.axes())
            .zip(&joints)
        {
            if !(limits.lower..=limits.upper).contains(position) {
                return Err(Failure::Usage(format!(
                    "--picture: {name}: found {position} rad, expected {} to {}",
                    limits.lower, limits.upper
                )));
            }
        }
        let parameters = self.settings.read(Reader::Picture)?;
        let parameters = ArmParameters::from_parameters(&self.camera.apply(&parameters)?)?;
        let picture = photograph(&joints, &parameters, self.seed);
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

fn parse_joints(text: &str, names: &[String]) -> Result<Vec<f64>, Failure> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    numbers
        .ok()
        .filter(|numbers| numbers.len() == names.len())
        .ok_or_else(|| {
            Failure::Usage(format!(
                "--picture: found {text:?}, expected {} numbers: {}",
                names.len(),
                names.join(",")
            ))
        })
}
