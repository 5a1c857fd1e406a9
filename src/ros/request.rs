//! What an operator is asked for, carried out until it shows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::control::State;
use crate::runtime::{Instruction, Operator};

/// How long a request may take until its effect shows.
const EFFECT: Duration = Duration::from_secs(2);
/// How long a stop may take: braking is bounded by control.
const STOP: Duration = Duration::from_secs(3);
/// How often the effect is looked for.
const LOOK: Duration = Duration::from_millis(2);

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `~/activate`.
    Activate,
    /// `~/resume`.
    Resume,
    /// `~/hold`.
    Hold,
    /// The lifecycle's deactivate.
    Deactivate,
}

/// Asks, and waits until it shows: yes means done. Gives what there is to say.
pub(super) fn carry_out(operator: &dyn Operator, verb: Verb) -> Result<String, String> {
    let before = operator.status().state;
    let (instruction, patience, done): (_, _, fn(State) -> bool) = match verb {
        Verb::Activate | Verb::Resume if before == State::Braking => {
            return Err(format!("{before}: ask again once it stands"));
        }
        Verb::Activate if before.is_active() && before != State::Stopped => {
            return Ok(format!("already active: {before}"));
        }
        Verb::Resume if before.is_active() && before != State::Stopped => {
            return Ok(format!("nothing to resume: {before}"));
        }
        Verb::Activate => (Instruction::Activate, EFFECT, moves),
        Verb::Resume => (Instruction::Resume, EFFECT, moves),
        Verb::Hold if !before.is_active() => {
            return Err(format!("{before}: nothing moves; activate first"));
        }
        Verb::Hold => (Instruction::Hold, EFFECT, rests),
        Verb::Deactivate if !before.is_active() => {
            return Ok(format!("not active: {before}"));
        }
        Verb::Deactivate => (Instruction::Deactivate, STOP, ended),
    };
    operator.instruct(instruction)?;
    let deadline = Instant::now() + patience;
    loop {
        let status = operator.status();
        if done(status.state) {
            return Ok(status.state.to_string());
        }
        if Instant::now() >= deadline {
            return Err(format!(
                "accepted, but after {:.0} s the state is {}: {}",
                patience.as_secs_f64(),
                status.state,
                status.cause
            ));
        }
        std::thread::sleep(LOOK);
    }
}

/// Counts that somebody wants `operator`'s robot to move, and it may not. One that brakes does move: whoever decides
/// anew by the count what stamps mean needs a robot that rests.
pub(super) fn count_refusal(refusals: &AtomicU64, operator: &dyn Operator) {
    if operator.status().state != State::Braking {
        refusals.fetch_add(1, Ordering::AcqRel);
    }
}

fn moves(state: State) -> bool {
    matches!(state, State::Holding | State::Tracking)
}

fn rests(state: State) -> bool {
    matches!(state, State::Holding | State::Stopped)
}

fn ended(state: State) -> bool {
    !state.is_active()
}
