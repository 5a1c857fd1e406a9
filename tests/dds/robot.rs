//! An ideal velocity-driven arm whose camera counts its frames in the picture's first bytes.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use forerun::control::Command;
use forerun::robot::{Axes, RobotModel};
use forerun::ros::{
    DdsProfile, RosError, ServedRobot, apply_profile, serve_robot, stop_on_signals,
};
use forerun::runtime::{CommandSink, PortError, SensorSource};
use forerun::sensing::{JointMessage, Message, RawImage};
use forerun::time::{Span, Stamp, WallClock};

pub const URDF: &str = include_str!("../../urdf/arm.urdf");
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// With the elbow beyond this `[rad]`, pictures come through a queue of five seconds.
const QUEUE_BEYOND: f64 = 1.2;

#[derive(Default)]
struct Body {
    position: [f64; 2],
    velocity: [f64; 2],
    at: Stamp,
    frames: u64,
    states: u64,
}

impl Body {
    fn advance(&mut self, now: Stamp) {
        let dt = (now - self.at).secs();
        for (position, velocity) in self.position.iter_mut().zip(self.velocity) {
            *position += velocity * dt;
        }
        self.at = now;
    }
}

struct Half(Arc<Mutex<Body>>, Arc<[String]>);

impl SensorSource for Half {
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        let mut body = self.0.lock().unwrap();
        body.advance(now);
        if now >= Stamp::ZERO + Span::from_millis(10) * body.states as i64 {
            body.states += 1;
            messages.push(Message::Joints(JointMessage {
                stamp: now,
                names: self.1.clone(),
                position: body.position.to_vec(),
                velocity: body.velocity.to_vec(),
            }));
        }
        if now >= Stamp::ZERO + Span::from_nanos(33_333_333) * body.frames as i64 {
            let mut pixels = vec![127; (WIDTH * HEIGHT * 3) as usize];
            pixels[..8].copy_from_slice(&body.frames.to_le_bytes());
            body.frames += 1;
            let queue = Span::from_secs(if body.position[1] > QUEUE_BEYOND {
                5.0
            } else {
                0.0
            });
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
    let model = RobotModel::from_urdf(URDF).unwrap();
    let body = Arc::new(Mutex::new(Body::default()));
    let names: Arc<[String]> = model.space.names.clone().into();
    let robot = ServedRobot {
        name: "arm".into(),
        source: Box::new(Half(body.clone(), names.clone())),
        sink: Box::new(Half(body, names)),
        space: model.space.clone(),
        parameters: crate::parameters(&[]),
        urdf: URDF.into(),
    };
    serve_robot(robot, Arc::new(WallClock::new()), &stop)
}
