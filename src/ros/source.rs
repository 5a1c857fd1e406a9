//! Sensor topics as a port.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::QosProfile;
use r2r::nav_msgs::msg::Odometry;
use r2r::sensor_msgs::msg::{Image, JointState};

use super::spin::{Caller, subscribing};
use super::{Inbox, RosError, StampMapper, convert};
use crate::runtime::{PortError, SensorSource};
use crate::sensing::{Message, StampSource};
use crate::time::{Clock, Stamp};

/// `image`, `joint_states` and `odom` (best effort, as drivers publish), stamps on the session's time line.
#[derive(Debug)]
pub struct RosSource {
    inbox: Arc<Inbox>,
    waiting: Vec<(u64, Message)>,
    dropped: u64,
}

impl RosSource {
    /// What arrives in `inbox`.
    pub(super) fn of(inbox: Arc<Inbox>) -> Self {
        Self {
            dropped: inbox.dropped(),
            inbox,
            waiting: Vec::new(),
        }
    }

    /// Subscribes; gives the inbox that callbacks fill. `clock` is the session's; whenever `refusals` of activations
    /// grow, topics with odd stamps are judged anew.
    pub(super) fn subscribe(
        spinner: &Caller,
        clock: Arc<dyn Clock>,
        stamps: StampSource,
        refusals: &Arc<AtomicU64>,
    ) -> Result<Arc<Inbox>, RosError> {
        let inbox = Arc::new(Inbox::new());
        let offset = StampMapper::wall_offset(clock.as_ref());
        let mapper = |topic: &str| {
            let mut mapper = StampMapper::new(topic, stamps, offset);
            let ahead = format!("{topic}: a header stamp ahead of its receipt");
            let (clock, refusals, inbox) = (clock.clone(), refusals.clone(), inbox.clone());
            let (mut refused, mut jumps) = (0, clock.jumps());
            move |sec: i32, nanosec: u32| {
                let count = refusals.load(Ordering::Acquire);
                if count != refused {
                    refused = count;
                    mapper.reconsider();
                }
                if clock.jumps() != jumps {
                    jumps = clock.jumps();
                    mapper.restart();
                }
                let now = StampMapper::wall_offset(clock.as_ref());
                let stamp = mapper.map(sec, nanosec, clock.now(), now);
                if stamp.is_none() && inbox.is_open() {
                    inbox.refuse(ahead.clone());
                }
                stamp
            }
        };
        let (mut image_stamp, mut joint_stamp, mut odom_stamp) =
            (mapper("image"), mapper("joint_states"), mapper("odom"));
        let (images, joints, odometry) = (inbox.clone(), inbox.clone(), inbox.clone());
        spinner.call(move |node, tasks| {
            // Deep enough for a spin that was late; the inbox keeps the newest.
            let qos = || QosProfile::sensor_data().keep_last(10);
            let stream = node
                .subscribe_native::<Image>("image", qos())
                .map_err(|why| subscribing("image", why))?;
            tasks
                .spawn_local(stream.for_each(move |message| {
                    let header = &message.header.stamp;
                    if let Some(stamp) = image_stamp(header.sec, header.nanosec)
                        && images.is_open()
                    {
                        images.push(Message::Image(convert::image_from_native(&message, stamp)));
                    }
                    ready(())
                }))
                .map_err(|why| subscribing("image", why))?;
            let stream = node
                .subscribe::<JointState>("joint_states", qos())
                .map_err(|why| subscribing("joint_states", why))?;
            let mut names: Arc<[String]> = Arc::new([]);
            tasks
                .spawn_local(stream.for_each(move |message| {
                    let header = &message.header.stamp;
                    if let Some(stamp) = joint_stamp(header.sec, header.nanosec)
                        && joints.is_open()
                    {
                        joints.push(Message::Joints(convert::joints(message, stamp, &mut names)));
                    }
                    ready(())
                }))
                .map_err(|why| subscribing("joint_states", why))?;
            let stream = node
                .subscribe::<Odometry>("odom", qos())
                .map_err(|why| subscribing("odom", why))?;
            tasks
                .spawn_local(stream.for_each(move |message| {
                    let header = &message.header.stamp;
                    if let Some(stamp) = odom_stamp(header.sec, header.nanosec)
                        && odometry.is_open()
                    {
                        odometry.push(Message::Odometry(convert::odometry(&message, stamp)));
                    }
                    ready(())
                }))
                .map_err(|why| subscribing("odom", why))
        })??;
        Ok(inbox)
    }
}

impl SensorSource for RosSource {
    fn poll(&mut self, _now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
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
}
