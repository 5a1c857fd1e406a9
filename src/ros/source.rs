//! Sensor topics as a port: what arrives, until it is polled.

use std::sync::Arc;
use std::time::Duration;

use super::Inbox;
use crate::runtime::{PortError, SensorSource};
use crate::sensing::{Complaints, Message};
use crate::time::Stamp;

/// `image`, `joint_states` and `odom` (best effort, as drivers publish), stamps on the session's time line.
#[derive(Debug)]
pub struct RosSource {
    inbox: Arc<Inbox>,
    dropped: u64,
    complaints: Complaints,
}

impl RosSource {
    /// What arrives in `inbox`.
    pub(super) fn of(inbox: Arc<Inbox>) -> Self {
        Self {
            dropped: inbox.dropped(),
            inbox,
            complaints: Complaints::default(),
        }
    }
}

impl RosSource {
    fn unpack(&mut self, messages: &mut Vec<Message>) {
        while let Some(picture) = self.inbox.pop_packed() {
            match picture.unpack() {
                Ok(image) => messages.push(Message::Image(image)),
                Err(why) => {
                    if self.complaints.is_new(&why) {
                        tracing::warn!("{why}");
                    }
                    self.inbox.refuse(why);
                }
            }
        }
    }
}

impl SensorSource for RosSource {
    fn poll(&mut self, _now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        self.inbox.drain(messages);
        self.unpack(messages);
        let dropped = self.inbox.dropped();
        if dropped > self.dropped {
            tracing::debug!(
                "{} messages came faster than they were polled",
                dropped - self.dropped
            );
            self.dropped = dropped;
        }
        Ok(())
    }

    fn wait(&mut self, longest: Duration) {
        self.inbox.wait(longest);
    }
}
