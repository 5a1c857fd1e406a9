//! The line on the wall clock, in a binary of its own: nothing runs beside it.

use std::sync::{Mutex, PoisonError};

use forerun::cli::ArmLab;
use forerun::control::{Cause, State};
use forerun::runtime::{Instruction, Task};

/// One session at a time: real time is what is tested.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn the_wall_clock_reaches_a_goal_holds_and_stops_cleanly() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let lab = ArmLab::new("arm").expect("the shipped package loads");
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
    let lab = ArmLab::new("arm").expect("the shipped package loads");
    let (session, mut task) = lab.wall(3, Vec::new()).expect("a session");
    let episode = task.reset(3).expect("an episode");
    wait_until("the first image", || session.operator().status().images > 0);
    let refusal = session
        .operator()
        .instruct(Instruction::Pursue(episode.goal));
    session.stop();
    assert!(refusal.is_err_and(|why| why.contains("Inactive")));
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
