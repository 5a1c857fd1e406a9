//! Quality of service by parameter, under rclcpp's names: `qos_overrides.TOPIC.subscription.reliability`.

use std::collections::BTreeSet;

use r2r::QosProfile;
use r2r::qos::{DurabilityPolicy, HistoryPolicy, ReliabilityPolicy};

use super::args::{read_arguments, ros_parameters};
use super::command_topic;
use super::names::{node_name, renamed, topic_name};
use crate::config::{ConfigError, Parameters, Record, Violation};
use crate::robot::{ActionKind, ActionSpace};
use crate::runtime::{Commanding, Form};

/// Which end of a topic, and what it is without being told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    role: &'static str,
    reliability: &'static str,
    depth: i64,
}

/// Sensors: as drivers publish.
const SENSOR: End = End {
    role: "subscription",
    reliability: "best_effort",
    depth: 10,
};

impl End {
    /// Of the topic that the robot is commanded on.
    fn of_commands(commanding: Commanding) -> Self {
        match (commanding.shadow, commanding.form) {
            (false, _) => Self {
                role: "publisher",
                reliability: "reliable",
                depth: 10,
            },
            // Hears whoever commands as his robot does: a stream however it is published. A spin may be late.
            (true, form) => Self {
                reliability: match form {
                    Form::Stream => "best_effort",
                    Form::Trajectory => "reliable",
                },
                depth: 50,
                ..SENSOR
            },
        }
    }
}

/// A topic whose quality of service can be set: its full name, and its parameters' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QosTopic {
    /// `/camera/image_raw`: remapping rules are applied.
    pub name: String,
    /// What rcl is asked for, which applies the rules: `image`.
    pub(super) asked: String,
    end: End,
    reliability: &'static str,
    durability: &'static str,
    history: &'static str,
    depth: &'static str,
}

/// Sensor topics and the topic of commands of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeTopics {
    /// `image`.
    pub image: QosTopic,
    /// `image/compressed`, beside `image` as image_transport names it.
    pub compressed: QosTopic,
    /// `joint_states` or `odom`.
    pub state: QosTopic,
    /// `command`, `cmd_vel` or `joint_trajectory`: published, or in the shadow heard.
    pub command: QosTopic,
}

impl NodeTopics {
    /// Those of the node that is called `node` unless `args` say otherwise, for a robot of the axes `space`, and all of
    /// its parameters: what `told` makes of records, and `--ros-args` over it. Which records there are depends on
    /// parameters: who commands, and how.
    ///
    /// # Errors
    /// What is wrong with a parameter; what `told` says.
    pub fn read<E: From<ConfigError>>(
        args: &[String],
        node: &str,
        space: &ActionSpace,
        told: impl Fn(&[Record]) -> Result<Parameters, E>,
    ) -> Result<(Self, Parameters), E> {
        let full = node_name(args, node);
        let mut any: Vec<Record> = Vec::new();
        for (form, shadow) in [
            (Form::Stream, false),
            (Form::Trajectory, false),
            (Form::Stream, true),
            (Form::Trajectory, true),
        ] {
            let commanding = Commanding {
                form,
                shadow,
                ..Commanding::default()
            };
            any.extend(Self::of(args, &full, space, commanding).records());
        }
        let any = distinct(any);
        let (parameters, _) = read_arguments(args, node, told(&any)?)?;
        let commanding = Commanding::from_parameters(&parameters)?;
        let topics = Self::of(args, &full, space, commanding);
        topics.check(parameters.text("image_transport")? == "compressed")?;
        let parameters = ros_parameters(args, node, told(&topics.records())?)?;
        Ok((topics, parameters))
    }

    /// Those of the node with the full name `node`, as `args` rename them.
    pub fn of(args: &[String], node: &str, space: &ActionSpace, commanding: Commanding) -> Self {
        let topic =
            |asked: &str, end| QosTopic::new(asked.to_owned(), topic_name(args, node, asked), end);
        let image = topic("image", SENSOR);
        let compressed = match renamed(args, node, "image/compressed") {
            Some(_) => topic("image/compressed", SENSOR),
            None => topic(&format!("{}/compressed", image.name), SENSOR),
        };
        Self {
            image,
            compressed,
            state: topic(state_topic(space.kind).0, SENSOR),
            command: topic(
                command_topic(space, commanding.form),
                End::of_commands(commanding),
            ),
        }
    }

    /// The parameters of all of them.
    pub fn records(&self) -> Vec<Record> {
        let all = [&self.image, &self.compressed, &self.state, &self.command];
        distinct(all.into_iter().flat_map(QosTopic::records).collect())
    }

    /// Refuses rules that give one name to two topics that are used: a topic has one type.
    fn check(&self, compressed: bool) -> Result<(), ConfigError> {
        let picture = match compressed {
            true => &self.compressed,
            false => &self.image,
        };
        let used = [picture, &self.state, &self.command];
        let pairs = used.iter().enumerate();
        let mut pairs =
            pairs.flat_map(|(at, one)| used[..at].iter().map(move |other| (other, one)));
        let clash = pairs.find(|(one, other)| one.name == other.name);
        let violations = clash.map(|(one, other)| {
            Violation::Malformed(format!(
                "-r: {} and {} both become {}, but a topic has one type of message; give each a name of its own",
                one.asked, other.asked, one.name
            ))
        });
        ConfigError::check("--ros-args", violations.into_iter().collect())
    }
}

/// Each once: of a topic for several purposes, or in several cases.
fn distinct(mut records: Vec<Record>) -> Vec<Record> {
    let mut known = BTreeSet::new();
    records.retain(|record| known.insert(record.name));
    records
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
    fn new(asked: String, name: String, end: End) -> Self {
        let key = |policy: &str| -> &'static str {
            format!("qos_overrides.{name}.{}.{policy}", end.role).leak()
        };
        Self {
            reliability: key("reliability"),
            durability: key("durability"),
            history: key("history"),
            depth: key("depth"),
            name,
            asked,
            end,
        }
    }

    fn records(&self) -> [Record; 4] {
        let reliability = self.end.reliability;
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
            Record::integer(self.depth, self.end.depth, (1, 1000), "messages")
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
