//! `/tf` and `/tf_static`, and goal poses that wait for them.

use std::ops::Deref;
use std::slice;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use nalgebra::Point3;
use r2r::QosProfile;
use r2r::builtin_interfaces::msg::Time;
use r2r::qos::DurabilityPolicy;
use r2r::tf2_msgs::msg::TFMessage;

use super::clock::stamp;
use super::desk::{DISPLACED, Turns};
use super::frames::Then;
use super::held::hold;
use super::lookup::Missing;
use super::placed::Placed;
use super::spin::{Caller, subscribing};
use super::transforms::Transforms;
use super::unheard::Ear;
use super::{Desk, Errand, Inbox, RosError, StampMapper, arguments, topic_name};
use crate::sensing::Complaints;
use crate::time::{Clock, Stamp};

/// How long a goal waits for its transform.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two looks for it.
const LOOK: Duration = Duration::from_millis(10);

/// A message as rosidl holds it.
type NativeMessage = <TFMessage as r2r::WrappedTypesupport>::CStruct;

/// Hears of transforms, and places goals by them.
#[derive(Clone)]
pub(super) struct Listener {
    goals: Sender<Waiting>,
    turns: Turns,
}

/// A goal whose frame is looked for.
struct Waiting {
    target: Arc<str>,
    source: String,
    /// `None`: whenever.
    stamp: Option<Stamp>,
    point: Point3<f64>,
    since: Instant,
    turn: u64,
    then: Then,
}

/// What is known.
struct Known {
    transforms: Transforms,
    clock: Arc<dyn Clock>,
    /// Of the clock, when the transforms were made.
    jumps: u64,
    inbox: Arc<Inbox>,
    said: Complaints,
}

impl Listener {
    /// Subscribes, as tf2_ros does.
    pub(super) fn start(
        caller: &Caller,
        desk: &Desk,
        (clock, inbox): (&Arc<dyn Clock>, &Arc<Inbox>),
        node: &str,
    ) -> Result<(Self, Vec<Ear>), RosError> {
        let known = Arc::new(Mutex::new(Known {
            transforms: Transforms::default(),
            clock: clock.clone(),
            jumps: clock.jumps(),
            inbox: inbox.clone(),
            said: Complaints::default(),
        }));
        let moving = QosProfile::default().keep_last(100);
        let fixed = moving.clone().durability(DurabilityPolicy::TransientLocal);
        let ears =
            [("/tf", moving, false), ("/tf_static", fixed, true)].map(|(name, qos, fixed)| {
                let ear = Ear {
                    name: name.to_owned(),
                    topic: topic_name(&arguments(), node, name),
                    kind: "tf2_msgs/msg/TFMessage",
                    qos,
                    needed: None,
                };
                (ear, fixed)
            });
        for (ear, fixed) in ears.clone() {
            let known = known.clone();
            let heard = caller.call(move |node, tasks| {
                let failed = |why: &dyn std::fmt::Display| subscribing(&ear.topic, why);
                let stream = node.subscribe_native::<TFMessage>(&ear.name, ear.qos.clone());
                let stream = stream.map_err(|why| failed(&why))?;
                let serving = stream.for_each(move |message| {
                    hold(&known).hear(message, fixed);
                    ready(())
                });
                tasks.spawn_local(serving).map_err(|why| failed(&why))
            })?;
            heard?;
        }
        let (goals, waiting) = unbounded();
        let counter = desk.counter();
        std::thread::Builder::new()
            .name("ros tf".into())
            .spawn(move || wait(&waiting, &known, counter))
            .map_err(|why| RosError::during("the thread for /tf can't be started", why))?;
        let listener = Self {
            goals,
            turns: desk.turns(),
        };
        Ok((listener, ears.map(|(ear, _)| ear).into()))
    }

    /// Finds out where a point of `frame` is in `target`, at a stamp of ROS time, or whenever if that is zero; it takes
    /// the place of whatever waits. The errand that `then` makes of the answer is handed in within a second.
    pub(super) fn place(
        &self,
        position: [f64; 3],
        (frame, when): (&str, &Time),
        target: Arc<str>,
        then: Then,
    ) {
        let stamp = stamp(when.sec, when.nanosec);
        let waiting = Waiting {
            target,
            source: frame.to_owned(),
            stamp: (stamp != Stamp::ZERO).then_some(stamp),
            point: position.into(),
            since: Instant::now(),
            turn: self.turns.fetch_add(1, Ordering::AcqRel) + 1,
            then,
        };
        // Fails only when the node is going.
        self.goals.send(waiting).ok();
    }
}

impl Known {
    /// Forgets what was before time jumped. Gives ROS time.
    fn now(&mut self) -> Stamp {
        let jumps = self.clock.jumps();
        if jumps != self.jumps {
            self.jumps = jumps;
            self.transforms.clear();
        }
        self.clock.now() + StampMapper::wall_offset(self.clock.as_ref())
    }

    fn hear(&mut self, message: impl Deref<Target = NativeMessage>, fixed: bool) {
        let now = self.now();
        let sequence = &message.transforms;
        if sequence.data.is_null() {
            return;
        }
        // SAFETY: rosidl keeps `size` initialised transforms at `data` for as long as the message lives.
        let transforms = unsafe { slice::from_raw_parts(sequence.data, sequence.size) };
        for transform in transforms {
            let (header, place) = (&transform.header, &transform.transform);
            let (translation, rotation) = (&place.translation, &place.rotation);
            let placed = Placed {
                parent: header.frame_id.to_str().trim_start_matches('/'),
                child: transform.child_frame_id.to_str().trim_start_matches('/'),
                stamp: stamp(header.stamp.sec, header.stamp.nanosec),
                translation: [translation.x, translation.y, translation.z],
                rotation: [rotation.x, rotation.y, rotation.z, rotation.w],
            };
            let (topic, taken) = match fixed {
                true => ("/tf_static", self.transforms.fix(placed)),
                false => ("/tf", self.transforms.place(placed, now)),
            };
            match taken {
                Ok(None) => {}
                Ok(Some(odd)) => self.say(format!("{topic}: {odd}")),
                Err(why) => {
                    let why = format!("{topic}: {why}");
                    if self.inbox.is_open() {
                        self.inbox.refuse(why.clone());
                    }
                    self.say(why);
                }
            }
        }
    }

    fn say(&mut self, what: String) {
        if self.said.is_new(&what) {
            tracing::warn!("{what}");
        }
    }

    fn find(&mut self, goal: &Waiting) -> Result<[f64; 3], Missing> {
        let now = self.now();
        let way = self
            .transforms
            .find(&goal.target, &goal.source, goal.stamp, now)?;
        let point: [f64; 3] = (way * goal.point).into();
        let finite = point.iter().all(|value| value.is_finite());
        let wrong = || Missing::Never(format!("the point {point:?} is not finite there"));
        finite.then_some(point).ok_or_else(wrong)
    }
}

/// Places goals until nobody can give one any more. Only the newest waits.
fn wait(goals: &Receiver<Waiting>, known: &Mutex<Known>, counter: impl Fn(Errand)) {
    let mut waiting: Option<Waiting> = None;
    let answer = |goal: Waiting, point: Result<[f64; 3], String>| {
        let Waiting { turn, then, .. } = goal;
        counter(Errand::Late(
            turn,
            Box::new(move |may| then(may.and(point))),
        ));
    };
    loop {
        let newer = match &waiting {
            None => goals.recv().map_err(RecvTimeoutError::from),
            Some(_) => goals.recv_timeout(LOOK),
        };
        match newer {
            Ok(newer) => {
                if let Some(older) = waiting.replace(newer) {
                    answer(older, Err(DISPLACED.to_owned()));
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let Some(goal) = waiting.take() else { continue };
        let found = hold(known).find(&goal);
        match found {
            Ok(point) => answer(goal, Ok(point)),
            Err(Missing::NotYet(_)) if goal.since.elapsed() < PATIENCE => waiting = Some(goal),
            Err(Missing::NotYet(why) | Missing::Never(why)) => answer(goal, Err(why)),
        }
    }
}
