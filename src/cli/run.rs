//! `forerun run`: the main job on an embedded robot.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::line::Line;
use super::onlookers::Onlookers;
use super::parameters::{Reader, Settings, Which};
use super::picture::read_picture;
use super::signals::Signals;
use super::terminal::{put_line, say};
use super::{Failure, Lab};
use crate::config::Number;
use crate::control::{Cause, State};
use crate::embedded::Kind;
use crate::runtime::{Instruction, Operator, Status, Task, WallSession};
use crate::sensing::Goal;

/// `forerun run [ROBOT]`.
#[derive(Clone, Debug, Args)]
pub struct Run {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    job: Job,
}

impl Run {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.job.run(self.which.robot)
    }
}

/// Pursues image goals one after another; on the arm if no verb is given. A goal has its time (15 s on the arm, 30 s on
/// the rover) and is tried once more, unless it is refused; exit status 1 if one was missed for good.
#[derive(Clone, Debug, Args)]
pub struct Job {
    /// How many goals.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    goals: u64,
    /// Goals without end.
    #[arg(long, conflicts_with = "goals")]
    forever: bool,
    /// Draws start, goals, light and noise.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Pursue this picture (PNG or JPEG) as the only goal.
    #[arg(long, conflicts_with_all = ["goals", "forever"])]
    goal: Option<PathBuf>,
    /// Package name or folder; without it the robot's own.
    #[arg(long)]
    model: Option<String>,
    /// Record into this file: `.rrd` for Rerun, instead of a viewer; `.mcap` for ROS 2 tools and the recipe.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Job {
    pub(super) fn run(self, robot: Kind) -> Result<(), Failure> {
        let picture = self.goal.as_deref().map(read_picture).transpose()?;
        let parameters = self.settings.read(Reader::Run, robot)?;
        let tries = parameters.count("run.retries")?.saturating_add(1);
        let model = self.model.as_deref().unwrap_or(robot.name());
        let lab = Lab::from_parameters(robot, model, &parameters)?;
        if let Some(warning) = lab.elsewhere() {
            say(format_args!("{warning}"));
        }
        let signals = Signals::catch()?;
        let mut onlookers = Onlookers::new(&lab, self.record.as_deref(), self.seed)?;
        let (source, sink, mut task) = lab.embodiment.start(&lab.robot, self.seed)?;
        let (source, sink) = onlookers.tap(Box::new(source), Box::new(sink));
        let observers = onlookers.observers();
        let parts = lab.line(lab.model().clone(), None, source, sink, observers)?;
        let session = WallSession::start(parts, lab.wall_config())?;
        let spec = lab.model().spec();
        say(format_args!(
            "{} with {} {} ({})",
            lab.robot.name, spec.name, spec.version, spec.arithmetic
        ));

        let operator = session.operator();
        let first = task.reset(self.seed)?;
        let line = Line::new();
        let outcome = activate(operator.as_ref(), &signals).and_then(|()| match picture {
            Some(picture) => {
                let goal = (Goal::Image(picture), self.goal_name());
                self.pursue(
                    operator.as_ref(),
                    &line,
                    &signals,
                    &mut std::iter::once(Ok(goal)),
                    tries,
                )
            }
            None => {
                let mut seed = self.seed;
                let mut first = Some(first);
                let mut goals = std::iter::from_fn(|| {
                    let episode = match first.take() {
                        Some(episode) => Ok(episode),
                        None => {
                            seed += 1;
                            task.next_goal(seed)
                        }
                    };
                    Some(
                        episode
                            .map(|episode| (episode.goal, episode.description))
                            .map_err(Failure::from),
                    )
                });
                let count = if self.forever { u64::MAX } else { self.goals };
                self.pursue(
                    operator.as_ref(),
                    &line,
                    &signals,
                    &mut goals
                        .by_ref()
                        .take(usize::try_from(count).unwrap_or(usize::MAX)),
                    tries,
                )
            }
        });
        line.finish();
        let status = operator.status();
        session.stop();
        summarize(&status);
        let recorded = onlookers.close();
        let (reached, missed) = outcome?;
        put_line(format_args!(
            "{reached} of {} goals reached",
            reached + missed
        ));
        if missed > 0 {
            Err(Failure::Job(match missed {
                1 => "a goal was missed for good".to_owned(),
                _ => format!("{missed} goals were missed for good"),
            }))
        } else {
            recorded
        }
    }

    fn goal_name(&self) -> String {
        self.goal
            .as_ref()
            .map_or_else(String::new, |path| path.display().to_string())
    }

    fn pursue(
        &self,
        operator: &dyn Operator,
        line: &Line,
        signals: &Signals,
        goals: &mut dyn Iterator<Item = Result<(Goal, String), Failure>>,
        tries: usize,
    ) -> Result<(usize, usize), Failure> {
        let (mut reached, mut missed) = (0, 0);
        for (index, goal) in goals.enumerate() {
            let (goal, name) = goal?;
            let mut arrived = None;
            for attempt in 0..tries {
                if attempt > 0 {
                    line.say(&format!("goal {}: not reached, once more", index + 1));
                    activate(operator, signals)?;
                }
                match attempt_goal(operator, line, signals, index + 1, goal.clone(), &name)? {
                    Attempt::Reached(time) => {
                        arrived = Some(time);
                        break;
                    }
                    Attempt::Missed => {}
                    Attempt::Refused => break,
                }
            }
            match arrived {
                Some(time) => {
                    reached += 1;
                    line.say(&format!(
                        "goal {:>2}  {name}  reached in {time:.1} s",
                        index + 1
                    ));
                }
                None => {
                    missed += 1;
                    line.say(&format!("goal {:>2}  {name}  missed", index + 1));
                    activate(operator, signals)?;
                }
            }
        }
        Ok((reached, missed))
    }
}

/// What became of a goal.
enum Attempt {
    /// After so long `[s]`.
    Reached(f64),
    Missed,
    /// It can't be pursued, and won't be a second time.
    Refused,
}

/// Pursues `goal` until it is reached or missed.
fn attempt_goal(
    operator: &dyn Operator,
    line: &Line,
    signals: &Signals,
    number: usize,
    goal: Goal,
    name: &str,
) -> Result<Attempt, Failure> {
    let began = std::time::Instant::now();
    if let Err(why) = operator.instruct(Instruction::Pursue(goal)) {
        line.say(&format!("goal {number}: refused: {why}"));
        return Ok(Attempt::Refused);
    }
    loop {
        std::thread::sleep(Duration::from_millis(50));
        signals.check()?;
        let status = operator.status();
        line.show(number, name, &status);
        match (status.state, status.cause) {
            (State::Tracking, _) => {}
            (State::Holding, Cause::Reached) => {
                return Ok(Attempt::Reached(began.elapsed().as_secs_f64()));
            }
            (State::Braking, _) => {}
            (State::Stopped | State::Fault, cause) => {
                line.say(&format!("goal {number}: stopped: {cause}"));
                return Ok(Attempt::Missed);
            }
            (_, cause) => {
                let left = status.distance.map_or_else(String::new, |left| {
                    format!(", {:.2} steps to go", Number(left))
                });
                line.say(&format!(
                    "goal {number}: {cause}{left}; {}",
                    status.sentence
                ));
                return Ok(Attempt::Missed);
            }
        }
    }
}

/// Activates as soon as inputs are fresh.
fn activate(operator: &dyn Operator, signals: &Signals) -> Result<(), Failure> {
    let mut refusal = String::new();
    for _ in 0..100 {
        signals.check()?;
        match operator.instruct(Instruction::Activate) {
            Ok(()) => return Ok(()),
            Err(why) => refusal = why,
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(Failure::Job(format!("can't be activated: {refusal}")))
}

fn summarize(status: &Status) {
    say(format_args!(
        "{} plans, newest {:.1} of {:.0} ms; {} ticks, {} late, largest gap {:.1} ms; {} images, {} messages refused",
        status.plans,
        status.plan_time.millis(),
        status.plan_budget.millis(),
        status.ticks,
        status.misses,
        status.max_gap.millis(),
        status.images,
        status.refused,
    ));
    if status.dropped > 0 {
        say(format_args!(
            "{} events were not shown or recorded: the observer was too slow",
            status.dropped
        ));
    }
}
