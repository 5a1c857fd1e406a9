//! The one thread that owns the node.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded, unbounded};
use futures::executor::{LocalPool, LocalSpawner};

use super::RosError;

/// How long a spin waits for messages: the longest that a job waits for its turn.
const WAIT: Duration = Duration::from_millis(20);
/// Keeps a node's wait set from being empty.
const BEAT: Duration = Duration::from_secs(3600);
/// How long a caller waits for its job: far beyond any spin.
const PATIENCE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce(&mut r2r::Node, &LocalSpawner) + Send>;

/// Spins a node and runs its callbacks, and jobs that need the node between two spins.
pub(super) struct Spinner {
    caller: Caller,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Spinner {
    /// Starts the thread.
    pub(super) fn start(node: r2r::Node) -> Result<Self, RosError> {
        let (jobs, inbox) = unbounded();
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let thread = std::thread::Builder::new()
            .name("ros spin".into())
            .spawn(move || {
                let spun = panic::catch_unwind(AssertUnwindSafe(|| spin(node, &inbox, &ended)));
                ended.store(true, Ordering::Release);
                if spun.is_err() {
                    tracing::error!("the ROS thread panicked; nothing is received any more");
                }
            })
            .map_err(|why| RosError::during("the ROS thread can't be started", why))?;
        Ok(Self {
            caller: Caller(jobs),
            over,
            thread: Some(thread),
        })
    }

    /// For those who need the node now and then; harmless once it is gone.
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// False once the thread ended, by a panic or by [`drop`].
    pub(super) fn is_running(&self) -> bool {
        !self.over.load(Ordering::Acquire)
    }
}

/// Hands jobs to a spinner.
#[derive(Clone)]
pub(super) struct Caller(Sender<Job>);

impl Caller {
    /// Runs `job` with the node and waits for what it gives.
    pub(super) fn call<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut r2r::Node, &LocalSpawner) -> R + Send + 'static,
    ) -> Result<R, RosError> {
        let (reply, answer) = bounded(1);
        let dead =
            || RosError::Failed("the ROS thread does not answer: restart the process".to_owned());
        self.0
            .send(Box::new(move |node, tasks| {
                // A caller that gave up has dropped its end; the result is of no use then.
                reply.send(job(node, tasks)).ok();
            }))
            .map_err(|_| dead())?;
        answer.recv_timeout(PATIENCE).map_err(|_| dead())
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        // A panic was reported by the thread itself.
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn spin(mut node: r2r::Node, jobs: &Receiver<Job>, over: &AtomicBool) {
    // rcl prints an error about a node that waits for nothing.
    let beat = node.create_wall_timer(BEAT);
    if let Err(why) = &beat {
        tracing::warn!("the node has no timer: {why}");
    }
    let mut pool = LocalPool::new();
    let tasks = pool.spawner();
    while !over.load(Ordering::Acquire) {
        for job in jobs.try_iter() {
            job(&mut node, &tasks);
        }
        node.spin_once(WAIT);
        // At once: r2r's own channels hold ten messages and lose the newest without a word.
        pool.run_until_stalled();
    }
    // Streams end before the node does.
    drop(pool);
}

/// An error of subscribing to `topic`.
pub(super) fn subscribing(topic: &str, why: impl std::fmt::Display) -> RosError {
    RosError::during(&format!("topic {topic} can't be subscribed"), why)
}
