//! The `command` topic as a port.

use r2r::std_msgs::msg::Float64MultiArray;
use r2r::{Publisher, QosProfile};

use super::spin::Spinner;
use super::{RosError, convert};
use crate::control::Command;
use crate::runtime::{CommandSink, PortError};

/// Publishes every command that is to be sent, reliably, axis names in `layout.dim[0].label`.
pub struct RosSink {
    publisher: Publisher<Float64MultiArray>,
    message: Float64MultiArray,
}

impl RosSink {
    /// Publishes for the axes `names`.
    pub(super) fn advertise(spinner: &Spinner, names: &[String]) -> Result<Self, RosError> {
        let publisher = spinner.call(|node, _| {
            node.create_publisher("command", QosProfile::default().keep_last(10))
                .map_err(|why| RosError::during("topic command can't be published", why))
        })??;
        Ok(Self {
            publisher,
            message: convert::command_message(names),
        })
    }
}

impl CommandSink for RosSink {
    fn send(&mut self, command: &Command) -> Result<(), PortError> {
        if !command.is_sent() {
            return Ok(());
        }
        if command.action.len() != self.message.data.len() {
            return Err(PortError(format!(
                "command has {} axes, topic command was made for {}",
                command.action.len(),
                self.message.data.len()
            )));
        }
        self.message.data.copy_from_slice(&command.action);
        self.publisher
            .publish(&self.message)
            .map_err(|why| PortError(format!("command can't be published: {why}")))
    }
}
