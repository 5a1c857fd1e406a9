//! ROS 2: the node and the robot server, over r2r. The only room that knows r2r.
//!
//! Takes topics (`image`, `joint_states`, `odom`; with the feature `tf`, `/tf` and `/tf_static`; goals, services and,
//! with the feature `action`, the action `~/reach` under `~/`) and gives
//! [`Message`](crate::sensing::Message)s through [`RosSource`] and
//! [`Instruction`](crate::runtime::Instruction)s to an [`Operator`](crate::runtime::Operator), whose session is made
//! and ended as the lifecycle services ask; takes
//! [`Command`](crate::control::Command)s through [`RosSink`] and gives the `command` or `cmd_vel` topic, `~/status`,
//! `/diagnostics` and `/rosout`; tells a [`Listener`] what else comes in, for a recording. [`serve_robot`] is the
//! other side: a robot behind the same topics. May not judge, plan or hold state of the line: everything here is
//! translation.

#[cfg(feature = "action")]
mod action;
mod args;
mod axis_command;
mod chunks;
mod clock;
mod commanders;
mod commands_in;
mod context;
mod convert;
#[cfg(feature = "action")]
mod course;
mod desk;
mod diagnostics;
mod error;
mod frames;
mod goal_topics;
mod goals;
mod held;
mod imagination;
mod inbox;
mod incumbent;
mod jumps;
mod lifecycle;
mod listening;
#[cfg(feature = "tf")]
mod lookup;
mod losses;
mod manager;
mod names;
mod node;
mod packed;
mod parameter_services;
mod parameters;
#[cfg(feature = "tf")]
mod placed;
mod profile;
mod qos;
#[cfg(feature = "action")]
mod reception;
mod remote;
mod request;
mod robot_server;
mod rosout;
mod rotation;
mod rules;
mod sensors;
mod services;
mod session;
mod signals;
mod sink;
mod source;
mod spin;
mod stage;
mod stamps;
mod status_observer;
mod status_thread;
#[cfg_attr(not(feature = "tf"), path = "no_tf.rs")]
mod tf;
mod topic;
#[cfg(feature = "tf")]
mod track;
mod trajectories_in;
#[cfg(feature = "tf")]
mod transforms;
mod twins;
mod unheard;

pub use args::{arguments, ros_parameters};
#[cfg(feature = "action")]
pub use course::{Course, End, Progress};
pub use desk::{Desk, Errand, Job};
pub use diagnostics::{summary, topics, values};
pub use error::RosError;
pub use goals::Joints;
pub use imagination::Imagination;
pub use inbox::Inbox;
pub use jumps::Jumps;
pub use lifecycle::{
    ACTIVATE, CLEANUP, CONFIGURE, DEACTIVATE, Edge, FAULT, GRAPH, LifecycleState, Outcome, edges,
    ending, requested, requests, vacancy,
};
pub use listening::{Heard, KeptTopic, Listener, Listening};
#[cfg(feature = "tf")]
pub use lookup::Missing;
pub use losses::Losses;
pub use names::{node_name, topic_name};
pub use node::{NodeOptions, RosNode};
pub use packed::Packed;
#[cfg(feature = "tf")]
pub use placed::Placed;
pub use profile::{DdsProfile, apply_profile};
pub use qos::{NodeTopics, QosTopic};
pub use remote::Remote;
pub use request::Verb;
pub use robot_server::{ServedRobot, serve_robot};
pub use rosout::RosoutLayer;
pub use rules::{log_level, rosout_is_off, too_long, wrong_rule};
pub use session::{Configure, Ports, Session};
pub use signals::{stop_on_signals, stopped};
pub use sink::{RosSink, command_topic};
pub use source::RosSource;
pub use stamps::StampMapper;
pub use status_observer::StatusObserver;
pub use trajectories_in::trajectory;
#[cfg(feature = "tf")]
pub use transforms::Transforms;
pub use unheard::Silence;
