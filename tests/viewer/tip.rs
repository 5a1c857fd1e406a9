//! A real session's recording: what was imagined lies where the robot then was.

use std::path::Path;
use std::sync::Arc;

use forerun::cli::{Contender, Lab};
use forerun::control::{Cause, State};
use forerun::planner::Plan;
use forerun::runtime::{Event, FastSession, Instruction, Observer, Task};
use forerun::time::Span;
use forerun::viewer::{Scene, Viewer};

use super::prediction::Notes;
use super::rrd::{self, Rrd};

const GOALS: u64 = 12;
const SEED: u64 = 40;

/// Draws a lab's robot into a recording.
pub fn viewer(lab: &Lab, path: &Path) -> Viewer {
    let scene = Scene::new(lab.robot.clone())
        .with_model(lab.model())
        .with_budget(lab.config.planner.budget);
    Viewer::file(path, scene).expect("a recording")
}

/// Draws plans as `change` makes them: what a bug in stamps or paths would draw.
struct Wrong {
    viewer: Viewer,
    change: fn(&mut Plan),
}

impl Observer for Wrong {
    fn observe(&mut self, event: &Event) {
        if let Event::Plan(plan) = event {
            let mut plan = Plan::clone(plan);
            (self.change)(&mut plan);
            self.viewer.observe(&Event::Plan(Arc::new(plan)));
        } else {
            self.viewer.observe(event);
        }
    }

    fn finish(&mut self) {
        self.viewer.finish();
    }

    fn wants_paths(&self) -> bool {
        true
    }
}

/// Ticks until `done`, `limit` times at most.
pub fn tick_until(
    session: &mut FastSession,
    limit: usize,
    mut done: impl FnMut(&mut FastSession) -> bool,
) -> bool {
    (0..limit).any(|_| {
        session.tick().expect("a tick");
        done(session)
    })
}

/// Image goals one after another on the fast clock, as `forerun run` pursues them.
fn pursue(lab: &Lab, observers: Vec<Box<dyn Observer>>) {
    let (mut session, mut task) = lab
        .fast(Contender::Model, SEED, observers)
        .expect("session");
    let mut episode = task.reset(SEED).expect("an episode");
    let active = tick_until(&mut session, 400, |session| {
        session.thinker().surprise().is_some() && session.instruct(Instruction::Activate).is_ok()
    });
    assert!(active, "it can't be activated");
    for goal in 1..=GOALS {
        session
            .instruct(Instruction::Pursue(episode.goal))
            .expect("the goal is accepted");
        tick_until(&mut session, 1600, |session| {
            session.state() == (State::Holding, Cause::Reached)
        });
        episode = task.next_goal(SEED + goal).expect("a goal");
    }
}

/// The median and the 95 % quantile of `errors`, of which there are many.
fn quantiles(mut errors: Vec<f64>) -> [f64; 2] {
    assert!(errors.len() > 500, "{} errors", errors.len());
    errors.sort_by(f64::total_cmp);
    [0.5, 0.95].map(|part| errors[((errors.len() - 1) as f64 * part) as usize])
}

/// How far the drawn tip one model step after the plan's start lay from where it then was `[m]`.
fn drawn(lab: &Lab, path: &Path) -> [f64; 2] {
    let spec = lab.model().spec();
    let planar = spec.tip.len() == 2;
    let rrd = Rrd::open(path);
    let errors = rrd::one_step_tip_errors(&rrd, &lab.robot, spec.period.secs(), planar);
    quantiles(errors)
}

/// True if both lie under the bounds.
fn holds(found: [f64; 2], bounds: [f64; 2]) -> bool {
    found[0] < bounds[0] && found[1] < bounds[1]
}

/// A plan starts one model step after its frame, so its first step is the frame's second. What is drawn may err
/// by what the model errs when it is told the commands that were really sent, and 30 % more: the plan is
/// replaced before its step is over.
#[test]
fn what_is_imagined_one_step_ahead_is_as_near_as_the_model_can_tell() {
    let lab = Lab::new("arm").expect("the shipped package loads");
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name).with_extension("rrd");
    let wrong = |name: &str, change| -> Box<dyn Observer> {
        Box::new(Wrong {
            viewer: viewer(&lab, &path(name)),
            change,
        })
    };
    let notes = Notes::default();
    let observers: Vec<Box<dyn Observer>> = vec![
        Box::new(notes.clone()),
        Box::new(viewer(&lab, &path("right"))),
        wrong("late", |plan| {
            plan.made += Span::from_millis(50);
            plan.start += Span::from_millis(50);
        }),
        wrong("shifted", |plan| {
            for (_, tips) in &mut plan.evidence.paths {
                tips.remove(0);
            }
        }),
    ];
    pursue(&lab, observers);
    let told = quantiles(notes.prediction_errors(&lab, 2));
    let bounds = told.map(|error| 1.3 * error);
    for name in ["late", "shifted"] {
        let found = drawn(&lab, &path(name));
        assert!(
            !holds(found, bounds),
            "{name} is not noticed: {found:.4?} for {told:.4?}"
        );
    }
    let found = drawn(&lab, &path("right"));
    assert!(
        holds(found, bounds),
        "drawn {found:.4?} m off, the model {told:.4?} m"
    );
}

/// The measure of the whole: belief, dynamics, probe, stamps and drawing together. A plan starts one model step after
/// its frame, so the step that is measured is the second since the robot last looked.
#[test]
fn what_is_imagined_one_step_ahead_is_where_the_robot_then_is() {
    let lab = Lab::new("arm").expect("the shipped package loads");
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("right.rrd");
    pursue(&lab, vec![Box::new(viewer(&lab, &path))]);
    let found = drawn(&lab, &path).map(|error| error / lab.model().spec().probe_error);
    assert!(
        holds(found, [2.0, 4.0]),
        "median and 95 % are {found:.2?} probe errors, expected 2 and 4 at most"
    );
}

#[test]
fn the_goal_is_drawn_where_the_goal_is() {
    for name in ["arm", "rover"] {
        let lab = Lab::new(name).expect("the shipped package loads");
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("goal.rrd");
        let mut task = lab
            .fast(Contender::Model, 3, Vec::new())
            .expect("session")
            .1;
        let mut drawing = viewer(&lab, &path);
        let mut wanted = Vec::new();
        for seed in 0..20u64 {
            let episode = task.reset(seed).expect("an episode");
            wanted.push(lab.robot.tip(&task.goal()));
            drawing.observe(&Event::Goal(forerun::runtime::GoalEvent {
                stamp: forerun::time::Stamp::from_nanos(seed as i64 * 1_000_000_000),
                sequence: seed,
                goal: Arc::new(episode.goal),
                phase: forerun::runtime::GoalPhase::Accepted,
            }));
        }
        drawing.finish();
        let drawn = Rrd::open(&path).points("/world/goal/tip");
        assert_eq!(drawn.len(), wanted.len());
        let mut errors: Vec<f64> = drawn
            .iter()
            .zip(&wanted)
            .map(|((_, points), wanted)| {
                assert_eq!(points.len(), 1);
                let [x, y, z] = points[0].map(f64::from);
                assert!((z - wanted.z).abs() < 1e-6);
                (x - wanted.x).hypot(y - wanted.y)
            })
            .collect();
        errors.sort_by(f64::total_cmp);
        assert!(
            errors[10] < lab.embodiment.rig().tolerance,
            "{name}: the goal is drawn far from where it is: {errors:.3?}"
        );
    }
}
