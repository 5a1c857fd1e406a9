//! The trajectory topic, heard by a node in the shadow of whoever sends: the inverse of `chunks`.

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::QosProfile;
use r2r::builtin_interfaces::msg::Duration;
use r2r::trajectory_msgs::msg::{JointTrajectory, JointTrajectoryPoint};

use super::spin::{Caller, subscribing};
use super::{RosError, command_topic};
use crate::control::{Chunk, Waypoint};
use crate::robot::{ActionSpace, Axes};
use crate::runtime::Form;
use crate::time::{Span, Stamp};

/// The most points of a trajectory: a minute and a half at 100 Hz.
const POINTS: usize = 10_000;

/// Speeds that are none to joint_trajectory_controller, which looks at ends in single precision.
const AT_REST: f64 = f32::EPSILON as f64;

/// Its type.
pub(super) const TRAJECTORY: &str = "trajectory_msgs/msg/JointTrajectory";

/// Gives every message for the joints of `space` to `take`.
pub(super) fn subscribe_trajectories(
    spinner: &Caller,
    space: &ActionSpace,
    qos: QosProfile,
    mut take: impl FnMut(&JointTrajectory) + Send + 'static,
) -> Result<(), RosError> {
    let topic = command_topic(space, Form::Trajectory);
    spinner.call(move |node, tasks| {
        let stream = node.subscribe::<JointTrajectory>(topic, qos);
        let stream = stream.map_err(|why| subscribing(topic, why))?;
        let hearing = stream.for_each(move |message| {
            take(&message);
            ready(())
        });
        let spawned = tasks.spawn_local(hearing);
        spawned.map_err(|why| subscribing(topic, why))
    })?
}

/// What a message, received at `now`, says of the joints `names`, in their order; or why it can't be used, and whatever
/// was under way goes on. `offset`: ROS minus session time; `moving_end`: it need not end at rest.
///
/// As joint_trajectory_controller of ROS 2 Jazzy takes it: joints in any order, all of them; positions at each point,
/// velocities and accelerations where they are said, no efforts; without a stamp it begins on receipt.
pub fn trajectory(
    message: &JointTrajectory,
    names: &[String],
    (now, offset): (Stamp, Span),
    moving_end: bool,
) -> Result<Chunk, String> {
    let refused = |why: String| format!("joint_trajectory: {why}");
    let order = order(&message.joint_names, names).map_err(refused)?;
    if message.points.len() > POINTS {
        let found = message.points.len();
        return Err(refused(format!(
            "{found} points; expected {POINTS} at most"
        )));
    }
    let points = message.points.iter().enumerate();
    let waypoints = points.map(|(index, point)| {
        waypoint(point, &order).map_err(|why| refused(format!("point {index} has {why}")))
    });
    let stamp = &message.header.stamp;
    let start = match span(stamp.sec, stamp.nanosec) {
        Span::ZERO => now,
        since => Stamp::ZERO + since - offset,
    };
    let chunk = Chunk::through(start, waypoints.collect::<Result<_, _>>()?).map_err(refused)?;
    let late = now - chunk.end();
    if late > Span::ZERO {
        return Err(refused(format!(
            "it ended {:.3} s before it came; expected a stamp of zero, to begin on receipt, or one by the clock here",
            late.secs()
        )));
    }
    let last = chunk.waypoints.last().map(|last| last.velocity);
    match last.and_then(|velocity| velocity.iter().position(|speed| speed.abs() > AT_REST)) {
        Some(moving) if !moving_end => Err(refused(format!(
            "it ends while {} moves; expected rest, or a controller that allows it and shadow.moving_end: true",
            names[moving]
        ))),
        _ => Ok(chunk),
    }
}

/// Where each of the joints `names` is among those `found`.
fn order(found: &[String], names: &[String]) -> Result<Vec<usize>, String> {
    let expected = || names.join(", ");
    if let Some(foreign) = found.iter().find(|found| !names.contains(found)) {
        return Err(format!(
            "found joint {foreign}; expected {}, in any order",
            expected()
        ));
    }
    let place = |name: &String| {
        let mut places = (0..found.len()).filter(|place| found[*place] == *name);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (None, _) => Err(format!(
                "joint {name} is left out; expected all of {}",
                expected()
            )),
            (Some(_), Some(_)) => Err(format!("joint {name} is there twice; expected it once")),
        }
    };
    names.iter().map(place).collect()
}

fn waypoint(point: &JointTrajectoryPoint, order: &[usize]) -> Result<Waypoint, String> {
    let sorted = |what: &str, numbers: &[f64], needed: bool| {
        if numbers.is_empty() && !needed {
            return Ok(Axes::default());
        }
        if numbers.len() != order.len() {
            let (found, expected) = (numbers.len(), order.len());
            return Err(format!("{found} {what}; expected {expected}"));
        }
        Ok(Axes::from_fn(order.len(), |axis| numbers[order[axis]]))
    };
    if !point.effort.is_empty() {
        return Err("efforts; expected none".to_owned());
    }
    let Duration { sec, nanosec } = point.time_from_start;
    Ok(Waypoint {
        after: span(sec, nanosec),
        position: sorted("positions", &point.positions, true)?,
        velocity: sorted("velocities", &point.velocities, false)?,
        acceleration: sorted("accelerations", &point.accelerations, false)?,
    })
}

fn span(sec: i32, nanosec: u32) -> Span {
    Span::from_nanos(i64::from(sec) * 1_000_000_000 + i64::from(nanosec))
}
