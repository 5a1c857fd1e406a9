//! A planar two-link arm on the floor.

use std::sync::Arc;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::plant::{Plant, Scene};
use super::rig::{Rig, rig_records};
use super::scene::{Rgb, Shape, floor};
use super::servo::{PARTS, Servo};
use super::simulation::{EmbeddedTask, Sink, Source, start};
use crate::config::{ConfigError, Parameters, Record};
use crate::robot::{Action, Axes, RobotModel, RobotState};
use crate::runtime::PortError;
use crate::sensing::{JointMessage, Message, RawImage};
use crate::time::Stamp;

/// The embedded arm.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmParameters {
    /// Servos, camera, sensors, light and task.
    pub rig: Rig,
    /// Lengths of the two links `[m]`.
    pub links: [f64; 2],
    /// Standard deviation of measured positions `[rad]`.
    pub position_noise: f64,
    /// Starts and goals lie within this fraction of the joint range.
    pub range: f64,
}

impl Default for ArmParameters {
    fn default() -> Self {
        Self {
            rig: Rig::default(),
            links: [0.25, 0.20],
            position_noise: 0.0005,
            range: 0.95,
        }
    }
}

/// The records behind [`ArmParameters`] that every embedded robot has.
pub const ARM_RIG_PARAMETERS: &[Record] = rig_records!(
    "arm", view: "1 m", sees: "the tip", state: "joint states", moves: "velocity servos", lag: 0.06,
    place: "tip", apart: 0.15 (0.0, 0.6), tolerance: 0.03, still: 0.2 "rad/s", time_limit: 10.0
);

/// The records behind [`ArmParameters`] that only an arm has; the links' lengths are the URDF's.
pub const ARM_PARAMETERS: &[Record] = &[
    Record::double("arm.position_noise", 0.0005, (0.0, 0.5), "rad")
        .about("standard deviation of measured positions")
        .beyond(
            "easier than a real encoder",
            "brakes before limits that are far",
        ),
    Record::double("arm.range", 0.95, (0.05, 1.0), "of the joint range")
        .about("where starts and goals lie")
        .beyond("goals differ little", "goals at the hard stops"),
];

impl ArmParameters {
    /// Reads the `arm.` parameters.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        Ok(Self {
            rig: Rig::from_parameters(parameters, "arm")?,
            position_noise: parameters.double("arm.position_noise")?,
            range: parameters.double("arm.range")?,
            ..Self::default()
        })
    }
}

struct Arm {
    robot: RobotModel,
    names: Arc<[String]>,
    parameters: ArmParameters,
    servo: Servo,
}

/// An embedded arm of the given limits and joint names, at rest at zero, everything random drawn from `seed`: as
/// it is for a recording, or served. An episode ([`Task::reset`](crate::runtime::Task::reset)) of the same seed has
/// other light and noise, and its goal picture another light still, so that what is learned from is never what is
/// judged by.
pub fn arm(
    robot: &RobotModel,
    parameters: ArmParameters,
    seed: u64,
) -> Result<(Source, Sink, EmbeddedTask), PortError> {
    let axes = robot.space.len();
    if axes != 2 || robot.drive.is_some() {
        return Err(PortError(format!(
            "embedded arm: found {axes} axes ({}) in the URDF, expected 2 joints; use urdf/arm.urdf",
            robot.space.names.join(", ")
        )));
    }
    let rig = parameters.rig.clone();
    let scene = ArmScene {
        links: parameters.links,
    };
    let plant = Arm {
        names: robot.space.names.clone().into(),
        servo: Servo::new(robot.space.limits.axes(), &rig),
        robot: robot.clone(),
        parameters,
    };
    Ok(start(Box::new(plant), Arc::new(scene), rig, seed))
}

/// A picture of the arm at `joints` `[rad]` under a light drawn from `seed`: how goal pictures are taken.
pub fn photograph_arm(joints: &[f64], parameters: &ArmParameters, seed: u64) -> RawImage {
    let scene = ArmScene {
        links: parameters.links,
    };
    super::studio::Studio::new(Arc::new(scene), &parameters.rig).portrait(joints, seed)
}

impl Plant for Arm {
    fn now(&self) -> Stamp {
        self.servo.now
    }

    fn step(&mut self) {
        for _ in 0..PARTS {
            self.servo.step();
        }
    }

    fn command(&mut self, stamp: Stamp, action: Action) {
        self.servo.command(stamp, action);
    }

    fn place(&mut self, pose: &Axes, _seed: u64) {
        self.servo.place(*pose);
    }

    fn state(&self) -> RobotState {
        RobotState {
            stamp: self.servo.now,
            position: self.servo.position,
            velocity: self.servo.velocity,
        }
    }

    fn pose(&self, ahead: f64) -> Axes {
        let (position, velocity) = (&self.servo.position, &self.servo.velocity);
        Axes::from_fn(position.len(), |axis| {
            position[axis] + ahead * velocity[axis]
        })
    }

    fn measure(&self, rng: &mut ChaCha8Rng, messages: &mut Vec<Message>) {
        let mut noise = |scale: f64| -> f64 {
            let normal: f64 = StandardNormal.sample(rng);
            normal * scale
        };
        let limits = self.robot.space.limits.axes();
        let (position, velocity) = (&self.servo.position, &self.servo.velocity);
        let parameters = &self.parameters;
        messages.push(Message::Joints(JointMessage {
            stamp: self.servo.now,
            names: self.names.clone(),
            position: position
                .iter()
                .map(|q| q + noise(parameters.position_noise))
                .collect(),
            velocity: velocity
                .iter()
                .zip(limits)
                .map(|(dq, limits)| dq + noise(parameters.rig.velocity_noise * limits.velocity))
                .collect(),
        }));
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> Result<Axes, PortError> {
        let limits = self.robot.space.limits.axes();
        let range = self.parameters.range;
        Ok(Axes::from_fn(limits.len(), |axis| {
            rng.random_range(range * limits[axis].lower..range * limits[axis].upper)
        }))
    }

    fn placed(&self, pose: &Axes) -> [f64; 3] {
        self.robot.tip(pose).into()
    }

    fn speed(&self) -> f64 {
        self.servo.velocity.max_abs()
    }

    fn describe(&self, pose: &Axes) -> String {
        let tip = self.robot.tip(pose);
        format!("tip at ({:+.2}, {:+.2}) m", tip.x, tip.y)
    }
}

/// The arm, its base in the centre, x to the right, y up.
struct ArmScene {
    links: [f64; 2],
}

impl Scene for ArmScene {
    fn field(&self) -> f32 {
        1.0
    }

    fn ground(&self, point: [f32; 2]) -> Rgb {
        floor(point)
    }

    fn shapes(&self, joints: &[f64]) -> Vec<Shape> {
        let links = self.links;
        let value = |axis: usize| joints.get(axis).copied().unwrap_or(0.0);
        let elbow = [links[0] * value(0).cos(), links[0] * value(0).sin()];
        let angle = value(0) + value(1);
        let tip = [
            elbow[0] + links[1] * angle.cos(),
            elbow[1] + links[1] * angle.sin(),
        ];
        let (base, elbow, tip) = ([0.0; 2], elbow.map(|v| v as f32), tip.map(|v| v as f32));
        vec![
            Shape::disc(tip, 0.040, [0.05, 0.65, 0.15]),
            Shape::disc(elbow, 0.030, [0.90, 0.90, 0.95]),
            Shape::disc(base, 0.050, [0.15, 0.15, 0.15]),
            Shape::capsule(elbow, tip, 0.026, [0.95, 0.45, 0.05]),
            Shape::capsule(base, elbow, 0.035, [0.10, 0.25, 0.75]),
        ]
    }
}
