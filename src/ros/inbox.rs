//! From the spin thread to the session: newest messages win.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;
use std::time::Duration;

use crossbeam::queue::ArrayQueue;

use super::Packed;
use super::held::hold;
use crate::sensing::Message;

/// Images that may wait; a session that is behind sees the newest ones.
const IMAGES: usize = 4;
/// Joint states and odometry that may wait: over a second of 100 Hz.
const STATES: usize = 128;

/// Bounded queues between callbacks and [`poll`](crate::runtime::SensorSource::poll); pushing never blocks.
#[derive(Debug)]
pub struct Inbox {
    images: ArrayQueue<Message>,
    packed: ArrayQueue<Packed>,
    states: ArrayQueue<Message>,
    arrived: AtomicU64,
    dropped: AtomicU64,
    refused: AtomicU64,
    refusal: Mutex<String>,
    closed: AtomicBool,
    /// Who waits for messages.
    reader: Mutex<Option<Thread>>,
}

impl Inbox {
    /// An empty one, open.
    pub fn new() -> Self {
        Self {
            images: ArrayQueue::new(IMAGES),
            packed: ArrayQueue::new(IMAGES),
            states: ArrayQueue::new(STATES),
            arrived: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            refusal: Mutex::default(),
            closed: AtomicBool::new(false),
            reader: Mutex::default(),
        }
    }

    /// Takes a message in; the oldest of its kind goes if there is no room, counted.
    pub fn push(&self, message: Message) {
        self.arrived.fetch_add(1, Ordering::Relaxed);
        let queue = match message {
            Message::Image(_) => &self.images,
            Message::Joints(_) | Message::Odometry(_) | Message::Imu(_) => &self.states,
        };
        if queue.force_push(message).is_some() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        self.wake();
    }

    /// Takes a compressed picture in; the oldest goes if there is no room, counted.
    pub fn push_packed(&self, picture: Packed) {
        self.arrived.fetch_add(1, Ordering::Relaxed);
        if self.packed.force_push(picture).is_some() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        self.wake();
    }

    fn wake(&self) {
        // Not under the lock: a reader of higher priority runs at once, and would wait for it.
        let reader = hold(&self.reader).clone();
        if let Some(reader) = reader {
            reader.unpark();
        }
    }

    /// Waits on this thread for the next message, `longest` at most; one thread waits at a time.
    pub fn wait(&self, longest: Duration) {
        let reader = std::thread::current();
        {
            let mut known = hold(&self.reader);
            if known.as_ref().is_none_or(|known| known.id() != reader.id()) {
                *known = Some(reader);
                // What came before nobody was woken for.
                return;
            }
        }
        std::thread::park_timeout(longest);
    }

    /// The oldest compressed picture that waits.
    pub fn pop_packed(&self) -> Option<Packed> {
        self.packed.pop()
    }

    /// Counts a message that is not taken in.
    pub fn refuse(&self, why: String) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        *hold(&self.refusal) = why;
    }

    /// Appends all that waits, states before pictures: a picture is paired with the state at its stamp, which may have
    /// been read after it.
    pub fn drain(&self, messages: &mut Vec<Message>) {
        messages.extend(std::iter::from_fn(|| self.states.pop()));
        messages.extend(std::iter::from_fn(|| self.images.pop()));
    }

    /// Empties it and takes messages in from now on.
    pub fn open(&self) {
        self.drain(&mut Vec::new());
        while self.pop_packed().is_some() {}
        self.closed.store(false, Ordering::Release);
    }

    /// Nobody polls: what arrives is not worth converting.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// True unless closed.
    pub fn is_open(&self) -> bool {
        !self.closed.load(Ordering::Acquire)
    }

    /// Messages taken in.
    pub fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// Messages that were refused, and why the last one was.
    pub fn refused(&self) -> (u64, String) {
        let count = self.refused.load(Ordering::Relaxed);
        (count, hold(&self.refusal).clone())
    }

    /// Messages that went for want of room.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Default for Inbox {
    fn default() -> Self {
        Self::new()
    }
}
