//! Sensor topics as a port: what arrives, until it is polled.

use std::sync::Arc;
use std::time::Duration;

use super::Inbox;
use super::complaints::Complaints;
use crate::runtime::{PortError, SensorSource};
use crate::sensing::Message;
use crate::time::Stamp;

/// `image`, `joint_states` and `odom` (best effort, as drivers publish), stamps on the session's time line.
#[derive(Debug)]
pub struct RosSource {
    inbox: Arc<Inbox>,
    waiting: Vec<(u64, Message)>,
    dropped: u64,
    complaints: Complaints,
}

impl RosSource {
    /// What arrives in `inbox`.
    pub(super) fn of(inbox: Arc<Inbox>) -> Self {
        Self {
            dropped: inbox.dropped(),
            inbox,
            waiting: Vec::new(),
            complaints: Complaints::default(),
        }
    }
}

impl RosSource {
    fn unpack(&mut self) {
        while let Some((order, picture)) = self.inbox.pop_packed() {
            match picture.unpack() {
                Ok(image) => self.waiting.push((order, Message::Image(image))),
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
        self.unpack();
        self.inbox.drain(&mut self.waiting);
        messages.extend(self.waiting.drain(..).map(|(_, message)| message));
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
