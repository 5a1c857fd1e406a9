//! The command topic, heard: by a robot that obeys, or by a node in the shadow of whoever sends.

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::QosProfile;
use r2r::geometry_msgs::msg::{Twist, TwistStamped};
use r2r::std_msgs::msg::Float64MultiArray;

use super::spin::{Caller, subscribing};
use super::{RosError, command_topic, convert};
use crate::robot::{Action, ActionKind, ActionSpace};
use crate::runtime::Form;

/// The type of a command for the axes of `space`; `stamped`: twists as TwistStamped.
pub(super) fn command_type(space: &ActionSpace, stamped: bool) -> &'static str {
    match (space.kind, stamped) {
        (ActionKind::BodyTwist, true) => "geometry_msgs/msg/TwistStamped",
        (ActionKind::BodyTwist, false) => "geometry_msgs/msg/Twist",
        (ActionKind::JointVelocity | ActionKind::JointPosition, _) => {
            "std_msgs/msg/Float64MultiArray"
        }
    }
}

/// Gives every command for the axes of `space` to `take`, or why it can't be used; `stamped`: twists as
/// TwistStamped.
pub(super) fn subscribe_commands(
    spinner: &Caller,
    space: &ActionSpace,
    stamped: bool,
    qos: QosProfile,
    mut take: impl FnMut(Result<Action, String>) + Send + 'static,
) -> Result<(), RosError> {
    let topic = command_topic(space, Form::Stream);
    let (kind, names) = (space.kind, space.names.clone());
    spinner.call(move |node, tasks| {
        let broken = |why: r2r::Error| subscribing(topic, why);
        let spawned = match (kind, stamped) {
            (ActionKind::BodyTwist, true) => {
                let stream = node.subscribe::<TwistStamped>(topic, qos).map_err(broken)?;
                tasks.spawn_local(stream.for_each(move |message| {
                    take(convert::action_of_twist(&message.twist));
                    ready(())
                }))
            }
            (ActionKind::BodyTwist, false) => {
                let stream = node.subscribe::<Twist>(topic, qos).map_err(broken)?;
                tasks.spawn_local(stream.for_each(move |message| {
                    take(convert::action_of_twist(&message));
                    ready(())
                }))
            }
            (ActionKind::JointVelocity | ActionKind::JointPosition, _) => {
                let stream = node
                    .subscribe::<Float64MultiArray>(topic, qos)
                    .map_err(broken)?;
                tasks.spawn_local(stream.for_each(move |message| {
                    take(convert::action(&message, &names));
                    ready(())
                }))
            }
        };
        spawned.map_err(|why| subscribing(topic, why))
    })?
}
