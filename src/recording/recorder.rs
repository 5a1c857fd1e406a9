//! Records a running session on a thread of its own: a slow or full disk holds nobody up.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::queue::ArrayQueue;

use super::passed::Passed;
use super::sensors::Frames;
use super::series::{Series, Written};
use super::{RecordingError, Writer};
use crate::time::{Clock, Span, Stamp};

/// Messages that the disk may lag behind: about ten seconds.
pub(super) const QUEUE: usize = 4096;
/// Bytes of pictures and the like among them.
pub(super) const MEMORY: usize = 256 << 20;
/// How often the thread looks for messages: nobody is made to wake it.
const POLL: Duration = Duration::from_millis(20);
/// How long the disk may take at the end.
const FINISH: Duration = Duration::from_secs(5);

/// Writes what passes through what it gave away: ports, ears and an observer.
pub struct Recorder {
    file: PathBuf,
    pub(super) shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<Written, RecordingError>>>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The files: one more for each time that the clock was set back, and ran on.
    pub files: Vec<PathBuf>,
    /// Messages in them.
    pub messages: u64,
    /// Messages that the disk was too slow for, or that lie about where the clock was set; the files say where.
    pub lost: u64,
}

/// The time that a recording is in.
#[derive(Clone, Default)]
pub struct Timeline {
    clock: Option<Arc<dyn Clock>>,
    offset: Span,
}

impl Timeline {
    /// ROS time: what `clock`, the session's, is told; where nobody tells it, session time plus `offset`. By
    /// default a recording is in session time.
    pub fn ros(clock: Arc<dyn Clock>, offset: Span) -> Self {
        Self {
            clock: Some(clock),
            offset,
        }
    }

    fn now(&self) -> Stamp {
        self.clock.as_ref().map_or(Stamp::ZERO, |clock| clock.now())
    }

    /// The recording's time minus the session's.
    fn shift(&self) -> Span {
        let told = self.clock.as_ref().and_then(|clock| clock.told());
        told.unwrap_or(self.offset)
    }
}

pub(super) struct Shared {
    queue: ArrayQueue<(Span, Passed)>,
    bytes: AtomicUsize,
    lost: AtomicU64,
    over: AtomicBool,
    timeline: Timeline,
    frames: Mutex<Frames>,
}

impl Recorder {
    /// Writes the URDF, and from now on what passes.
    ///
    /// # Errors
    /// [`RecordingError::Write`].
    pub fn start(writer: Writer, urdf: &str, timeline: Timeline) -> Result<Self, RecordingError> {
        let file = writer.file().to_owned();
        let series = Series::begin(writer, urdf, (timeline.now(), timeline.shift()))?;
        let shared = Arc::new(Shared {
            queue: ArrayQueue::new(QUEUE),
            bytes: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
            over: AtomicBool::new(false),
            timeline,
            frames: Mutex::default(),
        });
        let its = shared.clone();
        let thread = std::thread::Builder::new()
            .name("recorder".into())
            .spawn(move || run(&its, series))
            .map_err(|why| RecordingError::Write {
                file: file.clone(),
                why: format!("a thread can't be started: {why}"),
            })?;
        Ok(Self {
            file,
            shared,
            thread: Some(thread),
        })
    }

    /// The first file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Writes what is queued and the index.
    ///
    /// # Errors
    /// What ended the recording early, which was said then; a disk that hangs.
    pub fn finish(mut self) -> Result<Recorded, RecordingError> {
        self.shared.over.store(true, Ordering::Release);
        let failed = |why: &str| RecordingError::Write {
            file: self.file.clone(),
            why: why.to_owned(),
        };
        let Some(thread) = self.thread.take() else {
            return Err(failed("writing has ended"));
        };
        let deadline = Instant::now() + FINISH;
        while !thread.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        if !thread.is_finished() {
            return Err(failed("the disk does not answer"));
        }
        let Written { files, messages } =
            thread.join().map_err(|_| failed("writing panicked"))??;
        Ok(Recorded {
            files,
            messages,
            lost: self.shared.lost.load(Ordering::Relaxed),
        })
    }
}

impl Drop for Recorder {
    /// The thread ends by itself, soon.
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
    }
}

impl Shared {
    /// Never blocks: where there is no room the oldest goes, counted.
    pub(super) fn push(&self, passed: Passed) {
        self.bytes.fetch_add(passed.bytes(), Ordering::Relaxed);
        if let Some((_, oldest)) = self.queue.force_push((self.timeline.shift(), passed)) {
            self.lose(&oldest);
        }
        while self.bytes.load(Ordering::Relaxed) > MEMORY
            && let Some((_, oldest)) = self.queue.pop()
        {
            self.lose(&oldest);
        }
    }

    /// Gives frames other names; seldom more than once.
    pub(super) fn rename<'a, const N: usize>(
        &self,
        time: Stamp,
        names: impl for<'f> FnOnce(&'f mut Frames) -> [(&'f mut String, &'a str); N],
    ) {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = false;
        for (known, name) in names(&mut frames) {
            if known != name {
                name.clone_into(known);
                changed = true;
            }
        }
        if changed {
            self.push(Passed::Frames(time, frames.clone()));
        }
    }

    fn lose(&self, oldest: &Passed) {
        self.bytes.fetch_sub(oldest.bytes(), Ordering::Relaxed);
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    fn leave_out(&self, messages: u64) {
        self.lost.fetch_add(messages, Ordering::Relaxed);
    }

    /// Says in the file what was lost beside the `said`; gives how much is said then.
    fn note(&self, series: &mut Series, said: u64) -> Result<u64, RecordingError> {
        let lost = self.lost.load(Ordering::Relaxed);
        if lost > said {
            series.gap(lost - said)?;
        }
        Ok(lost)
    }

    fn pop(&self) -> Option<(Span, Passed)> {
        let (shift, passed) = self.queue.pop()?;
        self.bytes.fetch_sub(passed.bytes(), Ordering::Relaxed);
        Some((shift, passed))
    }
}

/// The first failure is said at once and ends the recording; what comes after it is let go.
fn run(shared: &Shared, mut series: Series) -> Result<Written, RecordingError> {
    let written = write_all(shared, &mut series).and_then(|()| series.finish());
    if let Err(why) = &written {
        tracing::warn!("{why}; the recording ends here, the robot goes on");
        while !shared.over.load(Ordering::Acquire) {
            while shared.pop().is_some() {}
            std::thread::sleep(POLL);
        }
    }
    written
}

fn write_all(shared: &Shared, series: &mut Series) -> Result<(), RecordingError> {
    let mut said = 0;
    loop {
        let last = shared.over.load(Ordering::Acquire);
        while let Some((shift, passed)) = shared.pop() {
            shared.leave_out(series.write(shift, passed)?);
            if !series.waits() {
                said = shared.note(series, said)?;
            }
        }
        if last {
            shared.leave_out(series.settle()?);
            shared.note(series, said)?;
            return Ok(());
        }
        std::thread::sleep(POLL);
    }
}
