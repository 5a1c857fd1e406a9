//! An ideal robot, arm or rover, that does what it is told at once, and whose camera counts its frames in the picture's
//! first bytes.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use forerun::control::Command;
use forerun::robot::{Axes, RobotModel};
use forerun::ros::{
    DdsProfile, RosError, ServedRobot, apply_profile, serve_robot, stop_on_signals,
};
use forerun::runtime::{CommandSink, PortError, SensorSource};
use forerun::sensing::{JointMessage, Message, OdometryMessage, RawImage};
use forerun::time::{Span, Stamp, WallClock};

/// Which robot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Joints in, joint velocities out.
    Arm,
    /// Odometry in, twists out.
    Rover,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Arm, Self::Rover];

    pub fn name(self) -> &'static str {
        match self {
            Self::Arm => "arm",
            Self::Rover => "rover",
        }
    }

    /// The one that this process was told to be, or to command.
    pub fn told() -> Self {
        let name = std::env::args().nth(2).expect("a robot's name");
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.name() == name).expect("a robot")
    }

    pub fn urdf(self) -> &'static str {
        match self {
            Self::Arm => include_str!("../../urdf/arm.urdf"),
            Self::Rover => include_str!("../../urdf/rover.urdf"),
        }
    }
}

const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// With the arm's elbow beyond this `[rad]`, pictures come through a queue of five seconds.
const QUEUE_BEYOND: f64 = 1.2;

struct Body {
    kind: Kind,
    names: Arc<[String]>,
    /// Of the joints, or x, y and yaw.
    position: [f64; 3],
    velocity: [f64; 2],
    at: Stamp,
    frames: u64,
    /// When the next ones are due.
    next_frame: Stamp,
    next_state: Stamp,
}

/// True if `next` has come; then it is one `period` later, or now, if that has passed as well.
fn due(next: &mut Stamp, period: Span, now: Stamp) -> bool {
    let is_due = now >= *next;
    if is_due {
        *next = (*next + period).max(now);
    }
    is_due
}

impl Body {
    fn advance(&mut self, now: Stamp) {
        let dt = (now - self.at).secs();
        let [first, second] = self.velocity.map(|velocity| velocity * dt);
        let moved = match self.kind {
            Kind::Arm => [first, second, 0.0],
            Kind::Rover => {
                let (sin, cos) = self.position[2].sin_cos();
                [first * cos, first * sin, second]
            }
        };
        for (position, moved) in self.position.iter_mut().zip(moved) {
            *position += moved;
        }
        self.at = now;
    }

    fn measure(&self) -> Message {
        match self.kind {
            Kind::Arm => Message::Joints(JointMessage {
                stamp: self.at,
                names: self.names.clone(),
                position: self.position[..2].to_vec(),
                velocity: self.velocity.to_vec(),
            }),
            Kind::Rover => Message::Odometry(OdometryMessage {
                stamp: self.at,
                pose: self.position,
                twist: self.velocity,
            }),
        }
    }
}

struct Half(Arc<Mutex<Body>>);

impl SensorSource for Half {
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        let mut body = self.0.lock().unwrap();
        body.advance(now);
        if due(&mut body.next_state, Span::from_millis(10), now) {
            messages.push(body.measure());
        }
        if due(&mut body.next_frame, Span::from_nanos(33_333_333), now) {
            let mut pixels = vec![127; (WIDTH * HEIGHT * 3) as usize];
            pixels[..8].copy_from_slice(&body.frames.to_le_bytes());
            body.frames += 1;
            let queues = body.kind == Kind::Arm && body.position[1] > QUEUE_BEYOND;
            let queue = Span::from_secs(if queues { 5.0 } else { 0.0 });
            messages.push(Message::Image(RawImage {
                stamp: now - queue,
                width: WIDTH,
                height: HEIGHT,
                step: WIDTH * 3,
                encoding: "rgb8".into(),
                data: pixels.into(),
            }));
        }
        Ok(())
    }
}

impl CommandSink for Half {
    fn send(&mut self, command: &Command) -> Result<(), PortError> {
        let mut body = self.0.lock().unwrap();
        body.advance(command.stamp);
        let action: Axes = command.action;
        body.velocity.copy_from_slice(&action);
        Ok(())
    }
}

pub fn main() -> ExitCode {
    crate::exit(serve())
}

fn serve() -> Result<(), RosError> {
    // SAFETY: first thing in main; no other thread runs yet.
    unsafe { apply_profile(&DdsProfile::Auto) }?;
    let stop = stop_on_signals()?;
    let kind = Kind::told();
    let model = RobotModel::from_urdf(kind.urdf()).unwrap();
    let body = Arc::new(Mutex::new(Body {
        kind,
        names: model.space.names.clone().into(),
        position: [0.0; 3],
        velocity: [0.0; 2],
        at: Stamp::ZERO,
        frames: 0,
        next_frame: Stamp::ZERO,
        next_state: Stamp::ZERO,
    }));
    let robot = ServedRobot {
        name: kind.name().into(),
        source: Box::new(Half(body.clone())),
        sink: Box::new(Half(body)),
        space: model.space.clone(),
        parameters: crate::parameters(&[crate::STAMPED]),
        urdf: kind.urdf().into(),
    };
    serve_robot(robot, Arc::new(WallClock::new()), &stop)
}
