//! What a user's program does: listen, call, publish goals.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures::executor::LocalPool;
use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::QosProfile;
use r2r::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use r2r::geometry_msgs::msg::TwistStamped;
use r2r::nav_msgs::msg::Odometry;
use r2r::sensor_msgs::msg::{Image, JointState};
use r2r::std_msgs::msg::{Float64MultiArray, String as Text};
use r2r::std_srvs::srv::Trigger;

use crate::robot::Kind;

/// What was commanded, and what a message calls it: its axes, or its frame.
pub struct Commanded {
    pub label: String,
    pub values: Vec<f64>,
}

#[derive(Default)]
pub struct Heard {
    pub status: DiagnosticStatus,
    pub statuses: Vec<String>,
    pub diagnostics: usize,
    /// Of the joints, or x and y.
    pub position: Vec<f64>,
    pub commands: Vec<Commanded>,
    pub urdf: String,
}

pub struct Client {
    node: r2r::Node,
    pool: LocalPool,
    kind: Kind,
    pub heard: Rc<RefCell<Heard>>,
    joint_goals: r2r::Publisher<JointState>,
    image_goals: r2r::Publisher<Image>,
}

impl Client {
    /// A client of the robot `kind`.
    pub fn new(kind: Kind) -> Self {
        let mut node = r2r::Node::create(r2r::Context::create().unwrap(), "client", "").unwrap();
        let pool = LocalPool::new();
        let heard = Rc::new(RefCell::new(Heard::default()));
        macro_rules! hear {
            ($type:ty, $topic:literal, $qos:expr, |$heard:ident, $message:ident| $body:expr) => {
                let ear = heard.clone();
                let stream = node.subscribe::<$type>($topic, $qos).unwrap();
                pool.spawner()
                    .spawn_local(stream.for_each(move |$message| {
                        let mut $heard = ear.borrow_mut();
                        $body;
                        ready(())
                    }))
                    .unwrap();
            };
        }
        hear!(
            DiagnosticStatus,
            "/forerun/status",
            QosProfile::default(),
            |heard, message| {
                if heard.statuses.last() != Some(&message.message) {
                    heard.statuses.push(message.message.clone());
                }
                heard.status = message;
            }
        );
        hear!(
            DiagnosticArray,
            "/diagnostics",
            QosProfile::default(),
            |heard, message| { heard.diagnostics += message.status.len() }
        );
        match kind {
            Kind::Arm | Kind::One | Kind::Six => {
                hear!(
                    JointState,
                    "/joint_states",
                    QosProfile::sensor_data(),
                    |heard, message| { heard.position = message.position }
                );
                hear!(
                    Float64MultiArray,
                    "/command",
                    QosProfile::default(),
                    |heard, message| {
                        heard.commands.push(Commanded {
                            label: message.layout.dim[0].label.clone(),
                            values: message.data,
                        })
                    }
                );
            }
            Kind::Rover => {
                hear!(
                    Odometry,
                    "/odom",
                    QosProfile::sensor_data(),
                    |heard, message| {
                        let place = message.pose.pose.position;
                        heard.position = vec![place.x, place.y];
                    }
                );
                hear!(
                    TwistStamped,
                    "/cmd_vel",
                    QosProfile::default(),
                    |heard, message| {
                        heard.commands.push(Commanded {
                            label: message.header.frame_id,
                            values: vec![message.twist.linear.x, message.twist.angular.z],
                        })
                    }
                );
            }
        }
        hear!(
            Text,
            "/robot_description",
            QosProfile::default().transient_local(),
            |heard, message| { heard.urdf = message.data }
        );
        let joint_goals = node
            .create_publisher("/forerun/goal/joints", QosProfile::default())
            .unwrap();
        let image_goals = node
            .create_publisher("/forerun/goal/image", QosProfile::default())
            .unwrap();
        Self {
            node,
            pool,
            kind,
            heard,
            joint_goals,
            image_goals,
        }
    }

    fn spin(&mut self) {
        self.node.spin_once(Duration::from_millis(2));
        self.pool.run_until_stalled();
    }

    /// Spins until `done`; the test fails if that takes too long.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&Heard) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            self.spin();
            let heard = self.heard.borrow();
            if done(&heard) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "not within 20 s: {what}; states {:?}, values {:?}",
                heard.statuses,
                heard
                    .status
                    .values
                    .iter()
                    .map(|pair| (&pair.key, &pair.value))
                    .collect::<Vec<_>>()
            );
        }
    }

    /// Waits for a state.
    pub fn state(&mut self, state: &str) {
        self.until(state, |heard| heard.status.message == state);
    }

    /// Commands that arrive in `seconds`.
    pub fn count_commands(&mut self, seconds: f64) -> usize {
        self.heard.borrow_mut().commands.clear();
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        while Instant::now() < end {
            self.spin();
        }
        self.heard.borrow().commands.len()
    }

    /// Calls `~/service`.
    pub fn call(&mut self, service: &str) -> (bool, String) {
        let name = format!("/forerun/{service}");
        let client = self
            .node
            .create_client::<Trigger::Service>(&name, QosProfile::services_default())
            .unwrap();
        let available = r2r::Node::is_available(&client).unwrap();
        let answer = Rc::new(RefCell::new(None));
        let result = answer.clone();
        self.pool
            .spawner()
            .spawn_local(async move {
                available.await.unwrap();
                let response = client.request(&Trigger::Request {}).unwrap().await.unwrap();
                *result.borrow_mut() = Some((response.success, response.message));
            })
            .unwrap();
        self.until(&name, |_| answer.borrow().is_some());
        answer.borrow_mut().take().unwrap()
    }

    /// Publishes a joint goal.
    pub fn joint_goal(&mut self, names: &[&str], position: &[f64]) {
        let goals = self.joint_goals.clone();
        self.until("somebody takes goals", |_| {
            goals.get_inter_process_subscription_count().unwrap() > 0
        });
        let message = JointState {
            name: names.iter().map(|name| (*name).to_owned()).collect(),
            position: position.to_vec(),
            ..JointState::default()
        };
        self.joint_goals.publish(&message).unwrap();
    }

    /// Publishes a goal: `position` of the arm's joints, or its first number as the rover's x, in a picture.
    pub fn goal(&mut self, position: [f64; 2]) {
        if self.kind == Kind::Arm {
            return self.joint_goal(&["shoulder", "elbow"], &position);
        }
        let goals = self.image_goals.clone();
        self.until("somebody takes goals", |_| {
            goals.get_inter_process_subscription_count().unwrap() > 0
        });
        let mut data = vec![127; 3 * 4 * 4];
        data[..8].copy_from_slice(&position[0].to_le_bytes());
        let picture = Image {
            width: 4,
            height: 4,
            step: 3 * 4,
            encoding: "rgb8".into(),
            data,
            ..Image::default()
        };
        self.image_goals.publish(&picture).unwrap();
    }

    /// Commands the robot ourselves, until `done`.
    pub fn intrude(&mut self, what: &str, done: impl FnMut(&Heard) -> bool) {
        macro_rules! with {
            ($type:ty, $topic:literal) => {{
                let publisher = self
                    .node
                    .create_publisher::<$type>($topic, QosProfile::default())
                    .unwrap();
                self.until(what, done);
                self.node.destroy_publisher(publisher);
            }};
        }
        match self.kind {
            Kind::Rover => with!(TwistStamped, "/cmd_vel"),
            _ => with!(Float64MultiArray, "/command"),
        }
    }
}

/// A value of `~/status`.
pub fn value(heard: &Heard, key: &str) -> String {
    let found = heard.status.values.iter().find(|pair| pair.key == key);
    found.map(|pair| pair.value.clone()).unwrap_or_default()
}
