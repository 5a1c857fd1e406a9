//! Episodes on the fast clock.

use super::relay::Relay;
use super::{Outcome, Referee};
use crate::runtime::{FastSession, Instruction, PortError, Task};
use crate::sensing::Goal;
use crate::time::Span;

/// Runs the episode of `seed` on the fast clock. The session is its own operator: it activates explicitly.
///
/// # Errors
/// Those of the session and the task.
pub fn fast_episode(
    session: &mut FastSession,
    task: &mut dyn Task,
    seed: u64,
) -> Result<Outcome, PortError> {
    episode(session, task, seed, |_| Vec::new())
}

/// The same along the task's subgoals: each is handed over to the next when it is near by the metric.
///
/// # Errors
/// Those of the session and the task.
pub fn fast_episode_by_subgoals(
    session: &mut FastSession,
    task: &mut dyn Task,
    seed: u64,
) -> Result<Outcome, PortError> {
    episode(session, task, seed, |task| task.subgoals())
}

fn episode(
    session: &mut FastSession,
    task: &mut dyn Task,
    seed: u64,
    before: impl Fn(&mut dyn Task) -> Vec<Goal>,
) -> Result<Outcome, PortError> {
    // Refused in a session that isn't active yet, which holds all the same.
    session.instruct(Instruction::Hold).ok();
    session.reset(seed);
    let last = task.reset(seed)?.goal;
    let mut goals = before(task);
    goals.push(last);
    activate(session)?;
    let mut referee = Referee::new(task, seed, session.now());
    let mut relay = match Relay::begin(session, goals) {
        Ok(relay) => relay,
        Err(why) => return Ok(referee.refused(why.to_string())),
    };
    loop {
        session.tick()?;
        if let Err(why) = relay.look(session) {
            return Ok(referee.refused(why.to_string()));
        }
        let now = session.now();
        if referee.judge(now, task.truth(now), session.state()) {
            return Ok(referee.outcome());
        }
    }
}

/// Ticks until the belief is whole or half a second is over, and activates as soon as inputs are fresh.
fn activate(session: &mut FastSession) -> Result<(), PortError> {
    let began = session.now();
    loop {
        session.tick()?;
        let waited = session.now() - began;
        if session.thinker().surprise().is_none() && waited <= Span::from_secs(0.5) {
            continue;
        }
        match session.instruct(Instruction::Activate) {
            Ok(()) => return Ok(()),
            Err(why) if waited > Span::from_secs(2.0) => return Err(why),
            Err(_) => {}
        }
    }
}
