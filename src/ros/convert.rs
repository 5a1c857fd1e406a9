//! Between ROS messages and the line's nouns. Values are passed as they are: `sensing` judges them.

use std::sync::Arc;

use bytes::Bytes;
use r2r::NativeMsg;
use r2r::builtin_interfaces::msg::Time;
use r2r::geometry_msgs::msg::{PoseStamped, Twist, TwistStamped};
use r2r::nav_msgs::msg::Odometry;
use r2r::sensor_msgs::msg::{Image, Imu, JointState};
use r2r::std_msgs::msg::{Float64MultiArray, MultiArrayDimension, MultiArrayLayout};

use super::rotation::check_rotation;
use crate::config::Number;
use crate::control::Command;
use crate::robot::Axes;
use crate::sensing::{ImuMessage, JointMessage, OdometryMessage, RawImage};
use crate::time::{Span, Stamp};

/// An image whose pixels stay where the middleware put them.
pub(super) fn image_from_native(message: NativeMsg<Image>, stamp: Stamp) -> RawImage {
    let image = RawImage {
        stamp,
        width: message.width,
        height: message.height,
        step: message.step,
        encoding: message.encoding.to_str().to_owned(),
        data: Bytes::new(),
    };
    let is_bigendian = message.is_bigendian;
    let data = Bytes::from_owner(Pixels(message));
    in_order(RawImage { data, ..image }, is_bigendian)
}

/// The pixels of a message that lives as long as they do.
struct Pixels(NativeMsg<Image>);

// SAFETY: the message owns its memory, which any thread may read and free. An image has no fixed size, so the
// middleware never lends one.
unsafe impl Send for Pixels {}

impl AsRef<[u8]> for Pixels {
    fn as_ref(&self) -> &[u8] {
        let pixels = &self.0.data;
        if pixels.data.is_null() || pixels.size == 0 {
            return &[];
        }
        // SAFETY: rosidl keeps `size` initialised bytes at `data` for as long as the message lives.
        unsafe { std::slice::from_raw_parts(pixels.data, pixels.size) }
    }
}

fn in_order(image: RawImage, is_bigendian: u8) -> RawImage {
    if is_bigendian == 0 {
        image
    } else {
        image.from_big_endian()
    }
}

/// An image that r2r has copied already.
pub(super) fn image(message: Image, stamp: Stamp) -> RawImage {
    let is_bigendian = message.is_bigendian;
    let image = RawImage {
        stamp,
        width: message.width,
        height: message.height,
        step: message.step,
        encoding: message.encoding,
        data: message.data.into(),
    };
    in_order(image, is_bigendian)
}

/// Joint states; `names` holds the last message's names, which seldom change, and is shared while they don't.
pub(super) fn joints(message: JointState, stamp: Stamp, names: &mut Arc<[String]>) -> JointMessage {
    if names.as_ref() != message.name.as_slice() {
        *names = message.name.into();
    }
    JointMessage {
        stamp,
        names: names.clone(),
        position: message.position,
        velocity: message.velocity,
    }
}

/// Odometry in the plane; an orientation that is none gives a yaw that is not a number.
pub(super) fn odometry(message: &Odometry, stamp: Stamp) -> OdometryMessage {
    let (pose, twist) = (&message.pose.pose, &message.twist.twist);
    let q = &pose.orientation;
    let yaw = match check_rotation([q.x, q.y, q.z, q.w]) {
        Ok(()) => f64::atan2(
            2.0 * (q.w * q.z + q.x * q.y),
            1.0 - 2.0 * (q.y * q.y + q.z * q.z),
        ),
        Err(_) => f64::NAN,
    };
    OdometryMessage {
        stamp,
        pose: [pose.position.x, pose.position.y, yaw],
        twist: [twist.linear.x, twist.angular.z],
    }
}

/// An image as a message, stamped `offset` (wall minus session time) later.
pub(super) fn image_message(image: &RawImage, offset: Span, frame: &str) -> Image {
    let mut message = Image {
        height: image.height,
        width: image.width,
        encoding: image.encoding.clone(),
        is_bigendian: 0,
        step: image.step,
        data: image.data.to_vec(),
        ..Image::default()
    };
    message.header.stamp = time(image.stamp, offset);
    message.header.frame_id = frame.to_owned();
    message
}

/// Joint states as a message.
pub(super) fn joint_message(joints: &JointMessage, offset: Span) -> JointState {
    let mut message = JointState {
        name: joints.names.to_vec(),
        position: joints.position.clone(),
        velocity: joints.velocity.clone(),
        ..JointState::default()
    };
    message.header.stamp = time(joints.stamp, offset);
    message
}

/// Odometry as a message.
pub(super) fn odometry_message(odometry: &OdometryMessage, offset: Span) -> Odometry {
    let mut message = Odometry::default();
    message.header.stamp = time(odometry.stamp, offset);
    message.header.frame_id = "odom".to_owned();
    message.child_frame_id = "base_link".to_owned();
    let [x, y, yaw] = odometry.pose;
    let pose = &mut message.pose.pose;
    (pose.position.x, pose.position.y) = (x, y);
    (pose.orientation.z, pose.orientation.w) = (yaw / 2.0).sin_cos();
    let twist = &mut message.twist.twist;
    [twist.linear.x, twist.angular.z] = odometry.twist;
    message
}

/// An empty command message for `names`: one dimension, labelled with the axis names in order.
pub(super) fn command_message(names: &[String]) -> Float64MultiArray {
    let axes = names.len() as u32;
    Float64MultiArray {
        layout: MultiArrayLayout {
            dim: vec![MultiArrayDimension {
                label: names.join(","),
                size: axes,
                stride: axes,
            }],
            data_offset: 0,
        },
        data: vec![0.0; names.len()],
    }
}

/// The action in a command message for `names`, or why it can't be used. A label is optional; where it is
/// given, it must name the same axes in the same order.
pub(super) fn action(message: &Float64MultiArray, names: &[String]) -> Result<Axes, String> {
    let expected = names.join(",");
    if let Some(dimension) = message.layout.dim.first()
        && !dimension.label.is_empty()
        && dimension.label != expected
    {
        return Err(format!(
            "command is for axes {}, expected {expected}",
            dimension.label
        ));
    }
    if message.data.len() != names.len() {
        return Err(format!(
            "command has {} numbers, expected {} ({expected})",
            message.data.len(),
            names.len()
        ));
    }
    if let Some(index) = message.data.iter().position(|value| !value.is_finite()) {
        return Err(format!("command for axis {} is not finite", names[index]));
    }
    Axes::from_slice(&message.data).ok_or_else(|| "command has too many axes".to_owned())
}

/// A body's command as a twist.
pub(super) fn twist(action: &Axes) -> Twist {
    let mut message = Twist::default();
    let part = |axis: usize| action.get(axis).copied().unwrap_or(0.0);
    (message.linear.x, message.angular.z) = (part(0), part(1));
    message
}

/// The same with the time of sending, `offset` (wall minus session time) later.
pub(super) fn stamped_twist(command: &Command, offset: Span) -> TwistStamped {
    let mut message = TwistStamped {
        twist: twist(&command.action),
        ..TwistStamped::default()
    };
    message.header.stamp = time(command.stamp, offset);
    message.header.frame_id = "base_link".to_owned();
    message
}

/// The command in a twist, or why it can't be used: a body on two wheels goes ahead and turns, nothing else.
pub(super) fn action_of_twist(message: &Twist) -> Result<Axes, String> {
    let (linear, angular) = (&message.linear, &message.angular);
    let others = [linear.y, linear.z, angular.x, angular.y];
    if others.iter().any(|value| *value != 0.0) {
        return Err(
            "cmd_vel moves aside, up or tilts; expected linear.x and angular.z only".to_owned(),
        );
    }
    if !(linear.x.is_finite() && angular.z.is_finite()) {
        return Err("cmd_vel is not finite".to_owned());
    }
    Ok(Axes::from_fn(2, |axis| [linear.x, angular.z][axis]))
}

/// An orientation as a message.
pub(super) fn imu_message(imu: &ImuMessage, offset: Span) -> Imu {
    let mut message = Imu::default();
    message.header.stamp = time(imu.stamp, offset);
    message.header.frame_id = "base_link".to_owned();
    let [x, y, z, w] = imu.orientation;
    let orientation = &mut message.orientation;
    (orientation.x, orientation.y, orientation.z, orientation.w) = (x, y, z, w);
    // What is not measured has a covariance that begins with -1.
    for covariance in [
        &mut message.angular_velocity_covariance,
        &mut message.linear_acceleration_covariance,
    ] {
        if let Some(first) = covariance.first_mut() {
            *first = -1.0;
        }
    }
    message
}

/// Session time as ROS time.
pub(super) fn time(stamp: Stamp, offset: Span) -> Time {
    let nanos = (stamp + offset).nanos();
    Time {
        sec: i32::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or(i32::MAX),
        nanosec: nanos.rem_euclid(1_000_000_000) as u32,
    }
}

/// The point of a goal pose `[m]`, or why it can't be used. The orientation must be one, and is not pursued.
pub(super) fn point(message: &PoseStamped) -> Result<[f64; 3], String> {
    let position = &message.pose.position;
    let point = [position.x, position.y, position.z];
    if !point.iter().all(|value| value.is_finite()) {
        return Err(format!(
            "found the point {point:?}; expected finite numbers"
        ));
    }
    let turn = &message.pose.orientation;
    check_rotation([turn.x, turn.y, turn.z, turn.w]).map_err(|why| {
        format!(
            "orientation [{}, {}, {}, {}]: {why}; expected x, y, z, w of unit length: [0, 0, 0, 1] where it says nothing",
            Number(turn.x), Number(turn.y), Number(turn.z), Number(turn.w)
        )
    })?;
    Ok(point)
}
