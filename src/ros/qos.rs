//! Quality of service by parameter, under rclcpp's names: `qos_overrides.TOPIC.subscription.reliability`.

use r2r::QosProfile;
use r2r::qos::{DurabilityPolicy, HistoryPolicy, ReliabilityPolicy};

use super::args::{absolute, namespace, topic_name};
use super::command_topic;
use crate::config::{ConfigError, Parameters, Record};
use crate::robot::{ActionKind, ActionSpace};
use crate::runtime::Form;

/// Which end of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Sensors: best effort, as drivers publish.
    Subscription,
    /// Commands: reliable.
    Publisher,
}

/// A topic whose quality of service can be set: its full name, and its parameters' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QosTopic {
    /// `/camera/image_raw`: remapping rules are applied.
    pub name: String,
    end: End,
    reliability: &'static str,
    durability: &'static str,
    history: &'static str,
    depth: &'static str,
}

/// Sensor topics and the command topic of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeTopics {
    /// `image`.
    pub image: QosTopic,
    /// `image/compressed`, beside `image` as image_transport names it.
    pub compressed: QosTopic,
    /// `joint_states` or `odom`.
    pub state: QosTopic,
    /// `command` or `cmd_vel`.
    command: QosTopic,
    /// `joint_trajectory`, which joints may be commanded on instead.
    trajectory: QosTopic,
}

impl NodeTopics {
    /// Those of the node with the full name `node`, for a robot of the axes `space`, as `args` rename them.
    pub fn of(args: &[String], node: &str, space: &ActionSpace) -> Self {
        let namespace = namespace(node);
        let named = |topic: &str| topic_name(args, namespace, topic);
        let image = named("image");
        let mut compressed = named("image/compressed");
        if compressed == absolute(namespace, "image/compressed") {
            compressed = format!("{image}/compressed");
        }
        let commanded = |form| QosTopic::new(named(command_topic(space, form)), End::Publisher);
        Self {
            image: QosTopic::new(image, End::Subscription),
            compressed: QosTopic::new(compressed, End::Subscription),
            state: QosTopic::new(named(state_topic(space.kind).0), End::Subscription),
            command: commanded(Form::Stream),
            trajectory: commanded(Form::Trajectory),
        }
    }

    /// The topic on which the robot is commanded in such a form.
    pub fn commanded(&self, form: Form) -> &QosTopic {
        match form {
            Form::Stream => &self.command,
            Form::Trajectory => &self.trajectory,
        }
    }

    /// The parameters of all of them.
    pub fn records(&self) -> Vec<Record> {
        let mut all = vec![&self.image, &self.compressed, &self.state, &self.command];
        if self.trajectory != self.command {
            all.push(&self.trajectory);
        }
        all.into_iter().flat_map(QosTopic::records).collect()
    }
}

/// The name and the type of the topic on which a robot of such actions is measured.
pub(super) fn state_topic(kind: ActionKind) -> (&'static str, &'static str) {
    match kind {
        ActionKind::BodyTwist => ("odom", "nav_msgs/msg/Odometry"),
        ActionKind::JointVelocity | ActionKind::JointPosition => {
            ("joint_states", "sensor_msgs/msg/JointState")
        }
    }
}

impl QosTopic {
    /// The parameters' names live as long as the process: it has one node, of a handful of topics.
    fn new(name: String, end: End) -> Self {
        let role = match end {
            End::Subscription => "subscription",
            End::Publisher => "publisher",
        };
        let key = |policy: &str| -> &'static str {
            format!("qos_overrides.{name}.{role}.{policy}").leak()
        };
        Self {
            reliability: key("reliability"),
            durability: key("durability"),
            history: key("history"),
            depth: key("depth"),
            name,
            end,
        }
    }

    fn records(&self) -> [Record; 4] {
        let reliability = match self.end {
            End::Subscription => "best_effort",
            End::Publisher => "reliable",
        };
        [
            Record::text(self.reliability, reliability, &["best_effort", "reliable"]).about(
                "whether lost messages are sent again; reliable hears no best-effort publisher",
            ),
            Record::text(
                self.durability,
                "volatile",
                &["volatile", "transient_local"],
            )
            .about("whether those who come late get old messages"),
            Record::text(self.history, "keep_last", &["keep_last", "keep_all"])
                .about("how many messages may wait: depth, or as many as DDS has room for"),
            Record::integer(self.depth, 10, (1, 1000), "messages")
                .about("how many messages may wait, with history keep_last")
                .beyond("bursts are lost", "old messages wait before new ones"),
        ]
    }

    /// What `parameters` say, which hold the records.
    pub(super) fn qos(&self, parameters: &Parameters) -> Result<QosProfile, ConfigError> {
        let mut qos = QosProfile::default().keep_last(parameters.count(self.depth)?);
        if parameters.text(self.reliability)? == "best_effort" {
            qos.reliability = ReliabilityPolicy::BestEffort;
        }
        if parameters.text(self.durability)? == "transient_local" {
            qos.durability = DurabilityPolicy::TransientLocal;
        }
        if parameters.text(self.history)? == "keep_all" {
            qos.history = HistoryPolicy::KeepAll;
        }
        Ok(qos)
    }
}
