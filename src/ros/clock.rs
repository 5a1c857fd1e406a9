//! `/clock`: simulated time.

use std::sync::Arc;

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::QosProfile;
use r2r::rosgraph_msgs::msg::Clock as ClockMessage;

use super::spin::{Caller, subscribing};
use super::unheard::Ear;
use super::{RosError, arguments, topic_name};
use crate::time::{ExternalClock, Stamp, Told};

/// Tells `clock` what `/clock` says, for as long as the node lives; jumps are said.
pub(super) fn follow(spinner: &Caller, clock: Arc<ExternalClock>) -> Result<Ear, RosError> {
    let ear = Ear {
        name: "/clock".to_owned(),
        topic: topic_name(&arguments(), "/", "/clock"),
        kind: "rosgraph_msgs/msg/Clock",
        // rclcpp's ClockQoS.
        qos: QosProfile::sensor_data().keep_last(1),
        needed: Some("use_sim_time is true, time stands"),
    };
    let qos = ear.qos.clone();
    spinner.call(move |node, tasks| {
        let stream = node
            .subscribe::<ClockMessage>("/clock", qos)
            .map_err(|why| subscribing("/clock", why))?;
        tasks
            .spawn_local(stream.for_each(move |message| {
                let told = stamp(message.clock.sec, message.clock.nanosec);
                match clock.tell(told) {
                    Told::Onward => {}
                    Told::Begun => tracing::info!("/clock: time goes on from {told}"),
                    Told::Jumped(step) => tracing::warn!(
                        "/clock jumped by {step} to {told}; a robot that moves is stopped, ~/resume goes on. If it \
                         jumps to and fro, two simulations publish it"
                    ),
                }
                ready(())
            }))
            .map_err(|why| subscribing("/clock", why))
    })??;
    Ok(ear)
}

/// ROS time of a message's stamp.
pub(super) fn stamp(sec: i32, nanosec: u32) -> Stamp {
    Stamp::from_nanos(i64::from(sec) * 1_000_000_000 + i64::from(nanosec))
}
