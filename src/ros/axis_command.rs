//! A command of axes as a message that is serialized once: a tick writes its numbers into the bytes.

use r2r::std_msgs::msg::Float64MultiArray;
use r2r::{Error, Node, PublisherUntyped, QosProfile, Result, WrappedTypesupport};

use super::convert;

/// Bytes of a number.
const NUMBER: usize = size_of::<f64>();

/// Publishes a [`Float64MultiArray`], its axis names in `layout.dim[0].label`, without making one each time.
#[derive(Clone)]
pub(super) struct AxisCommand {
    publisher: PublisherUntyped,
    /// CDR, little-endian; the numbers are its end.
    message: Vec<u8>,
    axes: usize,
}

impl AxisCommand {
    /// Publishes on `topic` for the axes `names`.
    pub(super) fn advertise(
        node: &mut Node,
        topic: &str,
        qos: QosProfile,
        names: &[String],
    ) -> Result<Self> {
        let kind = "std_msgs/msg/Float64MultiArray";
        let mut command = Self {
            publisher: node.create_publisher_untyped(topic, kind, qos)?,
            message: convert::command_message(names).to_serialized_bytes()?,
            axes: names.len(),
        };
        // The middleware has written it: where it puts numbers is read back, not believed.
        let numbers: Vec<f64> = (0..names.len()).map(|axis| 0.5 + axis as f64).collect();
        command.write(&numbers);
        if Float64MultiArray::from_serialized_bytes(&command.message)?.data != numbers {
            return Err(Error::RCL_RET_ERROR);
        }
        Ok(command)
    }

    /// `action`: one number an axis.
    pub(super) fn publish(&mut self, action: &[f64]) -> Result<()> {
        self.write(action);
        self.publisher.publish_raw(&self.message)
    }

    /// Takes the topic off the graph.
    pub(super) fn retire(self, node: &mut Node) {
        node.destroy_publisher_untyped(self.publisher);
    }

    fn write(&mut self, action: &[f64]) {
        let start = self.message.len().saturating_sub(self.axes * NUMBER);
        let numbers = self.message[start..].chunks_exact_mut(NUMBER);
        for (bytes, number) in numbers.zip(action) {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
    }
}
