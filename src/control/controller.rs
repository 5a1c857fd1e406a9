//! One tick: supervisor, source, limits, command.

use super::following::Following;
use super::history::History;
use super::{
    Backup, BoundedDeceleration, Command, ControlConfig, Refusal, Repeats, Request, Source,
    Standing, State,
};
use super::{SupervisorInputs, Transition};
use crate::robot::{Action, ActionSpace, Axes, LimiterState, Limits, RobotState, Trajectory};
use crate::time::{Condition, Span, Stamp};

/// What a tick gives.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
    /// The command in force from now on, if [`Command::is_sent`].
    pub command: Command,
    /// Whether it is to be sent now: a standstill need not be repeated at every tick ([`Repeats`]).
    pub due: bool,
    /// The change of state in this tick, if there was one.
    pub transition: Option<Transition>,
}

/// What the line knows of the world at a tick. Ages count from the stamps of measurement.
#[derive(Clone, Copy, Debug, Default)]
pub struct TickInputs {
    /// The newest measured state.
    pub state: Option<RobotState>,
    /// Stamp of the newest image.
    pub image: Option<Stamp>,
    /// False if the newest plan was not finite: counts while it is followed, it says nothing of what comes after.
    pub finite: bool,
    /// What time does.
    pub clock: Condition,
    /// True if somebody else commands the same robot.
    pub second_commander: bool,
    /// True if the last command could not be sent.
    pub sink_failed: bool,
    /// True if commands go nowhere, and the robot obeys somebody else.
    pub unheard: bool,
}

/// The command path of one robot. [`Controller::tick`] allocates nothing, takes no lock and makes no system call.
pub struct Controller {
    config: ControlConfig,
    limits: Limits,
    /// Speeds that count as standing still `[rad/s or m/s]`.
    still: Axes,
    backup: Box<dyn Backup>,
    standing: Standing,
    limiter: LimiterState,
    repeats: Repeats,
    following: Option<Following>,
    sent: History,
    last_tick: Option<Stamp>,
    transition: Option<Transition>,
    inputs: SupervisorInputs,
}

/// The newest plan as the controller sees it.
#[derive(Clone, Copy)]
pub struct PlanInForce<'a> {
    /// Where to go.
    pub trajectory: &'a Trajectory,
    /// When it was delivered.
    pub delivered: Stamp,
}

impl Controller {
    /// A controller in state Unconfigured that brakes by bounded deceleration.
    pub fn new(space: &ActionSpace, config: ControlConfig) -> Self {
        let axes = space.len();
        Self {
            limits: config.bounds(&space.limits),
            still: Axes::from_fn(axes, |axis| {
                config.standstill * space.limits.axes()[axis].velocity
            }),
            repeats: Repeats::new(space.kind, &config),
            following: None,
            backup: Box::new(BoundedDeceleration),
            standing: Standing::default(),
            limiter: LimiterState::at_rest(Axes::zeros(axes)),
            sent: History::new(&config),
            last_tick: None,
            transition: None,
            inputs: SupervisorInputs {
                finite: true,
                ..SupervisorInputs::default()
            },
            config,
        }
    }

    /// Replaces what is done while braking.
    pub fn with_backup(mut self, backup: Box<dyn Backup>) -> Self {
        self.backup = backup;
        self
    }

    /// The robot is sent pieces of joint trajectory ([`Chunker`](super::Chunker)): they are made of every tick, so each
    /// is due, and it is watched whether the robot follows. A robot that is sent velocities isn't watched: what it does
    /// not do of them is never made up for, and it may well stand against something until that is planned around.
    pub fn with_trajectories(mut self) -> Self {
        self.repeats = self.repeats.all();
        self.following = Some(Following::new(&self.limits, &self.config));
        self
    }

    /// The supervisor's state, its cause and since when.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// What the supervisor judged by at the last tick.
    pub fn inputs(&self) -> &SupervisorInputs {
        &self.inputs
    }

    /// The limiter's state after the last tick.
    pub fn limiter(&self) -> &LimiterState {
        &self.limiter
    }

    /// Asks the supervisor for a change of state, judged by the inputs of the last tick. The transition shows
    /// in the next tick.
    pub fn request(&mut self, request: Request, now: Stamp) -> Result<(), Refusal> {
        let next = self
            .config
            .thresholds
            .request(self.standing, request, &self.inputs, now)?;
        self.enter(next, now);
        Ok(())
    }

    /// Makes the command of the tick at `now`. `plan`: the newest plan delivered since tracking began.
    pub fn tick(&mut self, now: Stamp, inputs: &TickInputs, plan: Option<PlanInForce<'_>>) -> Tick {
        let plan = plan.filter(|plan| {
            plan.delivered >= self.standing.since || self.standing.state != State::Tracking
        });
        self.judge(now, inputs, plan);
        let next = self
            .config
            .thresholds
            .step(self.standing, &self.inputs, now);
        self.enter(next, now);

        let dt = self.config.period.secs();
        self.locate(inputs.state, now);
        let still = Action::zeros(self.limits.axes().len());
        let (source, wanted) = match self.standing.state {
            State::Tracking => match plan {
                None => (Source::Hold, still),
                Some(plan) => match plan.trajectory.sample(now) {
                    Some(action) => (Source::Plan, action),
                    None => (Source::PlanEnd, still),
                },
            },
            State::Holding | State::Stopped => (Source::Hold, still),
            State::Braking => (Source::Brake, self.backup.action(now, &self.limiter)),
            State::Unconfigured | State::Inactive | State::Fault => (Source::None, still),
        };
        let action = if source == Source::None {
            self.limiter = LimiterState::at_rest(self.limiter.position);
            still
        } else {
            self.limits.project(&mut self.limiter, &wanted, dt)
        };
        if !inputs.unheard {
            self.sent.remember(now, action);
        }
        let limited = source != Source::None
            && wanted
                .iter()
                .zip(action.iter())
                .any(|(a, b)| a.is_nan() || (a - b).abs() > 1e-9);
        let command = Command {
            stamp: now,
            action,
            wanted,
            source,
            state: self.standing.state,
            limited,
        };
        Tick {
            due: self.repeats.is_due(&command),
            command,
            transition: self.transition.take(),
        }
    }

    fn enter(&mut self, next: Standing, now: Stamp) {
        if next.state != self.standing.state {
            let from = self
                .transition
                .map_or(self.standing.state, |earlier| earlier.from);
            self.transition = Some(Transition {
                stamp: now,
                from,
                to: next.state,
                cause: next.cause,
            });
        }
        self.standing = next;
    }

    fn judge(&mut self, now: Stamp, inputs: &TickInputs, plan: Option<PlanInForce<'_>>) {
        let followed = self.standing.state == State::Tracking && plan.is_some();
        let finite =
            (inputs.finite || !followed) && inputs.state.is_none_or(|state| state.is_finite());
        let state_age = inputs.state.map(|state| now - state.stamp);
        let fresh = state_age.is_some_and(|age| age <= self.config.thresholds.state);
        let commanded_still = self.limiter.command.max_abs() == 0.0;
        let standstill = match inputs.state {
            _ if inputs.unheard => Some(commanded_still),
            Some(state) if fresh && finite => {
                Some(commanded_still && self.is_still(&state.velocity))
            }
            // Not measured: commanded to rest for as long as the servo needs to follow.
            _ => Some(
                commanded_still
                    && self
                        .at_rest_since(now)
                        .is_some_and(|rest| rest > self.config.delay * 3),
            ),
        };
        let gap = self.last_tick.map_or(Span::ZERO, |last| now - last);
        let held = gap.clamp(Span::ZERO, self.config.thresholds.gap);
        let watched = self.standing.state == State::Tracking && fresh && finite;
        let behind = match (&mut self.following, inputs.state.filter(|_| watched)) {
            (Some(following), Some(state)) => {
                following.watch(now, (&self.limiter.command, held), &state.position)
            }
            (following, _) => {
                following.iter_mut().for_each(Following::forget);
                None
            }
        };
        self.inputs = SupervisorInputs {
            plan_age: plan.map(|plan| now - plan.delivered),
            image_age: inputs.image.map(|stamp| now - stamp),
            state_age,
            finite,
            clock: inputs.clock,
            gap,
            second_commander: inputs.second_commander,
            sink_failed: inputs.sink_failed,
            standstill,
            behind,
        };
        self.last_tick = Some(now);
    }

    fn is_still(&self, velocity: &Axes) -> bool {
        let mut speeds = self.still.iter().zip(velocity.iter());
        speeds.all(|(still, speed)| speed.abs() <= *still)
    }

    /// How long zero has been commanded, as far as is remembered.
    fn at_rest_since(&self, now: Stamp) -> Option<Span> {
        match self.sent.last_motion() {
            Some(stamp) => Some(now - stamp),
            None => Some((now - self.standing.since).max(Span::ZERO)),
        }
    }

    /// Position = measured + what is still to come of it: per axis the larger of two estimates, all commands
    /// that the measurement can't show yet, and the measured velocity for the delay plus the commands since.
    /// They agree in steady motion; while a lagging servo slows down only the second one is safe.
    fn locate(&mut self, state: Option<RobotState>, now: Stamp) {
        let Some(state) = state.filter(RobotState::is_finite) else {
            return;
        };
        let axes = self.limiter.position.len();
        if now - state.stamp > self.config.thresholds.state
            || state.position.len() != axes
            || state.velocity.len() != axes
        {
            return;
        }
        let commanded = self.travel(state.stamp - self.config.delay, now);
        let since = self.travel(state.stamp, now);
        let delay = self.config.delay.secs();
        self.limiter.position = Axes::from_fn(axes, |axis| {
            let coasting = state.velocity[axis] * delay + since[axis];
            let travel = if coasting.abs() > commanded[axis].abs() {
                coasting
            } else {
                commanded[axis]
            };
            state.position[axis] + travel
        });
    }

    /// The integral of the remembered commands over `since`..`now`.
    fn travel(&self, since: Stamp, now: Stamp) -> Axes {
        let mut travel = Axes::zeros(self.limiter.position.len());
        self.sent.advance(&mut travel, since, now);
        travel
    }
}
