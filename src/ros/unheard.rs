//! Publishers that a subscription here can't hear: DDS itself says nothing of them.

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

/// Without it nothing goes on.
const CLOCK: &str = "rosgraph_msgs/msg/Clock";

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
}

/// Looks who publishes on the topics of this node and isn't heard.
pub(super) struct Unheard {
    ears: Vec<Ear>,
    said: BTreeSet<String>,
    due: Instant,
    found: Arc<Mutex<Vec<String>>>,
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

    /// What was found last, a sentence each.
    pub(super) fn found(&self) -> Arc<Mutex<Vec<String>>> {
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
            let look = |ear: &Ear| -> Result<Vec<String>, RosError> {
                let infos = node
                    .get_publishers_info_by_topic(&ear.topic, false)
                    .map_err(|why| {
                        let doing = format!("publishers of {} can't be listed", ear.topic);
                        RosError::during(&doing, why)
                    })?;
                if infos.is_empty() && ear.kind == CLOCK {
                    let why = "nobody publishes it, and use_sim_time is true: time stands";
                    return Ok(vec![format!("{}: {why}", ear.topic)]);
                }
                let unheard = infos.iter().filter_map(|info| {
                    let why = reason(ear, &info.topic_type, &info.qos_profile)?;
                    let namespace = info.node_namespace.trim_end_matches('/');
                    let publisher = format!("{namespace}/{}", info.node_name);
                    Some(format!("{}: {publisher} {why}", ear.topic))
                });
                Ok(unheard.collect())
            };
            ears.iter().map(look).collect::<Result<Vec<_>, _>>()
        })??;
        let found: Vec<String> = found.into_iter().flatten().collect();
        for sentence in &found {
            if self.said.insert(sentence.clone()) {
                tracing::warn!("{sentence}; nothing of it is heard");
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
