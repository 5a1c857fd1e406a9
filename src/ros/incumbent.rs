//! The foreign controller in whose shadow a node is, on the topic on which it commands.

use std::sync::Arc;

use r2r::QosProfile;

use super::commands_in::{command_type, subscribe_commands};
use super::spin::Caller;
use super::trajectories_in::{TRAJECTORY, subscribe_trajectories, trajectory};
use super::unheard::Ear;
use super::{Heard, Inbox, Listener, RosError, StampMapper};
use crate::robot::ActionSpace;
use crate::runtime::{Commanding, Form, Incumbent};
use crate::sensing::Complaints;
use crate::time::Clock;

/// How it commands.
pub(super) struct Manner {
    /// Full name of the topic.
    pub(super) topic: String,
    pub(super) commanding: Commanding,
    pub(super) qos: QosProfile,
    /// Twists carry a stamp.
    pub(super) stamped: bool,
}

/// Hears it as it is told to. Its commands count from their receipt. What can't be a command for the axes of `space` is said once a kind, counted in
/// the inbox and left out. Gives also what is listened with, for who can't be heard. `listener` is told of each
/// command, too, of trajectories what they come to each tick.
pub(super) fn incumbent(
    spinner: &Caller,
    space: &ActionSpace,
    manner: Manner,
    (clock, inbox): (&Arc<dyn Clock>, &Arc<Inbox>),
    listener: Option<Listener>,
) -> Result<(Arc<Incumbent>, Ear), RosError> {
    let mut incumbent = Incumbent::new();
    if let Some(listener) = listener {
        incumbent =
            incumbent.with_listener(move |stamp, action| listener(stamp, Heard::Command(action)));
    }
    let incumbent = Arc::new(incumbent);
    let (heard, clock, inbox) = (incumbent.clone(), clock.clone(), inbox.clone());
    let (refusing, mut said) = (incumbent.clone(), Complaints::default());
    let mut refuse = move |why: String| {
        if said.is_new(&why) {
            tracing::warn!("not compared: {why}");
        }
        refusing.refuse(why.clone());
        if inbox.is_open() {
            inbox.refuse(format!("not compared: {why}"));
        }
    };
    let Commanding {
        form, moving_end, ..
    } = manner.commanding;
    let kind = match form {
        Form::Stream => command_type(space, manner.stamped),
        Form::Trajectory => TRAJECTORY,
    };
    let qos = manner.qos;
    let ear = Ear {
        name: manner.topic.clone(),
        topic: manner.topic,
        kind,
        qos: qos.clone(),
        needed: None,
    };
    match form {
        Form::Stream => {
            let take = move |command| match command {
                Ok(action) => heard.sent(clock.now(), action),
                Err(why) => refuse(why),
            };
            subscribe_commands(spinner, space, manner.stamped, qos, take)?;
        }
        Form::Trajectory => {
            let names = space.names.clone();
            subscribe_trajectories(spinner, space, qos, move |message| {
                let now = clock.now();
                let offset = StampMapper::wall_offset(clock.as_ref());
                match trajectory(message, &names, (now, offset), moving_end) {
                    Ok(trajectory) => heard.ordered(now, trajectory),
                    Err(why) => refuse(why),
                }
            })?;
        }
    }
    Ok((incumbent, ear))
}
