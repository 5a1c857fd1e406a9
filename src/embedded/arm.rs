//! The embedded arm as sensor source, command sink and task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::ArmParameters;
use super::camera::Camera;
use super::light::Lighting;
use super::picture::Painter;
use super::scene::arm_shapes;
use super::servo::{STEP, Servo};
use crate::control::Command;
use crate::robot::{Axes, RobotModel};
use crate::runtime::{CommandSink, Episode, PortError, SensorSource, Task, Truth};
use crate::sensing::{Goal, JointMessage, Message, RawImage};
use crate::time::{Span, Stamp};

/// Keeps the random numbers of goals, photographs, episodes and recordings apart: no two of these domains share
/// a light, a pose or a frame's noise for any seeds that are less than 2^56 apart ([`mix`]).
const GOAL: u64 = 1;
const GOAL_LIGHT: u64 = 2;
const START: u64 = 3;
const LIGHT: u64 = 4;
const NOISE: u64 = 5;
const RECORDED_LIGHT: u64 = 6;
const RECORDED_NOISE: u64 = 7;
/// Goals drawn before giving up.
const DRAWS: usize = 1000;

struct Arm {
    robot: RobotModel,
    names: Arc<[String]>,
    parameters: ArmParameters,
    seed: u64,
    servo: Servo,
    camera: Camera,
    lighting: Lighting,
    joint_period: Span,
    joints_due: Stamp,
    samples: u64,
    goal: Axes,
}

/// The sensors' half.
pub struct ArmSource(Arc<Mutex<Arm>>);
/// The actuators' half.
pub struct ArmSink(Arc<Mutex<Arm>>);
/// The examiner's half.
pub struct ArmTask(Arc<Mutex<Arm>>);

/// An embedded arm of the given limits and joint names, at rest at zero, everything random drawn from `seed`: as
/// it is for a recording, or served. An episode ([`Task::reset`]) of the same seed has other light and noise, and
/// its goal picture another light still, so that what is learned from is never what is judged by.
pub fn arm(
    robot: &RobotModel,
    parameters: ArmParameters,
    seed: u64,
) -> Result<(ArmSource, ArmSink, ArmTask), PortError> {
    let axes = robot.space.len();
    if axes != 2 {
        return Err(PortError(format!(
            "embedded arm: found {axes} joints in the URDF, expected 2; use urdf/arm.urdf"
        )));
    }
    let arm = Arm {
        names: robot.space.names.clone().into(),
        servo: Servo::new(robot.space.limits.axes(), &parameters),
        camera: Camera::new(&parameters),
        lighting: Lighting::new(mix(seed, RECORDED_LIGHT), &parameters),
        joint_period: Span::from_secs(1.0 / parameters.joint_rate.clamp(1.0, 1000.0)),
        joints_due: Stamp::ZERO,
        samples: 0,
        goal: Axes::zeros(axes),
        robot: robot.clone(),
        parameters,
        seed: mix(seed, RECORDED_NOISE),
    };
    let shared = Arc::new(Mutex::new(arm));
    Ok((
        ArmSource(shared.clone()),
        ArmSink(shared.clone()),
        ArmTask(shared),
    ))
}

/// A picture of the arm at `joints` `[rad]` under a light drawn from `seed`: how goal pictures are taken.
pub fn photograph(joints: &[f64], parameters: &ArmParameters, seed: u64) -> RawImage {
    let light = Lighting::new(mix(seed, GOAL_LIGHT), parameters).at(Stamp::ZERO);
    let shapes = arm_shapes(parameters.links, joints);
    let noise = parameters.pixel_noise as f32;
    Painter::new(parameters.image).paint(&shapes, light, noise, mix(seed, GOAL_LIGHT), Stamp::ZERO)
}

impl Arm {
    /// Integrates up to `now` on the fixed grid, taking frames and joint states where they are due.
    fn advance(&mut self, now: Stamp, messages: &mut Vec<Message>) {
        while self.servo.now + STEP <= now {
            if self.servo.now >= self.joints_due {
                messages.push(Message::Joints(self.measure()));
            }
            if self.camera.due < self.servo.now + STEP {
                let ahead = (self.camera.due - self.servo.now).secs();
                let (position, velocity) = (&self.servo.position, &self.servo.velocity);
                let joints = Axes::from_fn(position.len(), |axis| {
                    position[axis] + ahead * velocity[axis]
                });
                self.camera.capture(&joints, &self.lighting, self.seed);
            }
            self.servo.step();
        }
        while let Some((_, image)) = self.camera.arrived(now) {
            messages.push(Message::Image(image));
        }
    }

    fn measure(&mut self) -> JointMessage {
        let stamp = self.servo.now;
        self.joints_due += self.joint_period;
        self.samples += 1;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 0x6a6f_696e);
        rng.set_stream(self.samples);
        let mut noise = |scale: f64| -> f64 {
            let normal: f64 = StandardNormal.sample(&mut rng);
            normal * scale
        };
        let limits = self.robot.space.limits.axes();
        let (position, velocity) = (&self.servo.position, &self.servo.velocity);
        JointMessage {
            stamp,
            names: self.names.clone(),
            position: position
                .iter()
                .map(|q| q + noise(self.parameters.position_noise))
                .collect(),
            velocity: velocity
                .iter()
                .zip(limits)
                .map(|(dq, limits)| dq + noise(self.parameters.velocity_noise * limits.velocity))
                .collect(),
        }
    }

    fn draw_pose(&self, rng: &mut ChaCha8Rng) -> Axes {
        let limits = self.robot.space.limits.axes();
        let range = self.parameters.range;
        Axes::from_fn(limits.len(), |axis| {
            rng.random_range(range * limits[axis].lower..range * limits[axis].upper)
        })
    }

    /// A goal at least `apart` from where the tip is.
    fn draw_goal(&mut self, seed: u64) -> Result<Episode, PortError> {
        let mut rng = ChaCha8Rng::seed_from_u64(mix(seed, GOAL));
        let here = self.robot.tip(&self.servo.position);
        for _ in 0..DRAWS {
            let goal = self.draw_pose(&mut rng);
            let tip = self.robot.tip(&goal);
            if (tip - here).norm() >= self.parameters.apart {
                self.goal = goal;
                return Ok(Episode {
                    goal: Goal::Image(photograph(&goal, &self.parameters, seed)),
                    description: format!("tip at ({:+.2}, {:+.2}) m", tip.x, tip.y),
                });
            }
        }
        Err(PortError(format!(
            "embedded arm: none of {DRAWS} goals lies {} m away from the tip; lower arm.apart or raise arm.range",
            self.parameters.apart
        )))
    }

    fn truth(&self) -> Truth {
        let error = (self.robot.tip(&self.servo.position) - self.robot.tip(&self.goal)).norm();
        let still = self.servo.velocity.max_abs() < self.parameters.still;
        Truth {
            error,
            at_goal: error < self.parameters.tolerance && still,
            contacts: 0,
        }
    }
}

impl ArmTask {
    /// True joint positions `[rad]` and velocities `[rad/s]` as last integrated, with their stamp.
    pub fn joints(&self) -> (Stamp, Axes, Axes) {
        let arm = lock(&self.0);
        (arm.servo.now, arm.servo.position, arm.servo.velocity)
    }

    /// The goal's joint positions `[rad]`.
    pub fn goal(&self) -> Axes {
        lock(&self.0).goal
    }
}

impl SensorSource for ArmSource {
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        lock(&self.0).advance(now, messages);
        Ok(())
    }
}

impl CommandSink for ArmSink {
    fn send(&mut self, command: &Command) -> Result<(), PortError> {
        lock(&self.0).servo.command(command.stamp, command.action);
        Ok(())
    }
}

impl Task for ArmTask {
    fn reset(&mut self, seed: u64) -> Result<Episode, PortError> {
        let mut arm = lock(&self.0);
        arm.seed = mix(seed, NOISE);
        arm.lighting = Lighting::new(mix(seed, LIGHT), &arm.parameters);
        arm.camera.clear();
        let mut rng = ChaCha8Rng::seed_from_u64(mix(seed, START));
        let start = arm.draw_pose(&mut rng);
        arm.servo.place(start);
        arm.draw_goal(seed)
    }

    fn next_goal(&mut self, seed: u64) -> Result<Episode, PortError> {
        lock(&self.0).draw_goal(seed)
    }

    fn truth(&mut self, _now: Stamp) -> Truth {
        lock(&self.0).truth()
    }

    fn hold(&self) -> f64 {
        lock(&self.0).parameters.hold
    }

    fn time_limit(&self) -> f64 {
        lock(&self.0).parameters.time_limit
    }
}

/// A panic elsewhere leaves the arm's numbers whole: they are used on.
fn lock(arm: &Mutex<Arm>) -> MutexGuard<'_, Arm> {
    arm.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SplitMix64 of a seed and a domain (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mix(seed: u64, domain: u64) -> u64 {
    let mut z = seed.wrapping_add(domain.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
