//! Records a running session between its ports and the line: raw messages as they arrive, commands as they are
//! sent.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::queue::ArrayQueue;

use super::{Header, RecordingError, Writer};
use crate::control::Command;
use crate::robot::Action;
use crate::runtime::{CommandSink, PortError, SensorSource};
use crate::sensing::Message;
use crate::time::Stamp;

/// Messages that the disk may lag behind: about ten seconds.
const QUEUE: usize = 4096;
/// How often the thread looks for messages: nobody is made to wake it.
const POLL: Duration = Duration::from_millis(20);
/// How long the disk may take at the end.
const FINISH: Duration = Duration::from_secs(5);

/// Writes what passes through the ports that it was given, on a thread of its own: a slow or full disk holds
/// nobody up.
pub struct Recorder {
    file: PathBuf,
    shared: Arc<Shared>,
    thread: JoinHandle<Result<u64, RecordingError>>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Messages in the file.
    pub messages: u64,
    /// Messages that the disk was too slow for; the file says where.
    pub lost: u64,
}

struct Shared {
    queue: ArrayQueue<Passed>,
    lost: AtomicU64,
    over: AtomicBool,
}

/// What passed a port, and when.
enum Passed {
    Sensor(Stamp, Message),
    Command(Stamp, Action),
}

impl Recorder {
    /// Makes the file, replacing one that is there, and writes the URDF into it.
    ///
    /// # Errors
    /// [`RecordingError::Write`]: no such folder, read-only or full disk.
    pub fn start(file: &Path, header: &Header, urdf: &str) -> Result<Self, RecordingError> {
        let mut writer = Writer::create(file, header)?;
        writer.description(Stamp::ZERO, urdf)?;
        let shared = Arc::new(Shared {
            queue: ArrayQueue::new(QUEUE),
            lost: AtomicU64::new(0),
            over: AtomicBool::new(false),
        });
        let its = shared.clone();
        let thread = std::thread::Builder::new()
            .name("recorder".into())
            .spawn(move || run(&its, writer))
            .map_err(|why| RecordingError::Write {
                file: file.to_owned(),
                why: format!("a thread can't be started: {why}"),
            })?;
        Ok(Self {
            file: file.to_owned(),
            shared,
            thread,
        })
    }

    /// `source`, and everything that comes out of it recorded at its arrival.
    pub fn source(&self, source: Box<dyn SensorSource>) -> Box<dyn SensorSource> {
        Box::new(Tap {
            port: source,
            shared: self.shared.clone(),
        })
    }

    /// `sink`, and everything that goes into it recorded at its sending.
    pub fn sink(&self, sink: Box<dyn CommandSink>) -> Box<dyn CommandSink> {
        Box::new(Tap {
            port: sink,
            shared: self.shared.clone(),
        })
    }

    /// Writes what is queued and the index.
    ///
    /// # Errors
    /// What ended the recording early, which was said then; a disk that hangs.
    pub fn finish(self) -> Result<Recorded, RecordingError> {
        self.shared.over.store(true, Ordering::Release);
        let deadline = Instant::now() + FINISH;
        while !self.thread.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        let failed = |why: &str| RecordingError::Write {
            file: self.file.clone(),
            why: why.to_owned(),
        };
        if !self.thread.is_finished() {
            return Err(failed("the disk does not answer"));
        }
        let messages = self
            .thread
            .join()
            .map_err(|_| failed("writing panicked"))??;
        Ok(Recorded {
            messages,
            lost: self.shared.lost.load(Ordering::Relaxed),
        })
    }
}

impl Shared {
    fn push(&self, passed: Passed) {
        if self.queue.force_push(passed).is_some() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The first failure is said at once and ends the recording; what comes after it is let go.
fn run(shared: &Shared, mut writer: Writer) -> Result<u64, RecordingError> {
    let written = write_all(shared, &mut writer).and_then(|()| writer.finish());
    if let Err(why) = &written {
        tracing::warn!("{why}; the recording ends here, the robot goes on");
        while !shared.over.load(Ordering::Acquire) {
            while shared.queue.pop().is_some() {}
            std::thread::sleep(POLL);
        }
    }
    written
}

fn write_all(shared: &Shared, writer: &mut Writer) -> Result<(), RecordingError> {
    let mut said = 0;
    loop {
        let last = shared.over.load(Ordering::Acquire);
        while let Some(passed) = shared.queue.pop() {
            let (time, written) = match &passed {
                Passed::Sensor(time, message) => (*time, writer.sensor(*time, message)),
                Passed::Command(time, action) => (*time, writer.command(*time, action)),
            };
            match written {
                Err(why @ RecordingError::Refused { .. }) => tracing::warn!("{why}"),
                written => written?,
            }
            let lost = shared.lost.load(Ordering::Relaxed);
            if lost > said {
                writer.gap(time, lost - said)?;
                said = lost;
            }
        }
        if last {
            return Ok(());
        }
        std::thread::sleep(POLL);
    }
}

/// A port that is listened to.
struct Tap<P> {
    port: P,
    shared: Arc<Shared>,
}

impl SensorSource for Tap<Box<dyn SensorSource>> {
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        let known = messages.len();
        let polled = self.port.poll(now, messages);
        for message in messages.iter().skip(known) {
            self.shared.push(Passed::Sensor(now, message.clone()));
        }
        polled
    }
}

impl CommandSink for Tap<Box<dyn CommandSink>> {
    fn send(&mut self, command: &Command) -> Result<(), PortError> {
        self.port.send(command)?;
        self.shared
            .push(Passed::Command(command.stamp, command.action));
        Ok(())
    }
}
