//! The command topic as a port: commands as they are, or as pieces of trajectory.

use std::sync::Arc;

use r2r::geometry_msgs::msg::{Twist, TwistStamped};
use r2r::trajectory_msgs::msg::JointTrajectory;
use r2r::{Publisher, QosProfile};

use super::axis_command::AxisCommand;
use super::chunks::{Chunks, News};
use super::spin::Caller;
use super::{RosError, StampMapper, convert};
use crate::control::{Command, ControlConfig};
use crate::robot::{ActionKind, ActionSpace};
use crate::runtime::{CommandSink, Commanding, Form, PortError};
use crate::time::{Clock, Span};

/// Publishes every command that is to be sent: of joints on `command`, axis names in
/// `layout.dim[0].label`; of a body on `cmd_vel`, with a stamp or without. Or, of joints, what they come to as
/// trajectories on `joint_trajectory`.
pub struct RosSink {
    topic: Topic,
    chunks: Option<Chunks>,
    axes: usize,
    /// Wall minus session time.
    offset: Span,
    clock: Arc<dyn Clock>,
}

/// The publisher.
#[derive(Clone)]
pub(super) enum Topic {
    Joints(AxisCommand),
    Twist(Publisher<Twist>),
    StampedTwist(Publisher<TwistStamped>),
    Trajectories(Publisher<JointTrajectory>),
}

/// The name of the topic on which a robot of these axes is commanded.
pub fn command_topic(space: &ActionSpace, form: Form) -> &'static str {
    match (space.kind, form) {
        (ActionKind::BodyTwist, _) => "cmd_vel",
        (_, Form::Trajectory) => "joint_trajectory",
        (_, Form::Stream) => "command",
    }
}

/// Refuses what can't be commanded as trajectories.
pub(super) fn check_commanding(
    space: &ActionSpace,
    commanding: Commanding,
) -> Result<(), RosError> {
    if commanding.form == Form::Trajectory && space.kind != ActionKind::JointVelocity {
        let parameter = if commanding.shadow {
            "shadow.of"
        } else {
            "command"
        };
        return Err(RosError::Usage(format!(
            "{parameter}: found trajectory for a robot whose actions are {:?}; expected joints that are commanded by \
             velocity; set {parameter}: stream",
            space.kind
        )));
    }
    Ok(())
}

impl RosSink {
    /// Publishes for the axes of `space`; `stamped`: twists as TwistStamped. `clock`: the session's.
    pub(super) fn advertise(
        spinner: &Caller,
        space: &ActionSpace,
        form: Form,
        stamped: bool,
        qos: QosProfile,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RosError> {
        let name = command_topic(space, form);
        let axes = space.names.clone();
        let topic = spinner.call(move |node, _| {
            let made = match name {
                "joint_trajectory" => node.create_publisher(name, qos).map(Topic::Trajectories),
                "cmd_vel" if stamped => node.create_publisher(name, qos).map(Topic::StampedTwist),
                "cmd_vel" => node.create_publisher(name, qos).map(Topic::Twist),
                _ => AxisCommand::advertise(node, name, qos, &axes).map(Topic::Joints),
            };
            made.map_err(|why| RosError::during(&format!("topic {name} can't be published"), why))
        })??;
        Ok(Self {
            topic,
            chunks: None,
            axes: space.len(),
            offset: StampMapper::wall_offset(clock.as_ref()),
            clock,
        })
    }

    /// Makes trajectories of the commands, within the bounds of `config`, if that is what is published; gives where
    /// plans and states are put.
    pub(super) fn with_chunks(
        &mut self,
        space: &ActionSpace,
        config: &ControlConfig,
    ) -> Option<triple_buffer::Input<News>> {
        matches!(self.topic, Topic::Trajectories(_)).then(|| {
            let (chunks, news) = Chunks::new(space, config);
            self.chunks = Some(chunks);
            news
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
            Self::Joints(command) => command.retire(node),
            Self::Twist(publisher) => node.destroy_publisher(publisher),
            Self::StampedTwist(publisher) => node.destroy_publisher(publisher),
            Self::Trajectories(publisher) => node.destroy_publisher(publisher),
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
        // What is told may be set; the wall clock is read once.
        let offset = self.clock.told().unwrap_or(self.offset);
        let sent = match &mut self.topic {
            Topic::Joints(message) => message.publish(&command.action),
            Topic::Twist(publisher) => publisher.publish(&convert::twist(&command.action)),
            Topic::StampedTwist(publisher) => {
                publisher.publish(&convert::stamped_twist(command, offset))
            }
            Topic::Trajectories(publisher) => {
                let chunks = self.chunks.as_mut();
                let chunk = chunks.and_then(|chunks| chunks.next(command, offset));
                chunk.map_or(Ok(()), |chunk| publisher.publish(&chunk))
            }
        };
        sent.map_err(|why| PortError(format!("command can't be published: {why}")))
    }
}
