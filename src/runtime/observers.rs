//! Observers on threads of their own, each behind a bounded queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::queue::ArrayQueue;
use crossbeam::sync::{Parker, Unparker};

use super::{Event, Observer};

/// Events that an observer may lag behind before the oldest are dropped: about ten seconds of commands,
/// frames and plans.
const QUEUE: usize = 4096;
/// How long an observer may take to finish before it is left behind.
const FINISH: Duration = Duration::from_secs(3);

/// Copies events to every observer. Publishing never blocks: a full queue loses its oldest event, counted.
#[derive(Default)]
pub struct Observers {
    ports: Vec<Port>,
}

struct Port {
    interest: fn(&Event) -> bool,
    queue: Arc<ArrayQueue<Event>>,
    dropped: AtomicU64,
    /// As it wanted when it last looked.
    wants_paths: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    unparker: Unparker,
    thread: JoinHandle<()>,
}

impl Observers {
    /// Starts a thread an observer.
    pub fn start(observers: Vec<Box<dyn Observer>>) -> std::io::Result<Self> {
        let ports = observers
            .into_iter()
            .map(Port::start)
            .collect::<std::io::Result<_>>()?;
        Ok(Self { ports })
    }

    /// True if any observer wants the imagined paths now.
    pub fn wants_paths(&self) -> bool {
        let mut ports = self.ports.iter();
        ports.any(|port| port.wants_paths.load(Ordering::Relaxed))
    }

    /// Hands `event` to every observer that it interests.
    pub fn publish(&self, event: &Event) {
        for port in self.ports.iter().filter(|port| (port.interest)(event)) {
            if port.queue.force_push(event.clone()).is_some() {
                port.dropped.fetch_add(1, Ordering::Relaxed);
            }
            port.unparker.unpark();
        }
    }

    /// Events dropped so far, all observers together.
    pub fn dropped(&self) -> u64 {
        self.ports
            .iter()
            .map(|port| port.dropped.load(Ordering::Relaxed))
            .sum()
    }

    /// Lets every observer finish; one that hangs is left behind after a few seconds and said so.
    pub fn finish(self) {
        for port in &self.ports {
            port.over.store(true, Ordering::Release);
            port.unparker.unpark();
        }
        let deadline = Instant::now() + FINISH;
        for port in self.ports {
            while !port.thread.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            if !port.thread.is_finished() {
                tracing::warn!(
                    "an observer did not finish within {} s; it is left behind",
                    FINISH.as_secs()
                );
            } else if port.thread.join().is_err() {
                tracing::error!("an observer panicked; what it showed or wrote is incomplete");
            }
        }
    }
}

impl Port {
    fn start(mut observer: Box<dyn Observer>) -> std::io::Result<Self> {
        let interest = observer.interest();
        let queue = Arc::new(ArrayQueue::new(QUEUE));
        let over = Arc::new(AtomicBool::new(false));
        let parker = Parker::new();
        let unparker = parker.unparker().clone();
        let wants_paths = Arc::new(AtomicBool::new(observer.wants_paths()));
        let (events, ended, wanted) = (queue.clone(), over.clone(), wants_paths.clone());
        let thread = std::thread::Builder::new()
            .name("observer".into())
            .spawn(move || {
                loop {
                    let last = ended.load(Ordering::Acquire);
                    while let Some(event) = events.pop() {
                        observer.observe(&event);
                    }
                    if last {
                        break;
                    }
                    wanted.store(observer.wants_paths(), Ordering::Relaxed);
                    parker.park_timeout(Duration::from_millis(100));
                }
                observer.finish();
            })?;
        Ok(Self {
            interest,
            queue,
            dropped: AtomicU64::new(0),
            wants_paths,
            over,
            unparker,
            thread,
        })
    }
}
