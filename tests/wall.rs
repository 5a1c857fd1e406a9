//! The line on the wall clock, in a binary of its own: nothing runs beside it.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use forerun::cli::{Contender, Lab};
use forerun::control::{Cause, Command, State, Transition};
use forerun::cost::Term;
use forerun::embedded::EmbeddedTask;
use forerun::evaluation::{fast_episode, wall_episode};
use forerun::runtime::{
    CommandSink, Episode, Event, Instruction, Observer, PortError, SensorSource, Surroundings,
    Task, Truth, WallConfig, WallSession,
};
use forerun::sensing::{Goal, Message};
use forerun::time::{ExternalClock, Span, Stamp};
use forerun::world_model::Rollout;

/// One session at a time: real time is what is tested.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn the_wall_clock_reaches_a_goal_holds_and_stops_cleanly() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let lab = Lab::new("arm").expect("the shipped package loads");
    let (session, mut task) = lab.wall(3, Vec::new()).expect("a session");
    let operator = session.operator();
    let episode = task.reset(3).expect("an episode");
    wait_until("activation", || {
        operator.instruct(Instruction::Activate).is_ok()
    });
    operator
        .instruct(Instruction::Pursue(episode.goal))
        .expect("the goal is accepted");
    wait_until("the goal", || {
        let status = operator.status();
        (status.state, status.cause) == (State::Holding, Cause::Reached)
    });
    assert!(task.truth(session.now()).error < 0.05);
    operator
        .instruct(Instruction::Deactivate)
        .expect("a robot that holds can be deactivated");
    wait_until("standstill", || operator.status().state == State::Inactive);
    session.stop();
}

#[test]
fn a_goal_needs_an_active_robot() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let lab = Lab::new("arm").expect("the shipped package loads");
    let (session, mut task) = lab.wall(3, Vec::new()).expect("a session");
    let episode = task.reset(3).expect("an episode");
    wait_until("the first image", || session.operator().status().images > 0);
    let refusal = session
        .operator()
        .instruct(Instruction::Pursue(episode.goal));
    session.stop();
    assert!(refusal.is_err_and(|why| why.contains("Inactive")));
}

#[test]
fn episodes_are_judged_by_the_truth_at_the_moments_of_the_time_line() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let lab = Lab::new("arm").expect("the shipped package loads");
    let (outcome, effort) = lab
        .wall_episode(Contender::Model, 9000)
        .expect("an episode");
    assert_eq!(outcome.seed, 9000);
    assert!(outcome.success, "{outcome:?}");
    assert!(outcome.error < 0.03 && !outcome.stopped, "{outcome:?}");
    let time = outcome.time.expect("it was reached");
    // Truth held for a second, on the grid of moments.
    assert!((1.0..=10.0).contains(&time), "{time}");
    assert!(!effort.plans.is_empty());
    assert!(effort.plans.iter().all(|plan| plan.model_steps > 0));
    let ticks = effort.ticks.expect("real time has ticks");
    assert!(ticks.n as f64 > 100.0 * time, "{ticks:?} in {time} s");
}

#[test]
fn what_fails_on_the_fast_clock_fails_on_the_wall_clock() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut lab = Lab::new("arm").expect("the shipped package loads");
    lab.embodiment.rig_mut().time_limit = 1.5;
    for clock in [Lab::fast_episode, Lab::wall_episode] {
        let (outcome, _) = clock(&lab, Contender::StandingStill, 9001).expect("an episode");
        assert!(!outcome.success && !outcome.false_arrival, "{outcome:?}");
        assert!(outcome.error >= 0.15, "{outcome:?}");
        assert_eq!(outcome.time, None);
    }
}

/// A robot that asks for a place that its arm does not reach.
struct Greedy(EmbeddedTask);

impl Task for Greedy {
    fn reset(&mut self, seed: u64) -> Result<Episode, PortError> {
        let goal = Goal::Point([3.0, 0.0, 0.0]);
        Ok(Episode {
            goal,
            ..self.0.reset(seed)?
        })
    }
    fn next_goal(&mut self, seed: u64) -> Result<Episode, PortError> {
        self.reset(seed)
    }
    fn truth(&mut self, now: Stamp) -> Truth {
        self.0.truth(now)
    }
    fn hold(&self) -> f64 {
        self.0.hold()
    }
    fn time_limit(&self) -> f64 {
        self.0.time_limit()
    }
}

#[test]
fn a_goal_that_is_refused_is_a_failed_episode_on_both_clocks() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let lab = Lab::new("arm").expect("the shipped package loads");
    let made = lab.fast(Contender::Model, 9003, Vec::new());
    let (mut session, task) = made.expect("a session");
    let mut greedy = Greedy(task);
    let fast = fast_episode(&mut session, &mut greedy, 9003).expect("an episode");
    let made = lab.parts(Contender::Model, 9003, Vec::new());
    let (parts, task) = made.expect("the parts");
    let config = WallConfig {
        period: lab.config.control.period,
        budget: lab.config.planner.budget,
        priority: None,
    };
    let made = wall_episode(parts, Box::new(Greedy(task)), config, 9003);
    let (wall, _) = made.expect("an episode");
    for outcome in [&fast, &wall] {
        let refusal = outcome.refusal.as_deref().expect("refused");
        assert!(refusal.contains("out of reach"), "{refusal}");
        assert!(!outcome.success && !outcome.stopped, "{outcome:?}");
    }
    let next = fast_episode(&mut session, &mut greedy.0, 9003);
    assert!(next.expect("an episode").success);
}

/// A robot that dies after a second.
struct Dying(Box<dyn SensorSource>);

impl SensorSource for Dying {
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        if now.secs() > 1.0 {
            return Err(PortError("the robot died".to_owned()));
        }
        self.0.poll(now, messages)
    }
}

#[test]
fn an_episode_whose_robot_dies_is_an_error() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut lab = Lab::new("arm").expect("the shipped package loads");
    lab.embodiment.rig_mut().time_limit = 9.0;
    let (mut parts, task) = lab
        .parts(Contender::StandingStill, 9002, Vec::new())
        .expect("the parts");
    parts.source = Box::new(Dying(parts.source));
    let config = WallConfig {
        period: lab.config.control.period,
        budget: lab.config.planner.budget,
        priority: None,
    };
    let why = wall_episode(parts, Box::new(task), config, 9002).expect_err("it died");
    assert!(why.to_string().contains("time stands still"), "{why}");
}

/// A sink that hangs while it is told to.
struct Hanging(Arc<AtomicBool>);

impl CommandSink for Hanging {
    fn send(&mut self, _: &Command) -> Result<(), PortError> {
        while self.0.load(Ordering::SeqCst) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        Ok(())
    }
}

/// Keeps what passes of state.
struct Witness(Arc<Mutex<Vec<Transition>>>);

impl Observer for Witness {
    fn observe(&mut self, event: &Event) {
        if let Event::Transition(transition) = event {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(*transition);
        }
    }
}

/// Ticks wait for the sender, and most of them are to be sent to nobody: when there is no room left they go, counted,
/// but none that changed the state.
#[test]
fn no_change_of_state_is_lost_to_a_sink_that_hangs() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut lab = Lab::new("arm").expect("the shipped package loads");
    // At rest nothing but ticks that need not be sent.
    lab.config.control.repeat = Span::from_secs(3_600.0);
    // It need not brake, whatever its noisy velocities say.
    lab.config.control.standstill = 0.5;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observers: Vec<Box<dyn Observer>> = vec![Box::new(Witness(seen.clone()))];
    let (mut parts, _task) = lab.parts(Contender::Model, 3, observers).expect("parts");
    let hangs = Arc::new(AtomicBool::new(true));
    parts.sink = Box::new(Hanging(hangs.clone()));
    let config = WallConfig {
        period: lab.config.control.period,
        budget: lab.config.planner.budget,
        priority: None,
    };
    let session = WallSession::start(parts, config).expect("a session");
    let operator = session.operator();
    wait_until("activation", || {
        operator.instruct(Instruction::Activate).is_ok()
    });
    wait_until("a full ring", || operator.status().dropped > 20);
    assert_eq!(operator.status().state, State::Holding);
    let asked = operator.instruct(Instruction::Deactivate);
    asked.expect("a robot that holds can be deactivated");
    wait_until("the end", || operator.status().state == State::Inactive);
    hangs.store(false, Ordering::SeqCst);
    session.stop();
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let passed: Vec<_> = seen.iter().map(|seen| (seen.from, seen.to)).collect();
    let expected = [
        (State::Unconfigured, State::Inactive),
        (State::Inactive, State::Holding),
        (State::Holding, State::Inactive),
    ];
    assert_eq!(passed, expected);
}

/// Panics once, when it is told to.
struct Fragile(Arc<AtomicBool>);

impl Term for Fragile {
    fn name(&self) -> &'static str {
        "fragile"
    }

    fn evaluate(&mut self, _rollout: &Rollout, _out: &mut [f32]) {
        assert!(!self.0.swap(false, Ordering::SeqCst), "a term of glass");
    }
}

#[test]
fn a_planner_that_panics_stops_the_robot_and_is_made_anew_by_activate() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let trigger = Arc::new(AtomicBool::new(false));
    let mut lab = Lab::new("arm").expect("the shipped package loads");
    let armed = trigger.clone();
    lab.registry
        .add("fragile", 1.0, move |_| Box::new(Fragile(armed.clone())));
    let (session, mut task) = lab.wall(3, Vec::new()).expect("a session");
    let operator = session.operator();
    let state = || {
        let status = operator.status();
        (status.state, status.cause)
    };
    let episode = task.reset(3).expect("an episode");
    wait_until("activation", || {
        operator.instruct(Instruction::Activate).is_ok()
    });
    let pursue = || operator.instruct(Instruction::Pursue(episode.goal.clone()));
    pursue().expect("the goal is accepted");
    wait_until("a plan", || operator.status().plans > 5);

    trigger.store(true, Ordering::SeqCst);
    wait_until("the stop", || state() == (State::Stopped, Cause::StalePlan));
    let ticks = operator.status().ticks;
    wait_until("stand-still commands", || {
        operator.status().ticks > ticks + 20
    });

    operator
        .instruct(Instruction::Resume)
        .expect("the inputs are fresh");
    let refusal = pursue().expect_err("a broken planner takes no goal");
    assert!(refusal.contains("a term of glass"), "{refusal}");
    assert!(refusal.contains("activate"), "{refusal}");

    operator
        .instruct(Instruction::Activate)
        .expect("the planner is made anew");
    wait_until("the goal's acceptance", || pursue().is_ok());
    wait_until("the goal", || state() == (State::Holding, Cause::Reached));
    session.stop();
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if done() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{what} did not come within 30 s");
}

/// Tells a clock its time, 10 ms after 10 ms: somewhat slower than the wall's.
struct Teller {
    told: AtomicI64,
    pauses: AtomicBool,
    over: AtomicBool,
}

impl Teller {
    fn run(&self, clock: &ExternalClock) {
        while !self.over.load(Ordering::Relaxed) {
            std::thread::sleep(std::time::Duration::from_millis(10));
            if !self.pauses.load(Ordering::Relaxed) {
                let told = self.told.fetch_add(10_000_000, Ordering::Relaxed);
                clock.tell(Stamp::from_nanos(told));
            }
        }
    }
}

/// The embedded arm lives in the session's time, so it lives in the time that is told.
#[test]
fn a_clock_that_is_told_its_time_is_followed_and_one_that_jumps_or_stands_stops_the_robot() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let lab = Lab::new("arm").expect("the shipped package loads");
    let (parts, mut task) = lab.parts(Contender::Model, 3, Vec::new()).expect("parts");
    let clock = Arc::new(ExternalClock::new(Span::from_millis(400)));
    let surroundings = Surroundings {
        clock: clock.clone(),
        ..Surroundings::default()
    };
    let config = WallConfig {
        period: lab.config.control.period,
        budget: lab.config.planner.budget,
        priority: None,
    };
    let session = WallSession::start_in(surroundings, parts, config).expect("a session");
    let operator = session.operator();
    let pursue = |task: &mut dyn Task, seed| {
        let episode = task.next_goal(seed).expect("a goal");
        let goal = Instruction::Pursue(episode.goal);
        wait_until("the goal's acceptance", || {
            // A busy machine may have stopped it.
            let _ = operator.instruct(Instruction::Resume);
            operator.instruct(goal.clone()).is_ok()
        });
    };
    let is = |state, cause| {
        let status = operator.status();
        (status.state, status.cause) == (state, cause)
    };
    task.reset(3).expect("an episode");
    wait_until("a tick", || operator.status().ticks > 0);
    let refusal = operator.instruct(Instruction::Activate);
    assert!(refusal.is_err_and(|why| why.contains("stale input: clock")));

    let teller = Teller {
        told: AtomicI64::new(1_000_000_000_000),
        pauses: AtomicBool::new(false),
        over: AtomicBool::new(false),
    };
    std::thread::scope(|scope| {
        scope.spawn(|| teller.run(&clock));
        wait_until("activation", || {
            operator.instruct(Instruction::Activate).is_ok()
        });
        pursue(&mut task, 4);
        wait_until("the goal", || is(State::Holding, Cause::Reached));

        for to in [0, 3_600_000_000_000] {
            pursue(&mut task, 5);
            teller.told.store(to, Ordering::Relaxed);
            wait_until("a stop", || is(State::Stopped, Cause::ClockJumped));
        }
        pursue(&mut task, 6);
        teller.pauses.store(true, Ordering::Relaxed);
        wait_until("a stop", || is(State::Stopped, Cause::StaleClock));
        let refusal = operator.instruct(Instruction::Resume);
        assert!(refusal.is_err_and(|why| why.contains("stale input: clock")));
        teller.pauses.store(false, Ordering::Relaxed);
        wait_until("fresh inputs", || {
            operator.instruct(Instruction::Resume).is_ok()
        });
        session.stop();
        teller.over.store(true, Ordering::Relaxed);
    });
}
