//! `forerun robot`: photograph a goal.

use std::path::PathBuf;

use clap::Args;

use super::{ArmLab, Failure};
use crate::embedded::{ArmParameters, photograph};

/// Photographs an embedded robot.
#[derive(Debug, Args)]
pub struct Robot {
    /// Which robot.
    #[arg(default_value = "arm")]
    robot: String,
    /// Joint positions [rad] and the picture to write, e.g. `0.4,-1.2 goal.png`.
    #[arg(long, num_args = 2, value_names = ["Q1,Q2", "FILE"], required = true, allow_hyphen_values = true)]
    picture: Vec<String>,
    /// Picture size [px].
    #[arg(long, default_value = "64x64")]
    size: String,
    /// Draws light and noise.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Robot {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.robot != "arm" {
            return Err(Failure::unknown("robot", &self.robot, &["arm"]));
        }
        let [joints, file] = &self.picture[..] else {
            return Err(Failure::Usage(
                "--picture takes joint positions and a file".to_owned(),
            ));
        };
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
        let parameters = ArmParameters {
            image: parse_size(&self.size)?,
            ..ArmParameters::default()
        };
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
