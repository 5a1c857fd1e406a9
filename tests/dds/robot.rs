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
use forerun::time::{Span, Stamp};

/// Which robot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Joints in, joint velocities out.
    Arm,
    /// Odometry in, twists out.
    Rover,
    /// As the arm, of one joint.
    One,
    /// As the arm, of six.
    Six,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Arm, Self::Rover, Self::One, Self::Six];

    pub fn name(self) -> &'static str {
        match self {
            Self::Arm => "arm",
            Self::Rover => "rover",
            Self::One => "one",
            Self::Six => "six",
        }
    }

    /// The action axes' names, of joints those of the joints.
    pub fn axes(self) -> Vec<String> {
        let model = RobotModel::from_urdf(&self.urdf()).unwrap();
        model.space.names
    }

    /// The one that this process was told to be, or to command.
    pub fn told() -> Self {
        let name = std::env::args().nth(2).expect("a robot's name");
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.name() == name).expect("a robot")
    }

    pub fn urdf(self) -> String {
        match self {
            Self::Arm => include_str!("../../urdf/arm.urdf").to_owned(),
            Self::Rover => include_str!("../../urdf/rover.urdf").to_owned(),
            Self::One => chain(self.name(), &["lift"]),
            // In no order that a name has.
            Self::Six => chain(
                self.name(),
                &["waist", "shoulder", "elbow", "roll", "pitch", "flange"],
            ),
        }
    }
}

/// The URDF of a robot of such joints, one behind the other.
fn chain(robot: &str, joints: &[&str]) -> String {
    let joints = joints.iter().enumerate().map(|(index, name)| {
        format!(
            r#"<joint name="{name}" type="revolute">
                 <parent link="link{index}"/><child link="link{}"/><axis xyz="0 0 1"/>
                 <limit lower="-2" upper="2" velocity="2" effort="5" acceleration="20"/>
               </joint>
               <link name="link{}"/>"#,
            index + 1,
            index + 1
        )
    });
    let joints: String = joints.collect();
    format!(r#"<robot name="{robot}" version="1.2"><link name="link0"/>{joints}</robot>"#)
}

const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// With the arm's elbow beyond this `[rad]`, pictures come through a queue of five seconds.
const QUEUE_BEYOND: f64 = 1.2;

struct Body {
    kind: Kind,
    names: Arc<[String]>,
    /// Of the joints, or x, y and yaw.
    position: Vec<f64>,
    velocity: Vec<f64>,
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
        let moved: Vec<f64> = self.velocity.iter().map(|velocity| velocity * dt).collect();
        let moved = match self.kind {
            Kind::Rover => {
                let (sin, cos) = self.position[2].sin_cos();
                vec![moved[0] * cos, moved[0] * sin, moved[1]]
            }
            _ => moved,
        };
        for (position, moved) in self.position.iter_mut().zip(moved) {
            *position += moved;
        }
        self.at = now;
    }

    fn measure(&self) -> Message {
        match self.kind {
            Kind::Rover => Message::Odometry(OdometryMessage {
                stamp: self.at,
                pose: self.position.as_slice().try_into().unwrap(),
                twist: self.velocity.as_slice().try_into().unwrap(),
            }),
            _ => Message::Joints(JointMessage {
                stamp: self.at,
                names: self.names.clone(),
                position: self.position.clone(),
                velocity: self.velocity.clone(),
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
    let model = RobotModel::from_urdf(&kind.urdf()).unwrap();
    let axes = model.space.len();
    let body = Arc::new(Mutex::new(Body {
        kind,
        names: model.space.names.clone().into(),
        position: vec![0.0; if kind == Kind::Rover { 3 } else { axes }],
        velocity: vec![0.0; axes],
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
        urdf: kind.urdf(),
    };
    serve_robot(robot, &stop)
}
