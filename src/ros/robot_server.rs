//! `forerun robot`: a robot behind ROS topics, in a process of its own.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use crossbeam::channel::{Sender, TrySendError, bounded};
use r2r::QosProfile;
use r2r::nav_msgs::msg::Odometry;
use r2r::sensor_msgs::msg::{Image, Imu, JointState};
use r2r::std_msgs::msg::String as Text;

use super::commands_in::subscribe_commands;
use super::rosout::Rosout;
use super::spin::{Caller, Spinner};
use super::topic::Topic;
use super::twins::claim_name;
use super::{
    Losses, RosError, StampMapper, context, convert, parameter_services, parameters, stopped,
};
use crate::config::{Parameters, Record};
use crate::control::{Command, Source};
use crate::robot::{Action, ActionKind, ActionSpace};
use crate::runtime::{CommandSink, PortError, SensorSource};
use crate::sensing::{Complaints, Message};
use crate::time::{Clock, Span, Stamp, WallClock};

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

/// Serves `robot` until `stop` is raised, as its source delivers: `image` and `joint_states` out, `command` in; if it is
/// moved by twists, `image`, `odom` and `imu` out, `cmd_vel` in. Header stamps are wall time. A velocity-commanded robot
/// that hears no command for 100 ms is told to stand still.
pub fn serve_robot(robot: ServedRobot, stop: &AtomicBool) -> Result<(), RosError> {
    let stamped = robot.parameters.boolean("enable_stamped_cmd_vel");
    let stamped = stamped.map_err(|why| RosError::Usage(why.to_string()))?;
    let (node, name) = context::node(&robot.name)?;
    let spinner = Spinner::start(node)?;
    if !claim_name(spinner.caller(), &name, stop)? {
        return Ok(());
    }
    let _rosout = Rosout::start(spinner.caller(), &name)?;
    let served = Arc::new(Mutex::new(robot.parameters));
    let fixed = Box::new(|_: &Record| Err(parameters::AT_THE_START));
    parameter_services::serve(spinner.caller(), &name, served, fixed, |job| {
        job(Err("a served robot keeps its parameters".to_owned()));
    })?;
    // The robot's time begins once it is on the graph: what it saw before would be stale.
    let clock: Arc<dyn Clock> = Arc::new(WallClock::new());
    let mut topics = Topics::new(spinner.caller(), StampMapper::wall_offset(clock.as_ref()));
    topics.description.publish(&Text { data: robot.urdf })?;
    let (orders, inbox) = bounded(WAITING);
    let mut inlet = Inlet {
        clock: clock.clone(),
        orders,
        said: Complaints::default(),
        dropped: Losses::default(),
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

/// What a robot publishes; a topic that nothing is sent on is not on the graph.
struct Topics {
    image: Topic<Image>,
    joints: Topic<JointState>,
    odometry: Topic<Odometry>,
    imu: Topic<Imu>,
    description: Topic<Text>,
    offset: Span,
}

impl Topics {
    fn new(spinner: &Caller, offset: Span) -> Self {
        let latched = QosProfile::default().keep_last(1).transient_local();
        Self {
            // As cameras do: a late image is of no use. Joint states serve both kinds of subscriber.
            image: Topic::new(spinner, "image", QosProfile::sensor_data()),
            joints: Topic::new(spinner, "joint_states", QosProfile::default()),
            odometry: Topic::new(spinner, "odom", QosProfile::default()),
            imu: Topic::new(spinner, "imu", QosProfile::default()),
            description: Topic::new(spinner, "robot_description", latched),
            offset,
        }
    }

    fn publish(&mut self, message: &Message) -> Result<(), RosError> {
        let offset = self.offset;
        match message {
            Message::Image(image) => self
                .image
                .publish(&convert::image_message(image, offset, "camera")),
            Message::Joints(joints) => self.joints.publish(&convert::joint_message(joints, offset)),
            Message::Odometry(odometry) => self
                .odometry
                .publish(&convert::odometry_message(odometry, offset)),
            Message::Imu(imu) => self.imu.publish(&convert::imu_message(imu, offset)),
        }
    }
}

/// From the callback of a command topic to the robot's turn.
struct Inlet {
    clock: Arc<dyn Clock>,
    orders: Sender<(Stamp, Action)>,
    said: Complaints,
    dropped: Losses,
}

impl Inlet {
    fn take(&mut self, command: Result<Action, String>) {
        let now = self.clock.now();
        if let Some(count) = self.dropped.over(now) {
            tracing::warn!("{count} commands were dropped; the robot keeps up again");
        }
        match command {
            Ok(action) => {
                let sent = self.orders.try_send((now, action));
                // Disconnected: the robot is being stopped.
                if matches!(sent, Err(TrySendError::Full(_))) && self.dropped.lose(now) {
                    tracing::warn!(
                        "a command was dropped, {WAITING} wait for the robot already: send fewer; more are counted"
                    );
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
