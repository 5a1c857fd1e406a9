//! A running node as its client sees it: what it says, and goals for it.

use std::sync::{Arc, Mutex};

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::diagnostic_msgs::msg::DiagnosticStatus;
use r2r::sensor_msgs::msg::Image;
use r2r::{Publisher, QosProfile};

use super::held::hold;
use super::spin::{Spinner, subscribing};
use super::{RosError, context, convert};
use crate::sensing::RawImage;
use crate::time::Span;

/// A client of one node.
pub struct Remote {
    said: Arc<Mutex<String>>,
    goals: Publisher<Image>,
    _spinner: Spinner,
}

impl Remote {
    /// Of the node with this full name; there need be none yet. `own`: the client's name.
    pub fn of(node: &str, own: &str) -> Result<Self, RosError> {
        let spinner = Spinner::start(context::node(own)?)?;
        let said = Arc::new(Mutex::new(String::new()));
        let (status, goal) = (format!("{node}/status"), format!("{node}/goal/image"));
        let hearing = said.clone();
        let goals = spinner.caller().call(move |node, tasks| {
            let heard = node
                .subscribe::<DiagnosticStatus>(&status, QosProfile::default())
                .map_err(|why| subscribing(&status, why))?;
            tasks
                .spawn_local(heard.for_each(move |message| {
                    *hold(&hearing) = message.message;
                    ready(())
                }))
                .map_err(|why| subscribing(&status, why))?;
            node.create_publisher(&goal, QosProfile::default())
                .map_err(|why| RosError::during(&format!("topic {goal} can't be published"), why))
        })??;
        Ok(Self {
            said,
            goals,
            _spinner: spinner,
        })
    }

    /// State and cause as it said them last, `Holding: goal reached`; empty before the first.
    pub fn summary(&self) -> String {
        hold(&self.said).clone()
    }

    /// Gives it the goal to look like `picture`.
    pub fn pursue(&self, picture: &RawImage) -> Result<(), RosError> {
        self.goals
            .publish(&convert::image_message(picture, Span::ZERO, "camera"))
            .map_err(|why| RosError::during("the goal can't be published", why))
    }
}
