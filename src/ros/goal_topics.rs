//! Goals by topic.

use std::sync::Arc;

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::{LocalSpawn, LocalSpawnExt};
use r2r::geometry_msgs::msg::PoseStamped;
use r2r::sensor_msgs::msg::{Image, JointState};
use r2r::{Node, QosProfile, WrappedTypesupport};

use super::frames::Frames;
use super::spin::{Caller, subscribing};
use super::unheard::Ear;
use super::{Desk, Errand, RosError, arguments, convert, topic_name};
use crate::time::Clock;

/// Subscribes `~/goal/image`, `~/goal/joints` and `~/goal/pose` of the node with the full name `name`.
pub(super) fn subscribe_goals(
    spinner: &Caller,
    desk: &Desk,
    clock: Arc<dyn Clock>,
    frames: Frames,
    name: &str,
) -> Result<[Ear; 3], RosError> {
    let ears = [
        ("image", "sensor_msgs/msg/Image"),
        ("joints", "sensor_msgs/msg/JointState"),
        ("pose", "geometry_msgs/msg/PoseStamped"),
    ]
    .map(|(goal, kind)| Ear {
        name: format!("~/goal/{goal}"),
        topic: topic_name(&arguments(), name, &format!("~/goal/{goal}")),
        kind,
        qos: QosProfile::default(),
        needed: None,
    });
    let [image, joints, pose] = ears.clone();
    let (images, states) = (desk.counter(), desk.counter());
    spinner.call(move |node, tasks| {
        hear(node, tasks, &image, move |message: Image| {
            images(Errand::Image(convert::image(message, clock.now())));
        })?;
        hear(node, tasks, &joints, move |message: JointState| {
            states(Errand::Joints(message.name, message.position));
        })?;
        hear(node, tasks, &pose, move |message: PoseStamped| {
            frames.place(&message, Errand::Point);
        })
    })??;
    Ok(ears)
}

fn hear<T: WrappedTypesupport + 'static>(
    node: &mut Node,
    tasks: &impl LocalSpawn,
    ear: &Ear,
    mut take: impl FnMut(T) + 'static,
) -> Result<(), RosError> {
    let stream = node
        .subscribe::<T>(&ear.name, ear.qos.clone())
        .map_err(|why| subscribing(&ear.name, why))?;
    let hearing = stream.for_each(move |message| {
        take(message);
        ready(())
    });
    tasks
        .spawn_local(hearing)
        .map_err(|why| subscribing(&ear.name, why))
}
