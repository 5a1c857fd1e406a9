//! Parameters that ROS 2 gives every node: which of them may be meant for somebody else.
//!
//! rclcpp reads `qos_overrides.TOPIC.publisher.POLICY` for the topics whose node allows it, and passes over any other in
//! silence, a misspelt one among them. Here a name that nobody could read is refused, and what may be another's is not.

use super::{Parameters, Record};

/// What the names of overrides begin with.
const GROUP: &str = "qos_overrides.";
/// Topics that a node has because ROS or tf2 makes them, and that files of rclcpp's users speak of for any node.
const MADE_BY_ROS: [&str; 5] = [
    "/clock",
    "/parameter_events",
    "/rosout",
    "/tf",
    "/tf_static",
];
/// rclcpp's policies.
const POLICIES: [&str; 9] = [
    "avoid_ros_namespace_conventions",
    "deadline",
    "depth",
    "durability",
    "history",
    "lifespan",
    "liveliness",
    "liveliness_lease_duration",
    "reliability",
];

/// True for parameters that ROS 2 gives every node.
pub fn is_ros_own(name: &str) -> bool {
    name == "use_sim_time" || name.starts_with(GROUP)
}

impl Parameters {
    /// True for a parameter of ROS's own that is none of these, and means something to others: `use_sim_time`; the
    /// quality of service of topics that ROS makes; where it is said to several nodes at once (`shared`), of any topic
    /// but one of these.
    pub fn is_passed_over(&self, name: &str, shared: bool) -> bool {
        let Some(rest) = name.strip_prefix(GROUP) else {
            return is_ros_own(name) && self.get(name).is_none();
        };
        let (Some((end, policy)), Some((topic, role))) = (
            name.rsplit_once('.'),
            rest.rsplit_once('.')
                .and_then(|(end, _)| end.rsplit_once('.')),
        ) else {
            return false;
        };
        let of_this_end =
            |known: &Record| known.name.rsplit_once('.').is_some_and(|(of, _)| of == end);
        // An identifier may follow: `subscription_left`.
        let role = role.split_once('_').map_or(role, |(role, _)| role);
        topic.starts_with('/')
            && ["publisher", "subscription"].contains(&role)
            && POLICIES.contains(&policy)
            && (shared || MADE_BY_ROS.contains(&topic))
            && !self.schema().records().iter().any(of_this_end)
    }

    /// True for who reads the quality of service of any topic.
    pub(super) fn has_topics(&self) -> bool {
        let mut records = self.schema().records().iter();
        records.any(|record| record.name.starts_with(GROUP))
    }
}
