//! The foreign controller in whose shadow a node is, on the topic on which it commands.

use std::sync::Arc;

use r2r::QosProfile;

use super::commands_in::{command_type, subscribe_commands};
use super::complaints::Complaints;
use super::spin::Caller;
use super::unheard::Ear;
use super::{Heard, Inbox, Listener, RosError};
use crate::robot::ActionSpace;
use crate::runtime::Incumbent;
use crate::time::Clock;

/// Hears it, however it publishes (best effort takes both); its commands count from their receipt. What can't be
/// a command for the axes of `space` is said once a kind, counted in the inbox and left out. `topic`: its full name.
/// Gives also what is listened with, for who can't be heard. `listener` is told of each command, too.
pub(super) fn incumbent(
    spinner: &Caller,
    space: &ActionSpace,
    topic: String,
    stamped: bool,
    (clock, inbox): (&Arc<dyn Clock>, &Arc<Inbox>),
    listener: Option<Listener>,
) -> Result<(Arc<Incumbent>, Ear), RosError> {
    let incumbent = Arc::new(Incumbent::new());
    let (heard, clock, inbox) = (incumbent.clone(), clock.clone(), inbox.clone());
    let mut said = Complaints::default();
    // Deep enough for a spin that was late.
    let qos = QosProfile::sensor_data().keep_last(50);
    let ear = Ear {
        name: topic.clone(),
        topic,
        kind: command_type(space, stamped),
        qos: qos.clone(),
    };
    subscribe_commands(spinner, space, stamped, qos, move |command| match command {
        Ok(action) => {
            let now = clock.now();
            heard.sent(now, action);
            if let Some(listener) = &listener {
                listener(now, Heard::Command(action));
            }
        }
        Err(why) => {
            if said.is_new(&why) {
                tracing::warn!("not compared: {why}");
            }
            if inbox.is_open() {
                inbox.refuse(format!("not compared: {why}"));
            }
        }
    })?;
    Ok((incumbent, ear))
}
