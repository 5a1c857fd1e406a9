//! Rollout threads that live as long as the planner.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam::channel::{Receiver, Sender, TryRecvError, bounded};

use super::Target;
use super::chunk::Chunk;
use super::engine::Engine;
use crate::world_model::ModelError;

/// Chunks that wait for one thread, at most; also bounds what is allocated for the queue.
pub(super) const QUEUE: usize = 64;

enum Task {
    Aim(Arc<Target>),
    Imagine(Box<Chunk>),
}

/// One engine on a thread of its own.
pub(super) struct Worker {
    tasks: Option<Sender<Task>>,
    done: Receiver<Box<Chunk>>,
    thread: Option<JoinHandle<()>>,
    name: String,
}

impl Worker {
    pub fn spawn(index: usize, mut engine: Engine) -> Result<Self, ModelError> {
        let (tasks, inbox) = bounded(QUEUE);
        let (outbox, done) = bounded(QUEUE);
        let name = format!("rollout-{index}");
        let run = move || {
            let mut aimed = Ok(());
            for task in inbox {
                match task {
                    Task::Aim(target) => aimed = engine.aim(&target),
                    Task::Imagine(mut chunk) => {
                        match &aimed {
                            Ok(()) => engine.run(&mut chunk),
                            Err(why) => chunk.outcome = Err(why.clone()),
                        }
                        if outbox.send(chunk).is_err() {
                            return;
                        }
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name(name.clone()).spawn(run);
        let thread = thread.map_err(|why| {
            ModelError::new(
                &name,
                "thread",
                why.to_string(),
                "a new thread",
                "lower planner.threads or raise the limit of threads",
            )
        })?;
        Ok(Self {
            tasks: Some(tasks),
            done,
            thread: Some(thread),
            name,
        })
    }

    pub fn aim(&self, target: &Arc<Target>) -> Result<(), ModelError> {
        self.send(Task::Aim(target.clone()))
    }

    pub fn imagine(&self, chunk: Box<Chunk>) -> Result<(), ModelError> {
        self.send(Task::Imagine(chunk))
    }

    /// The oldest chunk of those that this thread was given. Waits by yielding: a blocking receive allocates.
    pub fn collect(&self) -> Result<Box<Chunk>, ModelError> {
        loop {
            match self.done.try_recv() {
                Ok(chunk) => return Ok(chunk),
                Err(TryRecvError::Empty) => std::thread::yield_now(),
                Err(TryRecvError::Disconnected) => return Err(self.died()),
            }
        }
    }

    fn send(&self, task: Task) -> Result<(), ModelError> {
        let sent = self.tasks.as_ref().map(|tasks| tasks.send(task));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(self.died()),
        }
    }

    fn died(&self) -> ModelError {
        ModelError::new(
            &self.name,
            "thread",
            "ended early, by a panic inside the model",
            "a living thread",
            "see the log; activate again to start anew",
        )
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            // A panicked worker was reported by `collect` already.
            let _ = thread.join();
        }
    }
}
