//! `forerun robot`: serve an embedded robot over ROS 2, or photograph a goal.

use std::path::PathBuf;

use clap::Args;

use super::{ArmLab, Failure};
use crate::embedded::{ArmParameters, photograph};

/// Serves an embedded robot over ROS 2 until SIGINT or SIGTERM, or photographs it.
#[derive(Debug, Args)]
pub struct Robot {
    /// Which robot.
    #[arg(default_value = "arm")]
    robot: String,
    /// Joint positions `[rad]` and the picture to write, e.g. `0.4,-1.2 goal.png`; needs no ROS 2.
    #[arg(long, num_args = 2, value_names = ["Q1,Q2", "FILE"], allow_hyphen_values = true)]
    picture: Vec<String>,
    /// Picture size `[px]`; 640x480 if served, 64x64 for a picture.
    #[arg(long)]
    size: Option<String>,
    /// Images a second.
    #[arg(long, default_value_t = 30.0)]
    camera_rate: f64,
    /// Fraction of images that never arrive.
    #[arg(long, default_value_t = 0.01)]
    drops: f64,
    /// Draws light and noise.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Fast DDS profile: auto, none, or a file.
    #[arg(long, default_value = "auto")]
    dds_profile: String,
}

impl Robot {
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

    fn parameters(&self, size: &str) -> Result<ArmParameters, Failure> {
        for (name, value, low, high) in [
            ("--camera-rate", self.camera_rate, 1.0, 200.0),
            ("--drops", self.drops, 0.0, 1.0),
        ] {
            if !(low..=high).contains(&value) {
                return Err(Failure::Usage(format!(
                    "{name}: found {value}, expected {low} to {high}"
                )));
            }
        }
        Ok(ArmParameters {
            image: parse_size(self.size.as_deref().unwrap_or(size))?,
            camera_rate: self.camera_rate,
            drops: self.drops,
            ..ArmParameters::default()
        })
    }

    #[cfg(feature = "ros")]
    fn serve(&self) -> Result<(), Failure> {
        let parameters = self.parameters("640x480")?;
        super::robot_server::serve_arm(parameters, self.seed, &self.dds_profile)
    }

    #[cfg(not(feature = "ros"))]
    fn serve(&self) -> Result<(), Failure> {
        self.parameters("640x480")?;
        Err(Failure::Usage(format!(
            "robot {}: this build has no ROS 2 (dds profile {}); build with `--features ros` where a ROS 2 is \
             sourced, or give --picture",
            self.robot, self.dds_profile
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
        let parameters = self.parameters("64x64")?;
        let picture = photograph(&joints, &parameters, self.seed);
        let file = PathBuf::from(file);
        image::save_buffer(
            &file,
            &picture.data,
            picture.width,
            picture.height,
            image::ColorType::Rgb8,
        )
        .map_err(|why| Failure::Job(format!("{}: can't be written: {why}", file.display())))
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

/// Reads `WIDTHxHEIGHT`.
pub(super) fn parse_size(text: &str) -> Result<[u32; 2], Failure> {
    let size = text
        .split_once('x')
        .and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    size.filter(|size: &[u32; 2]| size.iter().all(|side| (16..=4096).contains(side)))
        .ok_or_else(|| {
            Failure::Usage(format!(
                "--size: found {text:?}, expected WIDTHxHEIGHT, each 16 to 4096"
            ))
        })
}
