//! A viewer that may hang, kept off everybody else's thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::queue::ArrayQueue;
use crossbeam::sync::{Parker, Unparker};

use super::drawing::Drawing;
use crate::runtime::Event;

/// Events that the viewer may lag behind before the oldest are dropped: about two seconds.
const QUEUE: usize = 1024;
/// How long a finish waits for the thread; the thread itself flushes for a second.
const FINISH: Duration = Duration::from_millis(1500);
/// How long the thread sleeps when nobody wakes it.
const IDLE: Duration = Duration::from_millis(100);

/// A drawing on a thread of its own behind a bounded queue: a viewer that stops reading blocks that thread
/// for ever (rerun's `log` has no time-out) and nothing else.
pub(super) struct Live {
    address: String,
    shared: Arc<Shared>,
    unparker: Unparker,
    thread: JoinHandle<()>,
}

struct Shared {
    queue: ArrayQueue<Event>,
    over: AtomicBool,
    dropped: AtomicU64,
}

impl Live {
    /// Starts the thread that draws.
    pub fn start(address: &str, drawing: Drawing) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: ArrayQueue::new(QUEUE),
            over: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
        });
        let parker = Parker::new();
        let unparker = parker.unparker().clone();
        let (its, name) = (shared.clone(), address.to_owned());
        let thread = std::thread::Builder::new()
            .name("viewer".into())
            .spawn(move || run(&its, &parker, drawing, &name))?;
        Ok(Self {
            address: address.to_owned(),
            shared,
            unparker,
            thread,
        })
    }

    /// Hands an event over; never blocks. A full queue loses its oldest event, counted.
    pub fn push(&self, event: &Event) {
        if self.shared.queue.force_push(event.clone()).is_some() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
        self.unparker.unpark();
    }

    /// Events dropped so far.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Lets the thread draw what is queued and flush; one that hangs is left behind.
    pub fn finish(self) {
        self.shared.over.store(true, Ordering::Release);
        self.unparker.unpark();
        let deadline = Instant::now() + FINISH;
        while !self.thread.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        if !self.thread.is_finished() {
            tracing::warn!(
                "viewer at {}: does not read; its last drawings are lost",
                self.address
            );
        } else if self.thread.join().is_err() {
            tracing::error!(
                "viewer at {}: drawing panicked; the picture is incomplete",
                self.address
            );
        }
        let dropped = self.shared.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(
                "viewer at {}: too slow, {dropped} events were not drawn",
                self.address
            );
        }
    }
}

fn run(shared: &Shared, parker: &Parker, mut drawing: Drawing, address: &str) {
    loop {
        let last = shared.over.load(Ordering::Acquire);
        while let Some(event) = shared.queue.pop() {
            drawing.draw(&event);
        }
        if last {
            break;
        }
        parker.park_timeout(IDLE);
    }
    if let Err(why) = drawing.abandon() {
        tracing::warn!("viewer at {address}: did not take everything: {why}");
    }
}
