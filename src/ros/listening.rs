//! What comes in for a recording: topics that nobody else reads, as they come, and what the line gets in another form.

use std::fmt;
use std::sync::Arc;

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::QosProfile;
use r2r::qos::DurabilityPolicy;

use super::spin::{Caller, subscribing};
use super::unheard::Ear;
use super::{Packed, RosError, arguments, topic_name};
use crate::robot::Action;
use crate::time::{Clock, Stamp};

/// Messages that may wait for a spin that was late, or that were published before one came.
const DEPTH: usize = 50;

/// A topic that is subscribed for a recording alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptTopic {
    /// By which [`Heard::Kept`] names it.
    pub number: usize,
    /// `imu`: namespaces and remapping rules apply to it.
    pub name: &'static str,
    /// `sensor_msgs/msg/Imu`.
    pub kind: &'static str,
    /// True if it is published now and then, and kept for those who come late.
    pub latched: bool,
}

/// Something that came in.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard<'a> {
    /// The frame that a picture is in.
    CameraFrame(&'a str),
    /// The frames that an odometry is in, and of.
    OdometryFrames([&'a str; 2]),
    /// A message of the topic of this [number](KeptTopic::number), in CDR, as it came.
    Kept(usize, Vec<u8>),
    /// A compressed picture, before it is decoded.
    Picture(Packed),
    /// A command of the incumbent.
    Command(Action),
}

/// Told what came in, and when, in session time: on the ROS thread, of what trajectories come to on the planner's; may
/// not hold them up.
pub type Listener = Arc<dyn Fn(Stamp, Heard<'_>) + Send + Sync>;

/// What a recording wants of a node.
#[derive(Clone)]
pub struct Listening {
    /// What is subscribed for it.
    pub topics: Vec<KeptTopic>,
    /// Who is told.
    pub listener: Listener,
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.topics).finish()
    }
}

/// Subscribes the topics for the node `node`; gives what is listened with.
pub(super) fn listen(
    spinner: &Caller,
    listening: &Listening,
    node: &str,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Ear>, RosError> {
    let ears = listening.topics.iter().map(|topic| Ear {
        name: topic.name.to_owned(),
        topic: topic_name(&arguments(), node, topic.name),
        kind: topic.kind,
        qos: qos(topic.latched),
        needed: None,
    });
    let ears: Vec<Ear> = ears.collect();
    for (topic, ear) in listening.topics.iter().zip(ears.iter().cloned()) {
        let number = topic.number;
        let (listener, clock) = (listening.listener.clone(), clock.clone());
        spinner.call(move |node, tasks| {
            let failed = |why: &dyn fmt::Display| subscribing(&ear.topic, why);
            let stream = node.subscribe_raw(&ear.name, ear.kind, ear.qos.clone());
            let hearing = stream.map_err(|why| failed(&why))?.for_each(move |bytes| {
                listener(clock.now(), Heard::Kept(number, bytes));
                ready(())
            });
            tasks.spawn_local(hearing).map_err(|why| failed(&why))
        })??;
    }
    Ok(ears)
}

/// Hears every publisher; of latched topics also what was published before.
fn qos(latched: bool) -> QosProfile {
    if latched {
        let mut qos = QosProfile::default().keep_last(DEPTH);
        qos.durability = DurabilityPolicy::TransientLocal;
        qos
    } else {
        QosProfile::sensor_data().keep_last(DEPTH)
    }
}
