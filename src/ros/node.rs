//! `forerun node`: a managed node, whose session sits behind ROS topics and services.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::unbounded;

#[cfg(feature = "action")]
use super::action;
use super::commanders::{others, publishers};
use super::frames::Frames;
use super::goal_topics::subscribe_goals;
use super::held::hold;
use super::incumbent::{Manner, incumbent};
use super::lifecycle::LifecycleState;
use super::listening::listen;
use super::manager::{Makings, Manager};
use super::rosout::Rosout;
use super::sensors::{Sensors, subscribe};
use super::services::{serve_lifecycle, serve_requests};
use super::session::Configure;
use super::sink::check_commanding;
use super::spin::Spinner;
use super::stage::Stage;
use super::status_thread::Reporter;
use super::twins::claim_name;
use super::unheard::Unheard;
use super::{
    Desk, Errand, Imagination, Joints, Listening, NodeTopics, RosError, clock as sim_time, context,
    parameter_services, parameters, stopped,
};
use crate::config::{ConfigError, Parameters, Record, is_ros_own};
use crate::robot::ActionSpace;
use crate::runtime::Commanding;
use crate::sensing::StampSource;
use crate::time::{Clock, ExternalClock};

/// Between two looks at who else commands, and two attempts of autostart.
const WATCH: Duration = Duration::from_millis(250);

/// Parameters of the node itself, which no *configure* reads.
const OWN: &[&str] = &[
    "autostart",
    "command",
    "dds_profile",
    "enable_stamped_cmd_vel",
    "image_transport",
    "shadow.moving_end",
    "shadow.of",
    "stale_clock",
    "stamp_source",
    "use_sim_time",
];

/// What a node is made of.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// Node name, unless `-r __node:=` says otherwise.
    pub name: String,
    /// The robot's name, for diagnostics.
    pub robot: String,
    /// The robot's action axes.
    pub space: ActionSpace,
    /// The joints that goals may name.
    pub joints: Joints,
    /// What the node was told, `autostart` and `stamp_source` among it; served as ROS parameters.
    pub parameters: Parameters,
    /// Where its tip or body is measured: REP-105's `map`, or the link that it stands on.
    pub frame: String,
    /// Its topics; their records are among the parameters.
    pub topics: NodeTopics,
    /// The session's clock if `/clock` is to tell it.
    pub told: Option<Arc<ExternalClock>>,
    /// What a recording wants, if there is one.
    pub listening: Option<Listening>,
}

/// A managed node: Unconfigured until somebody, or `autostart`, configures it.
pub struct RosNode {
    // In the order in which they must go: publishers before the node, the node before the desk.
    manager: Arc<Mutex<Manager>>,
    reporter: Option<JoinHandle<()>>,
    _rosout: Option<Rosout>,
    spinner: Spinner,
    _desk: Arc<Desk>,
    second: Arc<AtomicBool>,
    unheard: Mutex<Unheard>,
    autostart: bool,
    /// Somebody else commands, and shall.
    shadow: bool,
    name: String,
    command_topic: String,
}

impl RosNode {
    /// Makes the node; `clock` is that of the sessions that `configure` makes. Refuses to be the second of its
    /// name, which takes it 3.5 s to find out; `None` if `stop` is raised meanwhile.
    pub fn start(
        options: NodeOptions,
        clock: Arc<dyn Clock>,
        configure: Configure,
        stop: &AtomicBool,
    ) -> Result<Option<Self>, RosError> {
        let (node, name) = context::node(&options.name)?;
        let wrong = |why: ConfigError| RosError::Usage(why.to_string());
        let set = &options.parameters;
        let stamps = StampSource::from_parameters(set).map_err(wrong)?;
        let autostart = set.boolean("autostart").map_err(wrong)?;
        let stamped = set.boolean("enable_stamped_cmd_vel").map_err(wrong)?;
        let commanding = Commanding::from_parameters(set).map_err(wrong)?;
        check_commanding(&options.space, commanding)?;
        let command_topic = options.topics.command.name.clone();
        let qos = options.topics.command.qos(set).map_err(wrong)?;
        let spinner = Spinner::start(node)?;
        let caller = spinner.caller();
        if !claim_name(caller, &name, stop)? {
            return Ok(None);
        }
        let rosout = Rosout::start(caller, &name)?;
        let told = options
            .told
            .map(|told| sim_time::follow(caller, told, &name));
        let desk = Arc::new(
            Desk::open(options.joints.clone())
                .map_err(|why| RosError::during("the desk can't be opened", why))?,
        );
        let sensors =
            Sensors::of(&options.topics, options.space.kind, &options.parameters).map_err(wrong)?;
        let mut ears = sensors.ears();
        ears.extend(told.transpose()?);
        if let Some(listening) = &options.listening {
            ears.extend(listen(caller, listening, &name, &clock)?);
        }
        let listener = options.listening.map(|listening| listening.listener);
        let told = listener.clone();
        let inbox = subscribe(caller, sensors, &clock, stamps, desk.refusals(), told)?;
        let mut overheard = None;
        if commanding.shadow {
            let manner = Manner {
                topic: command_topic.clone(),
                qos: qos.clone(),
                commanding,
                stamped,
            };
            let to = (&clock, &inbox);
            let (incumbent, ear) = incumbent(caller, &options.space, manner, to, listener)?;
            ears.push(ear);
            overheard = Some(incumbent);
        }
        let named = (name.as_str(), options.frame.as_str());
        let (frames, heard) = Frames::start(caller, &desk, (&clock, &inbox), named)?;
        ears.extend(heard);
        let stage = Arc::new(Stage::advertise(caller, &desk)?);
        let parameters = Arc::new(Mutex::new(options.parameters));
        let (transitions, news) = unbounded();
        let second = Arc::new(AtomicBool::new(false));
        let pictured = (options.frame.clone(), options.space.kind);
        let imagination = Imagination::advertise(caller, clock.clone(), pictured)?;
        #[cfg(feature = "action")]
        let reach = action::serve(
            caller,
            &desk,
            (clock.clone(), parameters.clone()),
            (options.joints, frames.clone()),
        )?;
        let makings = Makings {
            incumbent: overheard,
            configure,
            spinner: caller.clone(),
            space: options.space,
            form: commanding.form,
            stamped,
            qos,
            imagination,
            clock: clock.clone(),
            inbox: inbox.clone(),
            parameters: parameters.clone(),
            transitions: Some(transitions),
            second: second.clone(),
            #[cfg(feature = "action")]
            reach,
        };
        let (seat, refusals) = (desk.seat(), desk.refusals().clone());
        let manager = Manager::new(makings, stage.clone(), seat, refusals);
        let manager = Arc::new(Mutex::new(manager));
        serve_requests(caller, &desk, &manager)?;
        serve_lifecycle(caller, &desk, &manager, &stage)?;
        let heard = subscribe_goals(caller, &desk, clock.clone(), frames, &name)?;
        ears.extend(heard);
        let counter = desk.counter();
        let office = move |job| counter(Errand::Aside(job));
        let now = stage.clone();
        let may_change = Box::new(move |record: &Record| {
            let vacant = now.state() == LifecycleState::Unconfigured;
            let own = OWN.contains(&record.name) || is_ros_own(record.name);
            parameters::may_change(record, own, vacant)
        });
        parameter_services::serve(caller, &name, parameters.clone(), may_change, office)?;
        let unheard = Unheard::new(ears);
        let names = (name.clone(), options.robot);
        let (parts, rest) = ((desk.clone(), inbox, stage), (clock, parameters));
        let mut reporter = Reporter::advertise(caller, names, parts, rest)?;
        reporter.unheard = unheard.found();
        let reporter = reporter.start(news)?;
        Ok(Some(Self {
            command_topic,
            manager,
            reporter: Some(reporter),
            _rosout: rosout,
            spinner,
            _desk: desk,
            second,
            unheard: Mutex::new(unheard),
            autostart,
            shadow: commanding.shadow,
            name,
        }))
    }

    /// Serves until `stop` is raised; then the robot brakes, nothing is sent any more, and the session is ended.
    /// With `autostart` it configures, unless somebody was faster, and activates once inputs are fresh.
    ///
    /// # Errors
    /// What `configure` said, with `autostart`; a ROS thread that died.
    pub fn serve(&self, stop: &AtomicBool) -> Result<(), RosError> {
        let served = self.manage(stop);
        hold(&self.manager).close();
        served
    }

    fn manage(&self, stop: &AtomicBool) -> Result<(), RosError> {
        if self.autostart {
            let mut manager = hold(&self.manager);
            if let Err(why) = manager.autoconfigure() {
                let failure = manager.failure();
                return Err(failure.map_or(RosError::Failed(why), RosError::Unconfigured));
            }
        }
        tracing::info!("{} is ready", self.name);
        let mut starting = self.autostart;
        let mut reason = String::new();
        while !stopped(stop) {
            if !self.spinner.is_running() {
                return Err(RosError::Failed(
                    "the ROS thread died; the robot was stopped".to_owned(),
                ));
            }
            self.watch()?;
            hold(&self.unheard).look(self.spinner.caller())?;
            if starting {
                let tried = hold(&self.manager).autostart();
                match tried {
                    Ok(done) => starting = !done,
                    Err(why) if why != reason => {
                        tracing::info!("autostart waits: {why}");
                        reason = why;
                    }
                    Err(_) => {}
                }
            }
            std::thread::sleep(WATCH);
        }
        Ok(())
    }

    /// Looks for other commanders, and says so when one comes or goes.
    fn watch(&self) -> Result<(), RosError> {
        if self.shadow {
            return Ok(());
        }
        let found = publishers(self.spinner.caller(), &self.command_topic)?;
        let found = others(found, &self.name);
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
        hold(&self.manager).close();
        // Observers of a session that is left behind may still hold a sender: don't wait for those.
        if let Some(reporter) = self.reporter.take() {
            let deadline = Instant::now() + Duration::from_secs(1);
            while !reporter.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }
}
