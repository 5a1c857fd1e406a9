//! `forerun robot`: a robot behind ROS topics, in a process of its own.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use crossbeam::channel::{Sender, bounded};
use r2r::nav_msgs::msg::Odometry;
use r2r::sensor_msgs::msg::{Image, Imu, JointState};
use r2r::std_msgs::msg::String as Text;
use r2r::{Publisher, QosProfile};

use super::commands_in::subscribe_commands;
use super::complaints::Complaints;
use super::rosout::Rosout;
use super::spin::{Caller, Spinner};
use super::twins::claim_name;
use super::{RosError, StampMapper, context, convert, parameter_services, stopped};
use crate::config::{Parameters, Record};
use crate::control::{Command, Source};
use crate::robot::{Action, ActionKind, ActionSpace};
use crate::runtime::{CommandSink, PortError, SensorSource};
use crate::sensing::Message;
use crate::time::{Clock, Span, Stamp};

/// Between two looks at the robot.
const PERIOD: Span = Span::from_millis(2);
/// Commands that may wait for the robot's next turn.
const WAITING: usize = 64;
/// A robot that hears nothing for this long stands still.
const SILENCE: Span = Span::from_millis(100);

/// What is served.
pub struct ServedRobot {
    /// Node name, unless `-r __node:=` says otherwise.
    pub name: String,
    /// What it senses.
    pub source: Box<dyn SensorSource>,
    /// What moves it.
    pub sink: Box<dyn CommandSink>,
    /// Its action axes.
    pub space: ActionSpace,
    /// Served as ROS parameters; none of them is taken up while the robot is served.
    pub parameters: Parameters,
    /// Published once on `robot_description`, latched.
    pub urdf: String,
}

/// Serves `robot` until `stop` is raised: `image`, `joint_states`, `odom` and `imu` out as its source delivers them,
/// `command` in, or `cmd_vel`, if it is moved by twists. `clock` is the robot's; header stamps are wall time. A
/// velocity-commanded robot that hears no command for 100 ms is told to stand still.
pub fn serve_robot(
    robot: ServedRobot,
    clock: Arc<dyn Clock>,
    stop: &AtomicBool,
) -> Result<(), RosError> {
    let stamped = robot.parameters.boolean("enable_stamped_cmd_vel");
    let stamped = stamped.map_err(|why| RosError::Usage(why.to_string()))?;
    let node = context::node(&robot.name)?;
    let name = node.fully_qualified_name();
    let name = name.map_err(|why| RosError::during("the node has no name", why))?;
    let spinner = Spinner::start(node)?;
    claim_name(spinner.caller(), &name)?;
    let _rosout = Rosout::start(spinner.caller(), &name)?;
    let parameters = Arc::new(Mutex::new(robot.parameters));
    let fixed = Box::new(|_: &Record| false);
    parameter_services::serve(spinner.caller(), &name, parameters, fixed, |job| {
        job(Err("a served robot keeps its parameters".to_owned()));
    })?;
    let topics = Topics::advertise(spinner.caller(), StampMapper::wall_offset(clock.as_ref()))?;
    topics
        .description
        .publish(&Text { data: robot.urdf })
        .map_err(|why| lost("robot_description", why))?;
    let (orders, inbox) = bounded(WAITING);
    let mut inlet = Inlet {
        clock: clock.clone(),
        orders,
        said: Complaints::default(),
    };
    let qos = QosProfile::default();
    let take = move |command| inlet.take(command);
    subscribe_commands(spinner.caller(), &robot.space, stamped, qos, take)?;
    tracing::info!(
        "{} is served; axes {}",
        robot.name,
        robot.space.names.join(", ")
    );

    let (mut source, mut sink) = (robot.source, robot.sink);
    let velocity = robot.space.kind != ActionKind::JointPosition;
    let still = Action::zeros(robot.space.len());
    let mut last_order = None;
    let mut messages = Vec::new();
    // What it saw before anybody could listen is stale.
    source.poll(clock.now(), &mut messages).map_err(broken)?;
    messages.clear();
    while !stopped(stop) {
        if !spinner.is_running() {
            return Err(RosError::Failed(
                "the ROS thread died; restart the robot".to_owned(),
            ));
        }
        for (stamp, action) in inbox.try_iter() {
            sink.send(&order(stamp, action, Source::Plan))
                .map_err(broken)?;
            last_order = Some(stamp);
        }
        let now = clock.now();
        if velocity && last_order.is_some_and(|last| now - last > SILENCE) {
            sink.send(&order(now, still, Source::Hold))
                .map_err(broken)?;
            last_order = None;
        }
        source.poll(now, &mut messages).map_err(broken)?;
        for message in messages.drain(..) {
            topics.publish(&message)?;
        }
        let rest = PERIOD - (clock.now() - now);
        std::thread::sleep(rest.to_duration());
    }
    Ok(())
}

/// What a robot publishes.
struct Topics {
    image: Publisher<Image>,
    joints: Publisher<JointState>,
    odometry: Publisher<Odometry>,
    imu: Publisher<Imu>,
    description: Publisher<Text>,
    offset: Span,
}

impl Topics {
    fn advertise(spinner: &Caller, offset: Span) -> Result<Self, RosError> {
        spinner
            .call(move |node, _| {
                Ok(Self {
                    // As cameras do: a late image is of no use. Joint states serve both kinds of subscriber.
                    image: node.create_publisher("image", QosProfile::sensor_data())?,
                    joints: node.create_publisher("joint_states", QosProfile::default())?,
                    odometry: node.create_publisher("odom", QosProfile::default())?,
                    imu: node.create_publisher("imu", QosProfile::default())?,
                    description: node.create_publisher(
                        "robot_description",
                        QosProfile::default().keep_last(1).transient_local(),
                    )?,
                    offset,
                })
            })?
            .map_err(|why: r2r::Error| {
                RosError::during("the robot's topics can't be published", why)
            })
    }

    fn publish(&self, message: &Message) -> Result<(), RosError> {
        let offset = self.offset;
        match message {
            Message::Image(image) => self
                .image
                .publish(&convert::image_message(image, offset, "camera"))
                .map_err(|why| lost("image", why)),
            Message::Joints(joints) => self
                .joints
                .publish(&convert::joint_message(joints, offset))
                .map_err(|why| lost("joint_states", why)),
            Message::Odometry(odometry) => self
                .odometry
                .publish(&convert::odometry_message(odometry, offset))
                .map_err(|why| lost("odom", why)),
            Message::Imu(imu) => self
                .imu
                .publish(&convert::imu_message(imu, offset))
                .map_err(|why| lost("imu", why)),
        }
    }
}

/// From the callback of a command topic to the robot's turn.
struct Inlet {
    clock: Arc<dyn Clock>,
    orders: Sender<(Stamp, Action)>,
    said: Complaints,
}

impl Inlet {
    fn take(&mut self, command: Result<Action, String>) {
        match command {
            Ok(action) => {
                if self.orders.try_send((self.clock.now(), action)).is_err() {
                    tracing::warn!("a command was dropped: {WAITING} wait for the robot already");
                }
            }
            Err(why) if self.said.is_new(&why) => tracing::warn!("refused: {why}"),
            Err(_) => {}
        }
    }
}

fn order(stamp: Stamp, action: Action, source: Source) -> Command {
    Command {
        stamp,
        action,
        wanted: action,
        source,
        ..Command::default()
    }
}

fn broken(why: PortError) -> RosError {
    RosError::Failed(format!("the robot failed: {why}"))
}

fn lost(topic: &str, why: impl std::fmt::Display) -> RosError {
    RosError::during(&format!("topic {topic} can't be published"), why)
}
