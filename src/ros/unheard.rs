//! Publishers that a subscription here can't hear, or hears where it should hear one: DDS itself says nothing of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use r2r::QosProfile;
use r2r::qos::{DurabilityPolicy, ReliabilityPolicy};

use super::RosError;
use super::held::hold;
use super::spin::Caller;

/// Between two looks.
const REST: Duration = Duration::from_secs(1);

/// A subscription of this node.
#[derive(Clone, Debug)]
pub(super) struct Ear {
    /// The name that it is subscribed by.
    pub(super) name: String,
    /// Full name of the topic.
    pub(super) topic: String,
    /// `sensor_msgs/msg/Image`.
    pub(super) kind: &'static str,
    pub(super) qos: QosProfile,
    /// One publisher is expected; `None`: as many as there are.
    pub(super) needed: Option<Need>,
}

/// Why a topic has one publisher.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// What it means that nobody publishes.
    pub(super) without: &'static str,
    /// What it means that several do, and what to do.
    pub(super) several: &'static str,
}

/// What is not heard, or not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Who, on which topic, why, and what comes of it.
    pub sentence: String,
    /// The node can't work without it.
    pub vital: bool,
}

/// Looks who publishes on the topics of this node and isn't heard.
pub(super) struct Unheard {
    ears: Vec<Ear>,
    said: BTreeSet<String>,
    due: Instant,
    found: Arc<Mutex<Vec<Silence>>>,
}

impl Unheard {
    pub(super) fn new(ears: Vec<Ear>) -> Self {
        Self {
            ears,
            said: BTreeSet::new(),
            due: Instant::now(),
            found: Arc::default(),
        }
    }

    /// What was found last.
    pub(super) fn found(&self) -> Arc<Mutex<Vec<Silence>>> {
        self.found.clone()
    }

    /// Looks once a second; what is new is said, once.
    pub(super) fn look(&mut self, spinner: &Caller) -> Result<(), RosError> {
        if Instant::now() < self.due {
            return Ok(());
        }
        self.due = Instant::now() + REST;
        let ears = self.ears.clone();
        let found = spinner.call(move |node, _| {
            let look = |ear: &Ear| -> Result<Vec<Silence>, RosError> {
                let infos = node
                    .get_publishers_info_by_topic(&ear.topic, false)
                    .map_err(|why| {
                        let doing = format!("publishers of {} can't be listed", ear.topic);
                        RosError::during(&doing, why)
                    })?;
                let (mut heard, mut wrong) = (Vec::new(), Vec::new());
                for info in &infos {
                    let namespace = info.node_namespace.trim_end_matches('/');
                    let who = format!("{namespace}/{}", info.node_name);
                    match reason(ear, &info.topic_type, &info.qos_profile) {
                        Some(why) => wrong.push(format!("{who} {why}; nothing of it is heard")),
                        None => heard.push(who),
                    }
                }
                heard.sort();
                let vital = ear.needed.is_some() && heard.is_empty();
                if let Some(need) = ear.needed {
                    let (count, who) = (heard.len(), heard.join(", "));
                    match (count, infos.is_empty()) {
                        (0, true) => wrong.push(format!("nobody publishes it: {}", need.without)),
                        (0 | 1, _) => {}
                        _ => wrong.push(format!("{count} publishers: {who}; {}", need.several)),
                    }
                }
                let silence = |why| Silence {
                    sentence: format!("{}: {why}", ear.topic),
                    vital,
                };
                Ok(wrong.into_iter().map(silence).collect())
            };
            ears.iter().map(look).collect::<Result<Vec<_>, _>>()
        })??;
        let found: Vec<Silence> = found.into_iter().flatten().collect();
        for Silence { sentence, .. } in &found {
            if self.said.insert(sentence.clone()) {
                tracing::warn!("{sentence}");
            }
        }
        *hold(&self.found) = found;
        Ok(())
    }
}

/// Why a publisher of this type and quality isn't heard; `None`: it is.
fn reason(ear: &Ear, kind: &str, qos: &QosProfile) -> Option<String> {
    use DurabilityPolicy::{TransientLocal, Volatile};
    use ReliabilityPolicy::{BestEffort, Reliable};
    if kind != ear.kind {
        return Some(format!("publishes {kind}, expected {}", ear.kind));
    }
    if ear.qos.reliability == Reliable && qos.reliability == BestEffort {
        return Some("publishes best effort, this node asks for reliable".to_owned());
    }
    if ear.qos.durability == TransientLocal && qos.durability == Volatile {
        return Some("publishes volatile, this node asks for transient local".to_owned());
    }
    None
}
