//! A running node as its client sees it: what it says, and goals for it.

use std::sync::{Arc, Mutex};

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::diagnostic_msgs::msg::DiagnosticStatus;
use r2r::sensor_msgs::msg::Image;
use r2r::std_srvs::srv::Trigger;
use r2r::{Client, Publisher, QosProfile};

use super::held::hold;
use super::spin::{Spinner, subscribing};
use super::{RosError, context, convert};
use crate::sensing::RawImage;
use crate::time::Span;

/// A client of one node.
pub struct Remote {
    said: Arc<Mutex<String>>,
    goals: Publisher<Image>,
    resumption: Client<Trigger::Service>,
    _spinner: Spinner,
}

impl Remote {
    /// Of the node with this full name; there need be none yet. `own`: the client's name.
    pub fn of(node: &str, own: &str) -> Result<Self, RosError> {
        let spinner = Spinner::start(context::node(own)?.0)?;
        let said = Arc::new(Mutex::new(String::new()));
        let (status, goal) = (format!("{node}/status"), format!("{node}/goal/image"));
        let resume = format!("{node}/resume");
        let hearing = said.clone();
        let (goals, resumption) = spinner.caller().call(move |node, tasks| {
            let heard = node
                .subscribe::<DiagnosticStatus>(&status, QosProfile::default())
                .map_err(|why| subscribing(&status, why))?;
            tasks
                .spawn_local(heard.for_each(move |message| {
                    *hold(&hearing) = message.message;
                    ready(())
                }))
                .map_err(|why| subscribing(&status, why))?;
            let goals = node
                .create_publisher(&goal, QosProfile::default())
                .map_err(|why| {
                    RosError::during(&format!("topic {goal} can't be published"), why)
                })?;
            let resumption = node
                .create_client::<Trigger::Service>(&resume, QosProfile::services_default())
                .map_err(|why| RosError::during(&format!("service {resume} can't be used"), why))?;
            Ok::<_, RosError>((goals, resumption))
        })??;
        Ok(Self {
            said,
            goals,
            resumption,
            _spinner: spinner,
        })
    }

    /// State and cause as it said them last, `Holding: goal reached`; empty before the first.
    pub fn summary(&self) -> String {
        hold(&self.said).clone()
    }

    /// Asks it to resume; what comes of it, [`summary`](Self::summary) says.
    pub fn resume(&self) -> Result<(), RosError> {
        let asked = self.resumption.request(&Trigger::Request {}).map(drop);
        asked.map_err(|why| RosError::during("resume can't be asked for", why))
    }

    /// Gives it the goal to look like `picture`.
    pub fn pursue(&self, picture: &RawImage) -> Result<(), RosError> {
        self.goals
            .publish(&convert::image_message(picture, Span::ZERO, "camera"))
            .map_err(|why| RosError::during("the goal can't be published", why))
    }
}
