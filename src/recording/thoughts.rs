//! What the line thought: plans, goals, transitions and comparisons, on channels of their own.

use serde::Serialize;

use super::cdr::Time;
use super::schema::{self, Topic, dependency, time};
use super::{RecordingError, Writer};
use crate::control::Transition;
use crate::planner::Plan;
use crate::runtime::{Comparison, GoalEvent, GoalPhase};
use crate::sensing::Goal;
use crate::time::Stamp;

const PLAN: Topic = Topic {
    name: "/forerun/plan",
    kind: "forerun/msg/Plan",
    definition: concat!(
        "builtin_interfaces/Time made\nbuiltin_interfaces/Time start\nuint64 sequence\n",
        "string sentence\nstring proposal\nfloat64 cost\nfloat64 standing_still\n",
        "forerun/Term[] terms\nfloat64 distance\nuint32 model_steps\nuint32 iterations\n",
        "uint32 rejected\nfloat64 seconds\nstring interpolation\nstring[] axes\nforerun/Knot[] knots\n",
        time!(),
        dependency!(
            "forerun/Term",
            "string name\nfloat64 chosen\nfloat64 standing_still\n"
        ),
        dependency!(
            "forerun/Knot",
            "builtin_interfaces/Time stamp\nfloat64[] values\n"
        )
    ),
};

/// `forerun/msg/Plan`.
#[derive(Serialize)]
struct PlanMessage {
    made: Time,
    start: Time,
    sequence: u64,
    sentence: String,
    proposal: String,
    cost: f64,
    standing_still: f64,
    terms: Vec<(&'static str, f64, f64)>,
    distance: f64,
    model_steps: u32,
    iterations: u32,
    rejected: u32,
    seconds: f64,
    interpolation: String,
    axes: Vec<String>,
    knots: Vec<(Time, Vec<f64>)>,
}

const TRANSITION: Topic = Topic {
    name: "/forerun/transition",
    kind: "forerun/msg/Transition",
    definition: concat!(
        "builtin_interfaces/Time stamp\nstring from_state\nstring to_state\nstring cause\n",
        time!()
    ),
};

/// `forerun/msg/Transition`.
#[derive(Serialize)]
struct TransitionMessage {
    stamp: Time,
    from_state: String,
    to_state: String,
    cause: String,
}

const COMPARISON: Topic = Topic {
    name: "/forerun/comparison",
    kind: "forerun/msg/Comparison",
    definition: concat!(
        "builtin_interfaces/Time stamp\nbuiltin_interfaces/Time start\nuint64 plan\n",
        "float64 ours\nfloat64 incumbent\nfloat64 regret\nstring[] axes\nfloat64[] divergence\n",
        "uint64 limited_ticks\nuint64 misses\n",
        time!()
    ),
};

/// `forerun/msg/Comparison`.
#[derive(Serialize)]
struct ComparisonMessage {
    stamp: Time,
    start: Time,
    plan: u64,
    ours: f64,
    incumbent: f64,
    regret: f64,
    axes: Vec<String>,
    divergence: Vec<f64>,
    limited_ticks: u64,
    misses: u64,
}

const GOAL: Topic = Topic {
    name: "/forerun/goal",
    kind: "forerun/msg/Goal",
    definition: concat!(
        "builtin_interfaces/Time stamp\nuint64 sequence\nstring phase\nstring kind\nfloat64[] values\n",
        time!()
    ),
};

/// `forerun/msg/Goal`.
#[derive(Serialize)]
struct GoalMessage {
    stamp: Time,
    sequence: u64,
    phase: String,
    kind: &'static str,
    values: Vec<f64>,
}

const GOAL_IMAGE: Topic = Topic {
    name: "/forerun/goal_image",
    ..schema::IMAGE
};

impl Writer {
    /// A plan, at its making.
    ///
    /// # Errors
    /// [`RecordingError::Write`]; [`RecordingError::Refused`] for a stamp that no ROS message can hold.
    pub fn plan(&mut self, plan: &Plan) -> Result<(), RecordingError> {
        let evidence = &plan.evidence;
        let terms = evidence.terms.iter();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let knots = plan.trajectory.knots().iter();
        let message = PlanMessage {
            made: self.stamp(&PLAN, plan.made)?,
            start: self.stamp(&PLAN, plan.start)?,
            sequence: plan.sequence,
            sentence: evidence.sentence(),
            proposal: word(&evidence.proposal),
            cost: evidence.cost,
            standing_still: evidence.standing_still,
            terms: terms
                .map(|term| (term.name, term.chosen, term.standing_still))
                .collect(),
            distance: evidence.distance,
            model_steps: count(evidence.model_steps),
            iterations: count(evidence.iterations),
            rejected: count(evidence.rejected),
            seconds: evidence.time().secs(),
            interpolation: word(&plan.trajectory.interpolation()),
            axes: self.axes().to_vec(),
            knots: knots
                .map(|knot| Ok((self.stamp(&PLAN, knot.stamp)?, knot.action.to_vec())))
                .collect::<Result<_, RecordingError>>()?,
        };
        self.put(&PLAN, plan.made, &message)
    }

    /// A change of the supervisor's state.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn transition(&mut self, transition: &Transition) -> Result<(), RecordingError> {
        let message = TransitionMessage {
            stamp: self.stamp(&TRANSITION, transition.stamp)?,
            from_state: transition.from.to_string(),
            to_state: transition.to.to_string(),
            cause: transition.cause.to_string(),
        };
        self.put(&TRANSITION, transition.stamp, &message)
    }

    /// What an incumbent did, judged.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn comparison(&mut self, comparison: &Comparison) -> Result<(), RecordingError> {
        let message = ComparisonMessage {
            stamp: self.stamp(&COMPARISON, comparison.stamp)?,
            start: self.stamp(&COMPARISON, comparison.start)?,
            plan: comparison.plan,
            ours: comparison.ours,
            incumbent: comparison.incumbent,
            regret: comparison.regret(),
            axes: self.axes().to_vec(),
            divergence: comparison.divergence.to_vec(),
            limited_ticks: comparison.limited_ticks,
            misses: comparison.misses,
        };
        self.put(&COMPARISON, comparison.stamp, &message)
    }

    /// What became of a goal; of one that is a picture the picture, too, when it is accepted.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn goal(&mut self, event: &GoalEvent) -> Result<(), RecordingError> {
        let (kind, values) = match event.goal.as_ref() {
            Goal::Image(_) => ("image", Vec::new()),
            Goal::Joints(position) => ("joints", position.to_vec()),
            Goal::Point(point) => ("point", point.to_vec()),
            Goal::Latent(row) => ("latent", row.iter().map(|part| f64::from(*part)).collect()),
        };
        let message = GoalMessage {
            stamp: self.stamp(&GOAL, event.stamp)?,
            sequence: event.sequence,
            phase: word(&event.phase),
            kind,
            values,
        };
        self.put(&GOAL, event.stamp, &message)?;
        match (event.goal.as_ref(), event.phase) {
            (Goal::Image(picture), GoalPhase::Accepted) => {
                self.picture(&GOAL_IMAGE, event.stamp, picture, event.stamp)
            }
            _ => Ok(()),
        }
    }

    /// A command of ours that was not sent, as somebody else drives.
    ///
    /// # Errors
    /// As [`command`](Self::command).
    pub fn shadow_command(&mut self, time: Stamp, action: &[f64]) -> Result<(), RecordingError> {
        self.action(&SHADOW_COMMAND, time, action)
    }
}

const SHADOW_COMMAND: Topic = Topic {
    name: "/forerun/command",
    ..schema::COMMAND
};

/// A variant's name, as in every report: `warm_start`.
fn word(variant: &impl Serialize) -> String {
    let name = serde_json::to_value(variant).ok();
    let name = name.as_ref().and_then(|name| name.as_str());
    name.unwrap_or_default().to_owned()
}
