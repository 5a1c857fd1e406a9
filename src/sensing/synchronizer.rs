//! Messages as they come become observations on one time line.

use std::collections::VecDeque;
use std::f64::consts::TAU;

use super::{
    ImageSpec, JointMessage, Message, Observation, OdometryMessage, RawImage, SensingError, convert,
};
use crate::config::Number;
use crate::robot::{ActionKind, Axes, RobotState};
use crate::time::{Span, Stamp};

/// Measured states remembered: two seconds at 100 Hz.
const STATES: usize = 200;
/// How long frames, and joints of others, may come before the first state: topics are found one after the other.
const AWAITED: Span = Span::from_millis(1000);
/// Velocity that is not said: the difference over this time.
const DIFFERENCE: Span = Span::from_millis(50);
/// No position or speed of a robot is as large `[rad, m, rad/s, m/s]`; a world model's f32 holds it.
const LARGEST: f64 = 1e9;

/// Keeps the newest measured states, and gives an [`Observation`] for every frame.
///
/// Joints are measured by joint states, a body by odometry; the other passes by, as one that an arm's base or a body's
/// wheels send. A frame's state is interpolated at its stamp; a frame newer than every state takes the newest one's, and one
/// older than all that is remembered the oldest one's.
#[derive(Debug)]
pub struct Synchronizer {
    kind: ActionKind,
    axes: Vec<String>,
    image: Option<ImageSpec>,
    states: VecDeque<RobotState>,
    frame: Option<Stamp>,
    /// Stamp of the first message that no state came before.
    early: Option<Stamp>,
}

impl Synchronizer {
    /// For a robot with these action axes and an encoder that takes `image`.
    pub fn new(kind: ActionKind, axes: Vec<String>, image: Option<ImageSpec>) -> Self {
        Self {
            kind,
            axes,
            image,
            states: VecDeque::with_capacity(STATES),
            frame: None,
            early: None,
        }
    }

    /// The newest measured state.
    pub fn state(&self) -> Option<&RobotState> {
        self.states.back()
    }

    /// Stamp of the newest usable frame.
    pub fn frame(&self) -> Option<Stamp> {
        self.frame
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.states.clear();
        (self.frame, self.early) = (None, None);
    }

    /// Takes a message; gives an observation if it was a frame, or, for an encoder without a camera, a state. Frames
    /// and other devices' joints that come before the first state are passed over for a second, and refused from then on;
    /// after it the others' pass by.
    ///
    /// # Errors
    /// Says what can't be used; nothing of such a message is kept.
    pub fn absorb(&mut self, message: &Message) -> Result<Option<Observation>, SensingError> {
        match message {
            Message::Image(image) => match self.image {
                Some(spec) => self.look(image, &spec),
                None => Ok(None),
            },
            Message::Joints(joints) if self.kind != ActionKind::BodyTwist => {
                // Of another device beside the robot.
                if self.is_foreign(joints) && self.may_wait(joints.stamp) {
                    return Ok(None);
                }
                let state = self.joints(joints)?;
                self.measured(state, "joint_states")
            }
            Message::Odometry(odometry) if self.kind == ActionKind::BodyTwist => {
                let state = self.odometry(odometry)?;
                self.measured(state, "odom")
            }
            Message::Joints(_) | Message::Odometry(_) | Message::Imu(_) => Ok(None),
        }
    }

    fn measured(
        &mut self,
        state: RobotState,
        topic: &'static str,
    ) -> Result<Option<Observation>, SensingError> {
        let last = self.states.back().map(|last| last.stamp);
        in_order(topic, last, state.stamp)?;
        if last == Some(state.stamp) {
            return Ok(None);
        }
        if self.states.len() == STATES {
            self.states.pop_front();
        }
        self.states.push_back(state);
        Ok(self.image.is_none().then(|| Observation {
            stamp: state.stamp,
            image: Vec::new(),
            velocity: state.velocity,
            state,
        }))
    }

    fn look(
        &mut self,
        image: &RawImage,
        spec: &ImageSpec,
    ) -> Result<Option<Observation>, SensingError> {
        in_order("image", self.frame, image.stamp)?;
        let Some(state) = self.at(image.stamp) else {
            return match self.may_wait(image.stamp) {
                true => Ok(None),
                false => Err(SensingError::NoState(image.stamp)),
            };
        };
        let mut pixels = Vec::new();
        convert(image, spec, &mut pixels)?;
        self.frame = Some(image.stamp);
        Ok(Some(Observation {
            stamp: image.stamp,
            image: pixels,
            velocity: state.velocity,
            state,
        }))
    }

    /// The state interpolated at `stamp`, or the nearest one; `None` if there is none.
    fn at(&self, stamp: Stamp) -> Option<RobotState> {
        let next = self.states.partition_point(|state| state.stamp <= stamp);
        let before = next.checked_sub(1).and_then(|index| self.states.get(index));
        let (Some(before), Some(after)) = (before, self.states.get(next)) else {
            return before.or_else(|| self.states.front()).copied();
        };
        let ratio = (stamp - before.stamp).secs() / (after.stamp - before.stamp).secs();
        let blend = |a: &Axes, b: &Axes| {
            Axes::from_fn(a.len(), |axis| a[axis] + ratio * (b[axis] - a[axis]))
        };
        Some(RobotState {
            stamp,
            position: blend(&before.position, &after.position),
            velocity: blend(&before.velocity, &after.velocity),
        })
    }

    /// True once there is a state, and as long as it may still come at `stamp`.
    fn may_wait(&mut self, stamp: Stamp) -> bool {
        !self.states.is_empty() || stamp - *self.early.get_or_insert(stamp) < AWAITED
    }

    /// True if `message` names none of the robot's joints.
    fn is_foreign(&self, message: &JointMessage) -> bool {
        let mut names = message.names.iter();
        !message.names.is_empty() && !names.any(|name| self.axes.contains(name))
    }

    fn joints(&self, message: &JointMessage) -> Result<RobotState, SensingError> {
        let names = &message.names;
        if message.position.len() != names.len() {
            let (names, positions) = (names.len(), message.position.len());
            return Err(SensingError::Ragged { names, positions });
        }
        let mut position = Axes::zeros(self.axes.len());
        let mut said = Axes::from_fn(self.axes.len(), |_| f64::NAN);
        for (axis, name) in self.axes.iter().enumerate() {
            let index = names.iter().position(|known| known == name);
            let index = index.ok_or_else(|| SensingError::MissingJoint {
                missing: name.clone(),
                found: names.join(", "),
            })?;
            if names[index + 1..].contains(name) {
                return Err(SensingError::Twice(name.clone()));
            }
            position[axis] = message.position[index];
            if message.velocity.len() == names.len() {
                said[axis] = message.velocity[index];
            }
        }
        let moved = self.difference(message.stamp, &position);
        let state = RobotState {
            stamp: message.stamp,
            position,
            // Not-a-number is how ros2_control says that it isn't measured.
            velocity: Axes::from_fn(said.len(), |axis| match said[axis] {
                speed if speed.is_nan() => moved[axis],
                speed => speed,
            }),
        };
        checked(state, "joint_states", SensingError::NotFinite)
    }

    /// Backward difference over the last 50 ms; zero before there is anything to compare with.
    fn difference(&self, stamp: Stamp, position: &Axes) -> Axes {
        let old_enough = |state: &&RobotState| stamp - state.stamp >= DIFFERENCE;
        let Some(before) = self.states.iter().rev().find(old_enough) else {
            return Axes::zeros(position.len());
        };
        let dt = (stamp - before.stamp).secs();
        Axes::from_fn(position.len(), |axis| {
            (position[axis] - before.position[axis]) / dt
        })
    }

    fn odometry(&self, message: &OdometryMessage) -> Result<RobotState, SensingError> {
        let mut pose = Axes::from_slice(&message.pose).unwrap_or_default();
        let before = self.states.back().and_then(|last| last.position.get(2));
        if let Some(before) = before {
            // The same direction as close to the last one as it is: what lies between two is between them.
            pose[2] -= TAU * ((pose[2] - before) / TAU).round();
        }
        let twist = Axes::from_slice(&message.twist).unwrap_or_default();
        let state = RobotState {
            stamp: message.stamp,
            position: pose,
            velocity: twist,
        };
        checked(state, "odom", SensingError::NoPose)
    }
}

fn in_order(topic: &'static str, last: Option<Stamp>, stamp: Stamp) -> Result<(), SensingError> {
    match last {
        Some(last) if stamp < last => Err(SensingError::Late {
            topic,
            by: last - stamp,
        }),
        _ => Ok(()),
    }
}

fn checked(
    state: RobotState,
    topic: &'static str,
    nothing: SensingError,
) -> Result<RobotState, SensingError> {
    if !state.is_finite() {
        return Err(nothing);
    }
    let mut numbers = state.position.iter().chain(state.velocity.iter());
    match numbers.find(|number| number.abs() > LARGEST) {
        Some(found) => Err(SensingError::Beyond {
            topic,
            found: Number(*found),
        }),
        None => Ok(state),
    }
}
