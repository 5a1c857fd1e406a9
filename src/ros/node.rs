//! `forerun node`: a session behind ROS topics and services.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::{Sender, unbounded};
use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::QosProfile;
use r2r::sensor_msgs::msg::{Image, JointState};
use r2r::std_srvs::srv::Trigger;

use super::commanders::{others, publishers};
use super::spin::{Spinner, subscribing};
use super::status_thread::Reporter;
use super::{
    Desk, Errand, RosError, RosSink, RosSource, StampMapper, Verb, arguments, command_topic,
    context, convert, parameter_services, stopped, topic_name,
};
use crate::config::{ConfigError, Parameters};
use crate::control::{State, Transition};
use crate::robot::ActionSpace;
use crate::runtime::{Event, Instruction, Observer, Operator};
use crate::sensing::StampSource;
use crate::time::Clock;

/// How long a starting node looks for one of its own name. Discovery took up to 2.3 s here; participants
/// announce themselves every 3 s.
const LOOK_AROUND: Duration = Duration::from_millis(3500);
/// Between two looks at who else commands, and two attempts of autostart.
const WATCH: Duration = Duration::from_millis(250);
/// How long a stop may take: braking is bounded by control.
const STOP: Duration = Duration::from_secs(3);

/// What a node is made of.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// Node name, unless `-r __node:=` says otherwise.
    pub name: String,
    /// The robot's name, for diagnostics.
    pub robot: String,
    /// The robot's action axes.
    pub space: ActionSpace,
    /// What the node was told, `autostart` and `stamp_source` among it; served as ROS parameters.
    pub parameters: Parameters,
}

/// The ROS side of a session: made first, so that it answers while the model loads.
pub struct RosNode {
    // In the order in which they must go: publishers before the node, the node before the desk.
    transitions: Option<Sender<Transition>>,
    reporter: Option<JoinHandle<()>>,
    spinner: Spinner,
    desk: Arc<Desk>,
    second: Arc<AtomicBool>,
    autostart: bool,
    name: String,
    command_topic: String,
}

/// Publishes transitions on `~/status` as they happen: give it to the session.
#[derive(Debug)]
pub struct StatusObserver(Sender<Transition>);

impl RosNode {
    /// Makes the node and its ports. `clock` is the session's. Refuses to be the second of its name, which takes
    /// it 3.5 s to find out: load the model meanwhile.
    pub fn start(
        options: NodeOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, RosSource, RosSink), RosError> {
        let node = context::node(&options.name)?;
        let broken = |why: r2r::Error| RosError::during("the node has no name", why);
        let (name, namespace) = (
            node.fully_qualified_name().map_err(broken)?,
            node.namespace().map_err(broken)?,
        );
        let wrong = |error: ConfigError| RosError::Usage(error.to_string());
        let stamps = StampSource::from_parameters(&options.parameters).map_err(wrong)?;
        let autostart = options.parameters.boolean("autostart").map_err(wrong)?;
        let stamped = options.parameters.boolean("enable_stamped_cmd_vel");
        let stamped = stamped.map_err(wrong)?;
        let spinner = Spinner::start(node)?;
        refuse_twin(&spinner, &name)?;

        let desk = Arc::new(
            Desk::open(options.space.names.clone())
                .map_err(|why| RosError::during("the desk can't be opened", why))?,
        );
        let source = RosSource::subscribe(&spinner, clock.clone(), stamps, desk.refusals())?;
        let offset = StampMapper::wall_offset(clock.as_ref());
        let sink = RosSink::advertise(&spinner, &options.space, stamped, offset)?;
        serve_requests(&spinner, &desk)?;
        subscribe_goals(&spinner, &desk, clock.clone())?;
        let counter = desk.counter();
        let office = move |job| counter(Errand::Job(job));
        parameter_services::serve(&spinner, &name, options.parameters, office)?;
        let (transitions, news) = unbounded();
        let names = (name.clone(), options.robot);
        let reporter = Reporter::advertise(&spinner, names, (desk.clone(), source.inbox()), clock)?
            .start(news)?;
        let arguments = arguments();
        let node = Self {
            command_topic: topic_name(&arguments, &namespace, command_topic(&options.space)),
            transitions: Some(transitions),
            reporter: Some(reporter),
            spinner,
            desk,
            second: Arc::new(AtomicBool::new(false)),
            autostart,
            name,
        };
        Ok((node, source, sink))
    }

    /// The observer that publishes transitions at once.
    pub fn observer(&self) -> Option<StatusObserver> {
        self.transitions.clone().map(StatusObserver)
    }

    /// True while somebody else publishes commands for the same robot: an input of the supervisor.
    pub fn second_commander(&self) -> Arc<AtomicBool> {
        self.second.clone()
    }

    /// Serves `operator` until `stop` is raised, then deactivates it: the robot brakes, then nothing is sent
    /// any more. Activates it once, if `autostart` says so.
    pub fn serve(&self, operator: Arc<dyn Operator>, stop: &AtomicBool) -> Result<(), RosError> {
        self.desk.attach(operator.clone());
        tracing::info!("{} is ready", self.name);
        let mut starting = self.autostart;
        let mut reason = String::new();
        while !stopped(stop) {
            if !self.spinner.is_running() {
                halt(operator.as_ref());
                return Err(RosError::Failed(
                    "the ROS thread died; the robot was stopped".to_owned(),
                ));
            }
            self.watch()?;
            if starting {
                match operator.instruct(Instruction::Activate) {
                    Ok(()) => starting = false,
                    Err(why) => {
                        self.desk.refusals().fetch_add(1, Ordering::AcqRel);
                        if why != reason {
                            tracing::info!("autostart waits: {why}");
                            reason = why;
                        }
                    }
                }
            }
            std::thread::sleep(WATCH);
        }
        halt(operator.as_ref());
        Ok(())
    }

    /// Looks for other commanders, and says so when one comes or goes.
    fn watch(&self) -> Result<(), RosError> {
        let found = others(publishers(&self.spinner, &self.command_topic)?, &self.name);
        let was = self.second.swap(!found.is_empty(), Ordering::AcqRel);
        match (was, found.is_empty()) {
            (false, false) => tracing::error!(
                "second commander: {} also publishes {}; stop it, then ~/resume",
                found.join(", "),
                self.command_topic
            ),
            (true, true) => tracing::info!("no second commander any more"),
            _ => {}
        }
        Ok(())
    }
}

impl Drop for RosNode {
    fn drop(&mut self) {
        self.transitions = None;
        // Observers of a session that is left behind may still hold a sender: don't wait for those.
        if let Some(reporter) = self.reporter.take() {
            let deadline = Instant::now() + Duration::from_secs(1);
            while !reporter.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }
}

impl Observer for StatusObserver {
    fn observe(&mut self, event: &Event) {
        if let Event::Transition(transition) = event {
            // Fails only once the node is gone, and with it whoever could be told.
            self.0.send(*transition).ok();
        }
    }
}

fn halt(operator: &dyn Operator) {
    if !operator.status().state.is_active() {
        return;
    }
    if let Err(why) = operator.instruct(Instruction::Deactivate) {
        tracing::error!("the robot could not be told to stop: {why}");
        return;
    }
    let deadline = Instant::now() + STOP;
    while operator.status().state.is_active() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    let state: State = operator.status().state;
    if state.is_active() {
        tracing::error!(
            "still {state} {} s after the stop was asked for",
            STOP.as_secs()
        );
    }
}

/// Two nodes of one name would answer each other's calls and command the same robot.
fn refuse_twin(spinner: &Spinner, name: &str) -> Result<(), RosError> {
    let deadline = Instant::now() + LOOK_AROUND;
    while Instant::now() < deadline {
        if !publishers(spinner, &format!("{name}/status"))?.is_empty() {
            return Err(RosError::Usage(format!(
                "a node {name} runs already; stop it, or start this one with `--ros-args -r __node:=OTHER_NAME` \
                 or `-r __ns:=/other`"
            )));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn serve_requests(spinner: &Spinner, desk: &Desk) -> Result<(), RosError> {
    for (service, verb) in [
        ("~/activate", Verb::Activate),
        ("~/resume", Verb::Resume),
        ("~/hold", Verb::Hold),
    ] {
        let counter = desk.counter();
        spinner.call(move |node, tasks| {
            let failed = |why: &dyn std::fmt::Display| {
                RosError::during(&format!("service {service} can't be served"), why)
            };
            let calls = node
                .create_service::<Trigger::Service>(service, QosProfile::services_default())
                .map_err(|why| failed(&why))?;
            tasks
                .spawn_local(calls.for_each(move |call| {
                    let reply = move |success, message| {
                        if let Err(why) = call.respond(Trigger::Response { success, message }) {
                            tracing::warn!("answer to {service} was not sent: {why}");
                        }
                    };
                    counter(Errand::Request(verb, Box::new(reply)));
                    ready(())
                }))
                .map_err(|why| failed(&why))
        })??;
    }
    Ok(())
}

fn subscribe_goals(spinner: &Spinner, desk: &Desk, clock: Arc<dyn Clock>) -> Result<(), RosError> {
    let (images, joints) = (desk.counter(), desk.counter());
    spinner.call(move |node, tasks| {
        let stream = node
            .subscribe::<Image>("~/goal/image", QosProfile::default())
            .map_err(|why| subscribing("~/goal/image", why))?;
        tasks
            .spawn_local(stream.for_each(move |message| {
                images(Errand::Image(convert::image(message, clock.now())));
                ready(())
            }))
            .map_err(|why| subscribing("~/goal/image", why))?;
        let stream = node
            .subscribe::<JointState>("~/goal/joints", QosProfile::default())
            .map_err(|why| subscribing("~/goal/joints", why))?;
        tasks
            .spawn_local(stream.for_each(move |message| {
                joints(Errand::Joints(message.name, message.position));
                ready(())
            }))
            .map_err(|why| subscribing("~/goal/joints", why))
    })?
}
