//! One episode of an embedded robot, on a line of its own.

use super::{Contender, Failure, Lab};
use crate::evaluation::{
    Effort, Outcome, Stopwatch, fast_episode, fast_episode_by_subgoals, wall_episode,
};

impl Lab {
    /// The episode of `seed` on the fast clock. What happens in it depends on the seed and nothing else: any one
    /// of many can be run again alone.
    ///
    /// # Errors
    /// Those of the parts and the session.
    pub fn fast_episode(
        &self,
        contender: Contender,
        seed: u64,
    ) -> Result<(Outcome, Effort), Failure> {
        let (stopwatch, observer) = Stopwatch::fast();
        let (mut session, mut task) = self.fast(contender, seed, vec![observer])?;
        let outcome = match contender {
            Contender::Subgoals => fast_episode_by_subgoals(&mut session, &mut task, seed)?,
            _ => fast_episode(&mut session, &mut task, seed)?,
        };
        let effort = Effort {
            plans: stopwatch.plans(),
            ticks: None,
        };
        Ok((outcome, effort))
    }

    /// The same episode in real time. What the threads do in it is up to the machine, too.
    ///
    /// # Errors
    /// Those of the parts and the session.
    pub fn wall_episode(
        &self,
        contender: Contender,
        seed: u64,
    ) -> Result<(Outcome, Effort), Failure> {
        let (parts, task) = self.parts(contender, seed, Vec::new())?;
        Ok(wall_episode(
            parts,
            Box::new(task),
            self.wall_config(),
            seed,
        )?)
    }
}
