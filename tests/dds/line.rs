//! A session without planner and model: the real controller, driven along a straight line to joint goals, or to where a
//! goal picture's first bytes say that ahead is.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use forerun::config::{ConfigError, Record};
use forerun::control::{Cause, ControlConfig, Controller, PlanInForce, Request, State, TickInputs};
use forerun::robot::{
    Action, ActionSpace, Axes, Interpolation, Knot, RobotModel, RobotState, Trajectory,
};
use forerun::ros::{
    DdsProfile, Joints, NodeOptions, NodeTopics, Ports, RosError, RosNode, Session, apply_profile,
    arguments, stop_on_signals,
};
use forerun::runtime::{Event, Instruction, Observer, Operator, SensorSource, Status};
use forerun::sensing::{Goal, Message, RawImage};
use forerun::time::{Clock, Condition, Span, Stamp, WallClock};
use forerun::{control, cost, runtime, sensing};

/// What this line is told.
const RECORDS: &[&[Record]] = &[
    control::PARAMETERS,
    runtime::PARAMETERS,
    runtime::HEALTH,
    runtime::COMMANDING,
    sensing::PARAMETERS,
    cost::PARAMETERS,
    crate::STAMPED,
];

struct Line {
    controller: Controller,
    clock: Arc<WallClock>,
    state: Option<RobotState>,
    image: Option<Stamp>,
    /// Where the first of what is measured shall be: all joints, or x.
    goal: Option<Axes>,
    frame: Option<u64>,
    lost: u64,
    status: Status,
}

impl Line {
    fn take(&mut self, message: Message) {
        match message {
            Message::Image(image) => self.see(&image),
            Message::Joints(joints) => {
                self.state = Some(RobotState {
                    stamp: joints.stamp,
                    position: Axes::from_slice(&joints.position).unwrap(),
                    velocity: Axes::from_slice(&joints.velocity).unwrap(),
                });
            }
            Message::Odometry(odometry) => {
                self.state = Some(RobotState {
                    stamp: odometry.stamp,
                    position: Axes::from_slice(&odometry.pose).unwrap(),
                    velocity: Axes::from_slice(&odometry.twist).unwrap(),
                });
            }
            Message::Imu(_) => {}
        }
    }

    fn see(&mut self, image: &RawImage) {
        assert_eq!(
            (
                image.width,
                image.height,
                image.step,
                image.encoding.as_str()
            ),
            (640, 480, 1920, "rgb8")
        );
        assert_eq!(image.data.len(), 640 * 480 * 3);
        let frame = u64::from_le_bytes(image.data[..8].try_into().unwrap());
        // A robot that started anew counts from zero.
        if let Some(last) = self.frame.filter(|last| *last < frame) {
            self.lost += frame - last - 1;
        }
        self.frame = Some(frame);
        self.image = Some(image.stamp);
        self.status.images += 1;
    }

    fn plan(&self, now: Stamp) -> Option<Trajectory> {
        let (goal, state) = (self.goal?, self.state?);
        let action = Action::from_fn(state.velocity.len(), |axis| {
            let way = goal
                .get(axis)
                .map_or(0.0, |goal| goal - state.position[axis]);
            (2.0 * way).clamp(-1.0, 1.0)
        });
        let knots = [Span::ZERO, Span::from_millis(200)].map(|later| Knot {
            stamp: now + later,
            action,
        });
        Trajectory::new(knots.into(), Interpolation::Linear)
    }

    fn tick(&mut self, now: Stamp, second: bool) -> forerun::control::Tick {
        if let (Some(goal), Some(state)) = (self.goal, self.state)
            && goal
                .iter()
                .zip(state.position.iter())
                .all(|(goal, position)| (goal - position).abs() < 0.01)
            && self
                .controller
                .request(Request::EndGoal(Cause::Reached), now)
                .is_ok()
        {
            self.goal = None;
        }
        let plan = self.plan(now);
        let plan = plan.as_ref().map(|trajectory| PlanInForce {
            trajectory,
            delivered: now,
        });
        let inputs = TickInputs {
            state: self.state,
            image: self.image,
            finite: true,
            clock: Condition::Runs,
            second_commander: second,
            sink_failed: false,
            unheard: false,
        };
        let tick = self.controller.tick(now, &inputs, plan);
        let standing = self.controller.standing();
        if standing.state != State::Tracking {
            self.goal = None;
        }
        (self.status.state, self.status.cause) = (standing.state, standing.cause);
        self.status.ticks += 1;
        self.status.image_age = self.image.map(|stamp| now - stamp);
        self.status.dropped = self.lost;
        tick
    }
}

struct Handle(Mutex<Line>);

impl Operator for Handle {
    fn instruct(&self, instruction: Instruction) -> Result<(), String> {
        let mut line = self.0.lock().unwrap();
        let now = line.clock.now();
        let request = match instruction {
            Instruction::Pursue(goal) => {
                let goal = match goal {
                    Goal::Joints(goal) => goal,
                    Goal::Image(picture) => {
                        let ahead = picture.data[..8].try_into().unwrap();
                        Axes::from_slice(&[f64::from_le_bytes(ahead)]).unwrap()
                    }
                    _ => return Err("this line takes joint goals and pictures only".into()),
                };
                line.controller
                    .request(Request::Track, now)
                    .map_err(|why| why.to_string())?;
                line.goal = Some(goal);
                line.status.goal += 1;
                return Ok(());
            }
            Instruction::Weigh(_) => return Ok(()),
            Instruction::Hold => Request::Hold,
            Instruction::Activate => Request::Activate,
            Instruction::Resume => Request::Resume,
            Instruction::Deactivate => Request::Deactivate,
        };
        line.controller
            .request(request, now)
            .map_err(|why| why.to_string())
    }

    fn status(&self) -> Status {
        self.0.lock().unwrap().status.clone()
    }
}

pub fn main() -> ExitCode {
    crate::exit(serve())
}

fn serve() -> Result<(), RosError> {
    // SAFETY: first thing in main; no other thread runs yet.
    unsafe { apply_profile(&DdsProfile::Auto) }?;
    let model = RobotModel::from_urdf(&crate::robot::Kind::told().urdf()).unwrap();
    let arguments = arguments();
    let told = |topics: &[Record]| crate::parameters(RECORDS).and(topics);
    let read = NodeTopics::read(&arguments, "forerun", &model.space, told);
    let (topics, parameters) =
        read.map_err(|error: ConfigError| RosError::Usage(error.to_string()))?;
    let stop = stop_on_signals()?;
    let clock = Arc::new(WallClock::new());
    let options = NodeOptions {
        name: "forerun".into(),
        robot: model.name.clone(),
        space: model.space.clone(),
        joints: Joints {
            axes: model.space.names.clone(),
            mimics: model.mimics.clone(),
        },
        parameters,
        frame: "map".into(),
        topics,
        told: None,
        listening: None,
    };
    let space = model.space.clone();
    let shared = clock.clone();
    let configure =
        move |ports: Ports| Ok(Box::new(Running::start(&space, clock.clone(), ports)) as _);
    match RosNode::start(options, shared, Box::new(configure), &stop)? {
        Some(node) => node.serve(&stop),
        None => Ok(()),
    }
}

/// A line that runs.
struct Running {
    handle: Arc<Handle>,
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Running {
    fn start(space: &ActionSpace, clock: Arc<WallClock>, ports: Ports) -> Self {
        let mut controller = Controller::new(space, ControlConfig::default());
        controller
            .request(Request::Configured, clock.now())
            .unwrap();
        let mut line = Line {
            controller,
            clock: clock.clone(),
            state: None,
            image: None,
            goal: None,
            frame: None,
            lost: 0,
            status: Status::default(),
        };
        line.status.state = State::Inactive;
        let handle = Arc::new(Handle(Mutex::new(line)));
        let over = Arc::new(AtomicBool::new(false));
        let (line, ended) = (handle.clone(), over.clone());
        let thread = std::thread::spawn(move || {
            let (mut source, mut sink) = (ports.source, ports.sink);
            let (mut observer, second) = (ports.observer, ports.second_commander);
            let mut messages = Vec::new();
            let mut due = clock.now();
            while !ended.load(Ordering::Acquire) {
                source.poll(due, &mut messages).unwrap();
                let tick = {
                    let mut line = line.0.lock().unwrap();
                    messages.drain(..).for_each(|message| line.take(message));
                    line.tick(clock.now(), second.load(Ordering::Acquire))
                };
                sink.send(&tick.command).unwrap();
                if let Some(transition) = tick.transition {
                    observer.observe(&Event::Transition(transition));
                }
                due += Span::from_millis(5);
                std::thread::sleep(
                    (due - clock.now())
                        .to_duration()
                        .min(Duration::from_millis(5)),
                );
            }
        });
        Self {
            handle,
            over,
            thread,
        }
    }
}

impl Session for Running {
    fn operator(&self) -> Arc<dyn Operator> {
        self.handle.clone()
    }

    fn end(self: Box<Self>) {
        self.over.store(true, Ordering::Release);
        self.thread.join().unwrap();
    }
}
