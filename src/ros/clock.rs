//! `/clock`: simulated time.

use std::sync::Arc;

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::QosProfile;
use r2r::rosgraph_msgs::msg::Clock as ClockMessage;

use super::spin::{Caller, subscribing};
use super::unheard::{Ear, Need};
use super::{Jumps, RosError, arguments, topic_name};
use crate::time::{Clock, ExternalClock, Stamp, Told, WallClock};

/// Tells `clock` what `/clock` says, for as long as the node `node` lives; jumps are said, and counted where there are many.
pub(super) fn follow(
    spinner: &Caller,
    clock: Arc<ExternalClock>,
    node: &str,
) -> Result<Ear, RosError> {
    let ear = Ear {
        name: "/clock".to_owned(),
        topic: topic_name(&arguments(), node, "/clock"),
        kind: "rosgraph_msgs/msg/Clock",
        // rclcpp's ClockQoS.
        qos: QosProfile::sensor_data().keep_last(1),
        needed: Some(Need {
            without: "use_sim_time is true, time stands",
            several: "time jumps to and fro between them: leave one",
        }),
    };
    let qos = ear.qos.clone();
    let (wall, mut jumps) = (WallClock::new(), Jumps::default());
    spinner.call(move |node, tasks| {
        let stream = node
            .subscribe::<ClockMessage>("/clock", qos)
            .map_err(|why| subscribing("/clock", why))?;
        tasks
            .spawn_local(stream.for_each(move |message| {
                let told = stamp(message.clock.sec, message.clock.nanosec);
                let said = match clock.tell(told) {
                    Told::Onward => jumps.ran_on(wall.now()),
                    Told::Begun => {
                        tracing::info!("/clock: time goes on from {told}");
                        None
                    }
                    Told::Jumped(step) => jumps.jumped(step, told, wall.now()),
                };
                if let Some(said) = said {
                    tracing::warn!("{said}");
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
