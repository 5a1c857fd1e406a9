//! Episodes on the wall clock: the same line, on its threads.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::effort::{Effort, Stopwatch, TickEffort};
use super::witness::{SharedTask, Witness, lock};
use super::{Outcome, Referee};
use crate::runtime::{Instruction, Operator, Parts, PortError, Task, WallConfig, WallSession};
use crate::time::{Span, Stamp};

/// Moments are judged so long after they were: by then every thread has told what it knows of them.
const AFTER: Span = Span::from_millis(100);
/// How often the outside looks.
const LOOK: Duration = Duration::from_millis(5);
/// How long a session may take to be ready, and its robot's time may stand still.
const PATIENCE: Span = Span::from_millis(3000);

/// Runs the episode of `seed` on the wall clock: a session of its own is started from `parts`, whose source is
/// the robot of `task`, and stopped. The truth is judged at the moments of the time line, whenever the threads
/// came to them.
///
/// # Errors
/// Those of the session and the task; a session that doesn't get ready or whose robot's time stands still.
pub fn wall_episode(
    mut parts: Parts,
    mut task: Box<dyn Task>,
    config: WallConfig,
    seed: u64,
) -> Result<(Outcome, Effort), PortError> {
    parts.thinker.reset(seed);
    let episode = task.reset(seed)?;
    let task: SharedTask = Arc::new(Mutex::new(task));
    let (mut witness, source, notes) = Witness::new(parts.source, task.clone());
    parts.source = source;
    let (stopwatch, observer) = Stopwatch::wall();
    parts.observers.extend([notes, observer]);

    let session = WallSession::start(parts, config)?;
    let operator = session.operator();
    let judged = activate(&session, operator.as_ref()).and_then(|()| {
        // The time that the goal's acceptance takes counts.
        let began = session.now();
        let referee = Referee::new(lock(&task).as_ref(), seed, began);
        match operator.instruct(Instruction::Pursue(episode.goal)) {
            Ok(()) => watch(&session, &mut witness, referee, began),
            Err(why) => Ok(referee.refused(why)),
        }
    });
    let status = operator.status();
    session.stop();
    let effort = Effort {
        plans: stopwatch.plans(),
        ticks: Some(TickEffort {
            n: status.ticks,
            late: status.misses,
            max_gap_ms: status.max_gap.millis(),
        }),
    };
    Ok((judged?, effort))
}

fn activate(session: &WallSession, operator: &dyn Operator) -> Result<(), PortError> {
    loop {
        std::thread::sleep(LOOK);
        let waited = session.now() - Stamp::ZERO;
        if operator.status().surprise.is_none() && waited <= Span::from_secs(0.5) {
            continue;
        }
        match operator.instruct(Instruction::Activate) {
            Ok(()) => return Ok(()),
            Err(why) if waited > PATIENCE => return Err(PortError(why)),
            Err(_) => {}
        }
    }
}

fn watch(
    session: &WallSession,
    witness: &mut Witness,
    mut referee: Referee,
    began: Stamp,
) -> Result<Outcome, PortError> {
    let mut newest = began;
    loop {
        std::thread::sleep(LOOK);
        let now = session.now();
        while let Some((moment, truth, standing)) = witness.next(now - AFTER) {
            if moment >= began && referee.judge(moment, truth, standing) {
                return Ok(referee.outcome());
            }
            newest = newest.max(moment);
        }
        if now - newest > PATIENCE {
            return Err(PortError(
                "the robot's time stands still: its sensors' thread is over; see the log"
                    .to_owned(),
            ));
        }
    }
}
