//! The sensor topics' subscriptions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::nav_msgs::msg::Odometry;
use r2r::sensor_msgs::msg::{CompressedImage, Image, JointState};

use super::qos::state_topic;
use super::spin::{Caller, subscribing};
use super::unheard::Ear;
use super::{Heard, Inbox, Listener, NodeTopics, Packed, QosTopic, RosError, StampMapper, convert};
use crate::config::{ConfigError, Parameters};
use crate::robot::ActionKind;
use crate::sensing::{Message, StampSource};
use crate::time::{Clock, Stamp};

/// What is subscribed.
pub(super) struct Sensors {
    pub(super) image: Ear,
    /// The image comes as JPEG or PNG.
    pub(super) compressed: bool,
    /// Joint states, or a body's odometry.
    pub(super) state: Ear,
    kind: ActionKind,
}

impl Sensors {
    /// Those that `topics` and `parameters` say, of a robot of such actions.
    pub(super) fn of(
        topics: &NodeTopics,
        kind: ActionKind,
        parameters: &Parameters,
    ) -> Result<Self, ConfigError> {
        let ear = |topic: &QosTopic, kind| {
            Ok(Ear {
                name: topic.asked.clone(),
                topic: topic.name.clone(),
                kind,
                qos: topic.qos(parameters)?,
                needed: None,
            })
        };
        let compressed = parameters.text("image_transport")? == "compressed";
        let image = if compressed {
            ear(&topics.compressed, "sensor_msgs/msg/CompressedImage")
        } else {
            ear(&topics.image, "sensor_msgs/msg/Image")
        };
        let (_, message) = state_topic(kind);
        Ok(Self {
            image: image?,
            compressed,
            state: ear(&topics.state, message)?,
            kind,
        })
    }

    /// All of them.
    pub(super) fn ears(&self) -> Vec<Ear> {
        vec![self.image.clone(), self.state.clone()]
    }
}

/// Reads the stamps of one topic: to session time, `None` if a message is refused for its stamp.
struct Reader {
    mapper: StampMapper,
    clock: Arc<dyn Clock>,
    inbox: Arc<Inbox>,
    /// See [`Desk::refusals`](super::Desk::refusals).
    refusals: Arc<AtomicU64>,
    seen: (u64, u64),
    ahead: String,
}

impl Reader {
    fn read(&mut self, sec: i32, nanosec: u32) -> Option<Stamp> {
        let now = (self.refusals.load(Ordering::Acquire), self.clock.jumps());
        if now.0 != self.seen.0 {
            self.mapper.reconsider();
        }
        if now.1 != self.seen.1 {
            self.mapper.restart();
        }
        self.seen = now;
        let offset = StampMapper::wall_offset(self.clock.as_ref());
        let stamp = self.mapper.map(sec, nanosec, self.clock.now(), offset);
        if !self.inbox.is_open() {
            return None;
        }
        if stamp.is_none() {
            self.inbox.refuse(self.ahead.clone());
        }
        stamp
    }
}

/// Subscribes; gives the inbox that callbacks fill. `clock` is the session's; whenever `refusals` of activations grow,
/// topics with odd stamps are judged anew. `listener` is told of compressed pictures and of frames' names, too.
pub(super) fn subscribe(
    spinner: &Caller,
    sensors: Sensors,
    clock: &Arc<dyn Clock>,
    stamps: StampSource,
    refusals: &Arc<AtomicU64>,
    listener: Option<Listener>,
) -> Result<Arc<Inbox>, RosError> {
    let inbox = Arc::new(Inbox::new());
    let offset = StampMapper::wall_offset(clock.as_ref());
    let reader = |topic: &str| Reader {
        mapper: StampMapper::new(topic, stamps, offset),
        seen: (refusals.load(Ordering::Acquire), clock.jumps()),
        clock: clock.clone(),
        inbox: inbox.clone(),
        refusals: refusals.clone(),
        ahead: format!("{topic}: a header stamp ahead of its receipt"),
    };
    let (mut image, mut state) = (reader("image"), reader(state_topic(sensors.kind).0));
    let told = listener.clone();
    spinner.call(move |node, tasks| {
        macro_rules! hear {
            ($ear:expr, $subscribe:ident::<$kind:ty>, $reader:ident, |$stamp:ident, $message:ident| $take:expr) => {
                let failed = |why: &dyn std::fmt::Display| subscribing(&$ear.topic, why);
                let stream = node.$subscribe::<$kind>(&$ear.name, $ear.qos.clone());
                let stream = stream.map_err(|why| failed(&why))?;
                let serving = stream.for_each(move |$message| {
                    let header = &$message.header.stamp;
                    if let Some($stamp) = $reader.read(header.sec, header.nanosec) {
                        $take;
                    }
                    ready(())
                });
                tasks.spawn_local(serving).map_err(|why| failed(&why))?;
            };
        }
        let Sensors {
            image: ear,
            compressed,
            state: measured,
            kind,
        } = sensors;
        if compressed {
            hear!(ear, subscribe::<CompressedImage>, image, |stamp, message| {
                let picture = Packed {
                    stamp,
                    format: message.format,
                    data: message.data,
                };
                if let Some(listener) = &listener {
                    let now = image.clock.now();
                    listener(now, Heard::CameraFrame(&message.header.frame_id));
                    listener(now, Heard::Picture(picture.clone()));
                }
                image.inbox.push_packed(picture)
            });
        } else {
            hear!(ear, subscribe_native::<Image>, image, |stamp, message| {
                if let Some(listener) = &listener {
                    let frame = message.header.frame_id.to_str();
                    listener(image.clock.now(), Heard::CameraFrame(frame));
                }
                image.inbox.push(Message::Image(convert::image_from_native(message, stamp)))
            });
        }
        if kind == ActionKind::BodyTwist {
            hear!(measured, subscribe::<Odometry>, state, |stamp, message| {
                if let Some(listener) = &told {
                    let frames = [&*message.header.frame_id, &*message.child_frame_id];
                    listener(state.clock.now(), Heard::OdometryFrames(frames));
                }
                state.inbox.push(Message::Odometry(convert::odometry(&message, stamp)))
            });
        } else {
            let mut names: Arc<[String]> = Arc::new([]);
            hear!(measured, subscribe::<JointState>, state, |stamp, message| {
                let joints = convert::joints(message, stamp, &mut names);
                state.inbox.push(Message::Joints(joints))
            });
        }
        Ok::<_, RosError>(())
    })??;
    Ok(inbox)
}
