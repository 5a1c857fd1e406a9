//! The command topic as a port.

use std::sync::Arc;

use r2r::geometry_msgs::msg::{Twist, TwistStamped};
use r2r::std_msgs::msg::Float64MultiArray;
use r2r::{Publisher, QosProfile};

use super::spin::Caller;
use super::{RosError, StampMapper, convert};
use crate::control::Command;
use crate::robot::{ActionKind, ActionSpace};
use crate::runtime::{CommandSink, PortError};
use crate::time::{Clock, Span};

/// Publishes every command that is to be sent: of joints on `command`, axis names in
/// `layout.dim[0].label`; of a body on `cmd_vel`, with a stamp or without.
pub struct RosSink {
    topic: Topic,
    axes: usize,
    /// Wall minus session time.
    offset: Span,
    clock: Arc<dyn Clock>,
}

/// The publisher.
#[derive(Clone)]
pub(super) enum Topic {
    Joints(Publisher<Float64MultiArray>, Float64MultiArray),
    Twist(Publisher<Twist>),
    StampedTwist(Publisher<TwistStamped>),
}

/// The name of the topic on which a robot of these axes is commanded.
pub fn command_topic(space: &ActionSpace) -> &'static str {
    match space.kind {
        ActionKind::BodyTwist => "cmd_vel",
        ActionKind::JointVelocity | ActionKind::JointPosition => "command",
    }
}

impl RosSink {
    /// Publishes for the axes of `space`; `stamped`: twists as TwistStamped. `clock`: the session's.
    pub(super) fn advertise(
        spinner: &Caller,
        space: &ActionSpace,
        stamped: bool,
        qos: QosProfile,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RosError> {
        let name = command_topic(space);
        let message = convert::command_message(&space.names);
        let kind = space.kind;
        let topic = spinner.call(move |node, _| {
            let made = match (kind, stamped) {
                (ActionKind::BodyTwist, true) => {
                    node.create_publisher(name, qos).map(Topic::StampedTwist)
                }
                (ActionKind::BodyTwist, false) => {
                    node.create_publisher(name, qos).map(Topic::Twist)
                }
                (ActionKind::JointVelocity | ActionKind::JointPosition, _) => node
                    .create_publisher(name, qos)
                    .map(|publisher| Topic::Joints(publisher, message)),
            };
            made.map_err(|why| RosError::during(&format!("topic {name} can't be published"), why))
        })??;
        Ok(Self {
            topic,
            axes: space.len(),
            offset: StampMapper::wall_offset(clock.as_ref()),
            clock,
        })
    }

    /// For [`Topic::retire`].
    pub(super) fn topic(&self) -> Topic {
        self.topic.clone()
    }
}

impl Topic {
    /// Takes the topic off the graph; whoever still holds a sink can't send any more.
    pub(super) fn retire(self, spinner: &Caller) -> Result<(), RosError> {
        spinner.call(move |node, _| match self {
            Self::Joints(publisher, _) => node.destroy_publisher(publisher),
            Self::Twist(publisher) => node.destroy_publisher(publisher),
            Self::StampedTwist(publisher) => node.destroy_publisher(publisher),
        })
    }
}

impl CommandSink for RosSink {
    fn send(&mut self, command: &Command) -> Result<(), PortError> {
        if !command.is_sent() {
            return Ok(());
        }
        if command.action.len() != self.axes {
            return Err(PortError(format!(
                "command has {} axes, its topic was made for {}",
                command.action.len(),
                self.axes
            )));
        }
        let sent = match &mut self.topic {
            Topic::Joints(publisher, message) => {
                message.data.copy_from_slice(&command.action);
                publisher.publish(message)
            }
            Topic::Twist(publisher) => publisher.publish(&convert::twist(&command.action)),
            Topic::StampedTwist(publisher) => {
                // What is told may be set; the wall clock is read once.
                let offset = self.clock.told().unwrap_or(self.offset);
                publisher.publish(&convert::stamped_twist(command, offset))
            }
        };
        sent.map_err(|why| PortError(format!("command can't be published: {why}")))
    }
}
