//! A list of subgoals: one after another is pursued, and handed over when it is near.

use std::collections::VecDeque;

use crate::control::State;
use crate::runtime::{FastSession, Instruction, PortError};
use crate::sensing::Goal;

/// A subgoal is handed over within this distance in metric space [model steps].
const NEAR: f64 = 2.5;

/// Hands a session one goal after another.
pub(super) struct Relay(VecDeque<Goal>);

impl Relay {
    /// Gives the session the first of `goals`.
    ///
    /// # Errors
    /// Those of the session.
    pub(super) fn begin(session: &mut FastSession, goals: Vec<Goal>) -> Result<Self, PortError> {
        let mut relay = Self(goals.into());
        relay.hand_over(session)?;
        Ok(relay)
    }

    /// Gives the session the next goal if the present one is near, or reached. The last is kept.
    ///
    /// # Errors
    /// Those of the session.
    pub(super) fn look(&mut self, session: &mut FastSession) -> Result<(), PortError> {
        let distance = session.thinker().distance();
        if distance.is_some_and(|distance| distance <= NEAR) || session.state().0 == State::Holding
        {
            self.hand_over(session)?;
        }
        Ok(())
    }

    fn hand_over(&mut self, session: &mut FastSession) -> Result<(), PortError> {
        match self.0.pop_front() {
            Some(goal) => session.instruct(Instruction::Pursue(goal)),
            None => Ok(()),
        }
    }
}
