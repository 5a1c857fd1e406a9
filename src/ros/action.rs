//! The action `~/reach`: goals that somebody waits for.

use std::sync::{Arc, Mutex};

use crossbeam::channel::Sender;
use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::ActionServerGoalRequest;
use r2r::forerun_interfaces::action::Reach;

use super::course::Course;
use super::frames::Frames;
use super::goals::{Goals, Joints, joint_goal};
use super::held::hold;
use super::reception::{Pursuit, Word, open};
use super::spin::Caller;
use super::{Desk, Errand, RosError, convert};
use crate::config::Parameters;
use crate::runtime::{Instruction, Operator};
use crate::sensing::Goal;
use crate::time::{Clock, Span, Stamp};

type Request = ActionServerGoalRequest<Reach::Action>;

/// What goals are made with.
#[derive(Clone)]
struct Server {
    caller: Caller,
    goals: Arc<Mutex<Goals>>,
    clock: Arc<dyn Clock>,
    parameters: Arc<Mutex<Parameters>>,
    joints: Joints,
    reception: Sender<Word>,
}

/// Serves `~/reach`, for a robot with these joints, whose goal poses `frames` place. Gives where a session's
/// events are to go.
pub(super) fn serve(
    caller: &Caller,
    desk: &Desk,
    (clock, parameters): (Arc<dyn Clock>, Arc<Mutex<Parameters>>),
    (joints, frames): (Joints, Frames),
) -> Result<Sender<Word>, RosError> {
    let reception = open(desk, clock.clone())?;
    let server = Server {
        caller: caller.clone(),
        goals: desk.goals(),
        clock,
        parameters,
        joints,
        reception: reception.clone(),
    };
    let counter = desk.counter();
    let failed = |why: &dyn std::fmt::Display| RosError::during("~/reach can't be served", why);
    let serving = caller.call(move |node, tasks| {
        let requests = node
            .create_action_server::<Reach::Action>("~/reach")
            .map_err(|why| failed(&why))?;
        let mut tickets = 0;
        let serving = requests.for_each(move |request| {
            tickets += 1;
            let (server, ticket) = (server.clone(), tickets);
            let pose = request.goal.pose.clone();
            let by_pose = given(&request.goal) == Ok(Given::Pose);
            let receive = move |point| {
                Errand::Job(Box::new(move |may| {
                    server.receive(ticket, request, point, may)
                }))
            };
            match by_pose {
                true => frames.place(&pose, receive),
                false => counter(receive(Err("found no pose".to_owned()))),
            }
            ready(())
        });
        tasks.spawn_local(serving).map_err(|why| failed(&why))
    })?;
    serving.map(|()| reception)
}

impl Server {
    /// Pursues what is asked for, or refuses it; `point` is where the pose is, if it is one.
    fn receive(
        &self,
        ticket: u64,
        request: Request,
        point: Result<[f64; 3], String>,
        may: Result<Option<&dyn Operator>, String>,
    ) {
        let begun = self.clock.now();
        let pursued = may.and_then(|operator| {
            let operator = operator.ok_or("no model is loaded: configure, or call ~/activate")?;
            let (goal, step) = self.goal(&request.goal, point, begun)?;
            let limit = self.limit(request.goal.time_limit)?;
            operator.instruct(Instruction::Pursue(goal))?;
            let course = Course::new(operator.status().goal, begun, limit);
            Ok((operator, course, step))
        });
        let said = pursued.as_ref().map(|_| ()).map_err(String::clone);
        hold(&self.goals).judge("~/reach", said);
        let Ok((operator, course, step)) = pursued else {
            if let Err(why) = request.reject() {
                tracing::warn!("~/reach: the refusal was not sent: {why}");
            }
            return;
        };
        if let Err(why) = self.accept(request, (ticket, course, step)) {
            tracing::error!("~/reach: whoever gave the goal can't be told of it: {why}");
            if let Err(why) = operator.instruct(Instruction::Hold) {
                tracing::error!("~/reach: {why}");
            }
        }
    }

    /// Says so, and hears of it when it is taken back.
    fn accept(
        &self,
        request: Request,
        (ticket, course, step): (u64, Course, f64),
    ) -> Result<(), RosError> {
        let reception = self.reception.clone();
        let accepted = self.caller.call(move |_, tasks| -> Result<(), String> {
            let (goal, cancels) = request.accept().map_err(|why| why.to_string())?;
            let pursuit = Pursuit {
                ticket,
                goal,
                course,
                step,
            };
            // The reception closes after the last of those who can tell it anything.
            reception.send(Word::Begin(pursuit)).ok();
            let hearing = cancels.for_each(move |request| {
                reception.send(Word::Cancel(ticket, request)).ok();
                ready(())
            });
            tasks.spawn_local(hearing).map_err(|why| why.to_string())
        })?;
        accepted.map_err(RosError::Failed)
    }

    /// The one goal that is given, and how many metres a model step of its distance is.
    fn goal(
        &self,
        asked: &Reach::Goal,
        point: Result<[f64; 3], String>,
        now: Stamp,
    ) -> Result<(Goal, f64), String> {
        match given(asked)? {
            Given::Image => {
                let image = convert::image(asked.image.clone(), now);
                Ok((Goal::Image(image), f64::NAN))
            }
            Given::Joints => {
                let (names, position) = (&asked.joints.name, &asked.joints.position);
                let goal = joint_goal(&self.joints, names, position)?;
                Ok((Goal::Joints(goal), f64::NAN))
            }
            Given::Pose => {
                let step = hold(&self.parameters).double("planner.point_scale");
                Ok((Goal::Point(point?), step.map_err(|why| why.to_string())?))
            }
        }
    }

    /// The shorter of `asked` `[s]` and the parameter's; zero is none.
    fn limit(&self, asked: f64) -> Result<Option<Span>, String> {
        if !(asked.is_finite() && asked >= 0.0) {
            return Err(format!(
                "found a time_limit of {asked} s; expected 0 or more"
            ));
        }
        let own = hold(&self.parameters).double("goal.time_limit");
        let own = own.map_err(|why| why.to_string())?;
        let limits = [asked, own].into_iter().filter(|limit| *limit > 0.0);
        Ok(limits.reduce(f64::min).map(Span::from_secs))
    }
}

/// What a goal may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Image,
    Joints,
    Pose,
}

/// The one thing that is given.
fn given(asked: &Reach::Goal) -> Result<Given, String> {
    let joints = &asked.joints;
    let any = [
        ("image", Given::Image, !asked.image.data.is_empty()),
        (
            "joints",
            Given::Joints,
            !joints.name.is_empty() || !joints.position.is_empty(),
        ),
        ("pose", Given::Pose, !asked.pose.header.frame_id.is_empty()),
    ];
    let any: Vec<_> = any.into_iter().filter(|(.., is)| *is).collect();
    match any[..] {
        [(_, given, _)] => Ok(given),
        [] => Err(
            "found no goal; expected one of image, joints and pose (with its frame_id)".to_owned(),
        ),
        _ => Err(format!(
            "found {}; expected only one of image, joints and pose",
            any.iter()
                .map(|(name, ..)| *name)
                .collect::<Vec<_>>()
                .join(" and ")
        )),
    }
}
