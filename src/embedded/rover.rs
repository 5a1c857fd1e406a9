//! A differential-drive rover in a room with walls and boxes.

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::plant::Plant;
use super::room::{HALF, Room};
use super::rover_scene::RoverScene;
use super::servo::{PART, PARTS, Servo};
use super::simulation::{EmbeddedTask, Sink, Source, start};
use super::{RoverParameters, errand};
use crate::robot::{Action, Axes, AxisLimits, DifferentialDrive, RobotModel, RobotState};
use crate::runtime::PortError;
use crate::sensing::{ImuMessage, Message, OdometryMessage, RawImage};
use crate::time::Stamp;

/// Radius of the body `[m]`.
pub const ROVER_RADIUS: f64 = 0.15;
/// Kept free around starts and goals `[m]`.
const MARGIN: f64 = 0.03;
/// Poses drawn before giving up.
const DRAWS: usize = 1000;
/// Correlation time of a wheel's slip `[s]`.
const SLIP_TIME: f64 = 0.3;

struct Rover {
    parameters: RoverParameters,
    room: Arc<Room>,
    drive: DifferentialDrive,
    /// Of the twist: linear, angular.
    speeds: [f64; 2],
    /// Rim speeds of the wheels `[m/s]`, left and right.
    wheels: Servo,
    /// What each wheel loses of its way at present.
    slips: [f64; 2],
    rng: ChaCha8Rng,
    /// x `[m]`, y `[m]`, yaw `[rad]`.
    pose: [f64; 3],
    /// The pose that the wheels' turning adds up to.
    odometry: [f64; 3],
    /// The body's twist `[m/s, rad/s]`.
    twist: [f64; 2],
    touches: bool,
    contacts: u32,
}

/// An embedded rover with the drive of `robot`, at rest in the middle of a free place, everything random drawn from
/// `seed`, as for [`arm`](super::arm).
///
/// # Errors
/// A robot without a differential drive.
pub fn rover(
    robot: &RobotModel,
    parameters: RoverParameters,
    seed: u64,
) -> Result<(Source, Sink, EmbeddedTask), PortError> {
    let Some(drive) = robot.drive.clone() else {
        return Err(PortError(
            "embedded rover: found no differential drive in the URDF; use urdf/rover.urdf"
                .to_owned(),
        ));
    };
    let rig = parameters.rig.clone();
    let room = Arc::new(parameters.room());
    let scene = RoverScene { room: room.clone() };
    let rims: Vec<AxisLimits> = robot
        .space
        .limits
        .couplings()
        .iter()
        .map(|wheel| wheel.limits)
        .collect();
    let speed = |axis: usize| {
        let limits = robot.space.limits.axes().get(axis);
        limits.map_or(0.0, |limits| limits.velocity)
    };
    let mut plant = Rover {
        wheels: Servo::new(&rims, &rig),
        speeds: [speed(0), speed(1)],
        room,
        drive,
        slips: [0.0; 2],
        rng: ChaCha8Rng::seed_from_u64(seed),
        pose: [0.0; 3],
        odometry: [0.0; 3],
        twist: [0.0; 2],
        touches: false,
        contacts: 0,
        parameters,
    };
    let began = plant.draw(&mut ChaCha8Rng::seed_from_u64(seed))?;
    plant.place(&began, seed);
    Ok(start(Box::new(plant), Arc::new(scene), rig, seed))
}

/// A picture of the rover at `pose` (x `[m]`, y `[m]`, yaw `[rad]`) under a light drawn from `seed`: how goal
/// pictures are taken.
pub fn photograph_rover(pose: &[f64], parameters: &RoverParameters, seed: u64) -> RawImage {
    let room = Arc::new(parameters.room());
    super::studio::Studio::new(Arc::new(RoverScene { room }), &parameters.rig).portrait(pose, seed)
}

impl Rover {
    /// Moves the body for 1 ms by what its wheels do, as far as nothing is in the way.
    fn roll(&mut self) {
        let dt = PART.secs();
        let kept = (-dt / SLIP_TIME).exp();
        let fresh = (1.0 - kept * kept).sqrt() * self.parameters.slip;
        for slip in &mut self.slips {
            let normal: f64 = StandardNormal.sample(&mut self.rng);
            *slip = kept * *slip + fresh * normal;
        }
        let rims = [self.wheels.velocity[0], self.wheels.velocity[1]];
        let ground = [0, 1].map(|side| rims[side] * (1.0 - self.slips[side]));
        let twist = |[left, right]: [f64; 2]| {
            [0.5 * (left + right), (right - left) / self.drive.separation]
        };
        let [forward, turn] = twist(ground);
        let heading = self.pose[2] + 0.5 * dt * turn;
        let (sin, cos) = heading.sin_cos();
        let wanted = [
            self.pose[0] + dt * forward * cos,
            self.pose[1] + dt * forward * sin,
        ];
        let (there, touches) = self.room.resolve(wanted, ROVER_RADIUS);
        let moved = [0, 1].map(|axis| there[axis] - self.pose[axis]);
        let along = (moved[0] * cos + moved[1] * sin) / dt;
        if touches {
            // What the floor does not let the body move, the wheels don't turn: they stall, they don't spin.
            let (low, high) = (forward.min(0.0), forward.max(0.0));
            let lost = along.clamp(low, high) - forward;
            for side in 0..2 {
                self.wheels.velocity[side] += lost;
            }
        }
        self.contacts += u32::from(touches && !self.touches);
        self.touches = touches;
        self.pose = [there[0], there[1], wrapped(self.pose[2] + dt * turn)];
        self.twist = [if touches { along } else { forward }, turn];

        let [forward, turn] = twist([self.wheels.velocity[0], self.wheels.velocity[1]]);
        let heading = self.odometry[2] + 0.5 * dt * turn;
        self.odometry[0] += dt * forward * heading.cos();
        self.odometry[1] += dt * forward * heading.sin();
        self.odometry[2] = wrapped(self.odometry[2] + dt * turn);
    }
}

impl Plant for Rover {
    fn now(&self) -> Stamp {
        self.wheels.now
    }

    fn step(&mut self) {
        for _ in 0..PARTS {
            self.wheels.step();
            self.roll();
        }
    }

    fn command(&mut self, stamp: Stamp, action: Action) {
        let sound = action.is_finite();
        let part = |axis: usize| action.get(axis).copied().filter(|_| sound).unwrap_or(0.0);
        let (forward, turn) = (part(0), part(1));
        let bounded = |value: f64, most: f64| value.clamp(-most, most);
        let forward = bounded(forward, self.speeds[0]);
        let across = 0.5 * self.drive.separation * bounded(turn, self.speeds[1]);
        let rims = Action::from_fn(2, |side| {
            if side == 0 {
                forward - across
            } else {
                forward + across
            }
        });
        self.wheels.command(stamp, rims);
    }

    fn place(&mut self, pose: &Axes, seed: u64) {
        self.wheels.place(Axes::zeros(2));
        self.pose = [0, 1, 2].map(|part| pose.get(part).copied().unwrap_or(0.0));
        self.odometry = self.pose;
        self.twist = [0.0; 2];
        self.slips = [0.0; 2];
        self.touches = false;
        self.contacts = 0;
        self.rng = ChaCha8Rng::seed_from_u64(seed ^ 0x736c_6970);
    }

    fn state(&self) -> RobotState {
        RobotState {
            stamp: self.wheels.now,
            position: Axes::from_fn(3, |part| self.pose[part]),
            velocity: Axes::from_fn(2, |part| self.twist[part]),
        }
    }

    fn pose(&self, ahead: f64) -> Axes {
        let [x, y, yaw] = self.pose;
        let way = ahead * self.twist[0];
        let pose = [
            x + way * yaw.cos(),
            y + way * yaw.sin(),
            yaw + ahead * self.twist[1],
        ];
        Axes::from_fn(3, |part| pose[part])
    }

    fn measure(&self, rng: &mut ChaCha8Rng, messages: &mut Vec<Message>) {
        let mut noise = |scale: f64| -> f64 {
            let normal: f64 = StandardNormal.sample(rng);
            normal * scale
        };
        let [left, right] = [self.wheels.velocity[0], self.wheels.velocity[1]];
        let scale = self.parameters.rig.velocity_noise;
        let twist = [
            0.5 * (left + right) + noise(scale * self.speeds[0]),
            (right - left) / self.drive.separation + noise(scale * self.speeds[1]),
        ];
        let yaw = self.pose[2] + noise(self.parameters.yaw_noise);
        let (sin, cos) = (0.5 * yaw).sin_cos();
        let stamp = self.wheels.now;
        messages.push(Message::Odometry(OdometryMessage {
            stamp,
            pose: self.odometry,
            twist,
        }));
        messages.push(Message::Imu(ImuMessage {
            stamp,
            orientation: [0.0, 0.0, sin, cos],
        }));
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> Result<Axes, PortError> {
        for _ in 0..DRAWS {
            let place = [rng.random_range(-HALF..HALF), rng.random_range(-HALF..HALF)];
            let yaw = rng.random_range(-std::f64::consts::PI..std::f64::consts::PI);
            if self.room.clearance(place, ROVER_RADIUS) >= MARGIN {
                let pose = [place[0], place[1], yaw];
                return Ok(Axes::from_fn(3, |part| pose[part]));
            }
        }
        Err(PortError(format!(
            "embedded rover: none of {DRAWS} places in room {} is free; take another rover.layout",
            self.parameters.layout
        )))
    }

    fn goals(&self, here: &Axes) -> Box<dyn Fn(&Axes) -> bool> {
        errand::goals(&self.room, here, self.parameters.detour)
    }

    fn route(&self, from: &Axes, to: &Axes) -> Vec<Axes> {
        errand::route(&self.room, from, to)
    }

    fn placed(&self, pose: &Axes) -> [f64; 3] {
        [pose[0], pose[1], 0.0]
    }

    fn speed(&self) -> f64 {
        self.twist[0].abs()
    }

    fn contacts(&self) -> u32 {
        self.contacts
    }

    fn describe(&self, pose: &Axes) -> String {
        format!("at ({:+.2}, {:+.2}) m", pose[0], pose[1])
    }
}

/// Yaw in -pi..pi.
fn wrapped(yaw: f64) -> f64 {
    use std::f64::consts::{PI, TAU};
    (yaw + PI).rem_euclid(TAU) - PI
}
