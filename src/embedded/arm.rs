//! The embedded arm as sensor source, command sink and task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::ArmParameters;
use super::camera::{Camera, Shot};
use super::light::Lighting;
use super::seed::{GOAL, LIGHT, NOISE, RECORDED_LIGHT, RECORDED_NOISE, START, mix};
use super::servo::{STEP, Servo};
use super::studio::Studio;
use crate::control::Command;
use crate::robot::{Axes, RobotModel};
use crate::runtime::{CommandSink, Episode, PortError, SensorSource, Task, Truth};
use crate::sensing::{Goal, JointMessage, Message};
use crate::time::{Span, Stamp};

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
pub struct ArmSource {
    arm: Arc<Mutex<Arm>>,
    studio: Studio,
    shots: Vec<Shot>,
}
/// The actuators' half.
pub struct ArmSink(Arc<Mutex<Arm>>);
/// The examiner's half.
pub struct ArmTask {
    arm: Arc<Mutex<Arm>>,
    studio: Studio,
}

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
    let studio = Studio::new(&parameters);
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
    let source = ArmSource {
        arm: shared.clone(),
        studio: studio.clone(),
        shots: Vec::new(),
    };
    let sink = ArmSink(shared.clone());
    let task = ArmTask {
        arm: shared,
        studio,
    };
    Ok((source, sink, task))
}

impl Arm {
    /// Integrates up to `now` on the fixed grid, taking frames and joint states where they are due; what arrived
    /// by then is appended.
    fn advance(&mut self, now: Stamp, messages: &mut Vec<Message>, shots: &mut Vec<Shot>) {
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
                self.camera.capture(joints, &self.lighting, self.seed);
            }
            self.servo.step();
        }
        while let Some(shot) = self.camera.arrived(now) {
            shots.push(shot);
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
    fn draw_goal(&mut self, seed: u64) -> Result<Axes, PortError> {
        let mut rng = ChaCha8Rng::seed_from_u64(mix(seed, GOAL));
        let here = self.robot.tip(&self.servo.position);
        for _ in 0..DRAWS {
            let goal = self.draw_pose(&mut rng);
            let tip = self.robot.tip(&goal);
            if (tip - here).norm() >= self.parameters.apart {
                self.goal = goal;
                return Ok(goal);
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
    fn episode(&self, goal: &Axes, seed: u64) -> Episode {
        let tip = lock(&self.arm).robot.tip(goal);
        Episode {
            goal: Goal::Image(self.studio.portrait(goal, seed)),
            description: format!("tip at ({:+.2}, {:+.2}) m", tip.x, tip.y),
        }
    }

    /// True joint positions `[rad]` and velocities `[rad/s]` as last integrated, with their stamp.
    pub fn joints(&self) -> (Stamp, Axes, Axes) {
        let arm = lock(&self.arm);
        (arm.servo.now, arm.servo.position, arm.servo.velocity)
    }

    /// The goal's joint positions `[rad]`.
    pub fn goal(&self) -> Axes {
        lock(&self.arm).goal
    }
}

impl SensorSource for ArmSource {
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        lock(&self.arm).advance(now, messages, &mut self.shots);
        let (studio, shots) = (&self.studio, &mut self.shots);
        messages.extend(
            shots
                .drain(..)
                .map(|shot| Message::Image(studio.develop(&shot))),
        );
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
        let goal = {
            let mut arm = lock(&self.arm);
            arm.seed = mix(seed, NOISE);
            arm.lighting = Lighting::new(mix(seed, LIGHT), &arm.parameters);
            arm.camera.clear();
            let mut rng = ChaCha8Rng::seed_from_u64(mix(seed, START));
            let start = arm.draw_pose(&mut rng);
            arm.servo.place(start);
            arm.draw_goal(seed)?
        };
        Ok(self.episode(&goal, seed))
    }

    fn next_goal(&mut self, seed: u64) -> Result<Episode, PortError> {
        let goal = lock(&self.arm).draw_goal(seed)?;
        Ok(self.episode(&goal, seed))
    }

    fn truth(&mut self, _now: Stamp) -> Truth {
        lock(&self.arm).truth()
    }

    fn hold(&self) -> f64 {
        lock(&self.arm).parameters.hold
    }

    fn time_limit(&self) -> f64 {
        lock(&self.arm).parameters.time_limit
    }
}

/// A panic elsewhere leaves the arm's numbers whole: they are used on.
fn lock(arm: &Mutex<Arm>) -> MutexGuard<'_, Arm> {
    arm.lock().unwrap_or_else(PoisonError::into_inner)
}
