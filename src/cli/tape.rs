//! What `node --record` writes: a file from each *configure* to its *cleanup*.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::onlookers::writable;
use super::{Failure, Lab};
use crate::recording::{
    Ear, Header, KEPT, Kept, Latched, Recorded, Recorder, RecordingError, Timeline, Writer,
};
use crate::ros::{Heard, KeptTopic, Listening, Session, StampMapper};
use crate::runtime::{CommandSink, Operator, SensorSource, WallSession};
use crate::sensing::Message;
use crate::time::{Clock, Stamp};

/// Where recordings go, and the one that runs.
#[derive(Clone)]
pub(super) struct Tape {
    file: PathBuf,
    /// The node's full name.
    node: String,
    /// The ROS thread listens from the node's beginning.
    hearing: Arc<Mutex<Hearing>>,
}

/// What is heard, while a recording runs and before.
#[derive(Default)]
struct Hearing {
    /// Of the recording that runs.
    ear: Option<Ear>,
    /// It holds for every recording that begins later.
    latched: Latched<usize>,
}

impl Hearing {
    fn begin(&mut self, ear: Ear, now: Stamp) {
        for (number, bytes) in self.latched.iter() {
            ear.kept(number, now, bytes.to_owned());
        }
        self.ear = Some(ear);
    }

    fn hear(&mut self, now: Stamp, heard: Heard<'_>) {
        if let Heard::Kept(number, bytes) = &heard
            && KEPT[*number].latched
        {
            self.latched.keep(*number, bytes);
        }
        let Some(ear) = &self.ear else {
            return;
        };
        match heard {
            Heard::Kept(number, bytes) => ear.kept(number, now, bytes),
            Heard::Picture(picture) => {
                ear.compressed(now, picture.stamp, picture.format, picture.data);
            }
            Heard::Command(action) => ear.command(now, action),
            Heard::CameraFrame(frame) => ear.camera_frame(now, frame),
            Heard::OdometryFrames(frames) => ear.odometry_frames(now, frames),
        }
    }
}

impl Tape {
    /// Of the node with the full name `node`.
    ///
    /// # Errors
    /// [`Failure::Usage`] if `file` is no place for a recording: tried out, and left as it was.
    pub(super) fn new(file: &Path, node: &str) -> Result<Self, Failure> {
        if file.extension().is_none_or(|extension| extension != "mcap") {
            return Err(Failure::Usage(format!(
                "--record {}: expected a name that ends in .mcap",
                file.display()
            )));
        }
        writable(file)?;
        let failed = |why: RecordingError| Failure::Usage(format!("--record {why}"));
        let tried = Writer::create_beside(file, &Header::default()).map_err(failed)?;
        discard(tried.file());
        Ok(Self {
            file: file.to_owned(),
            node: node.to_owned(),
            hearing: Arc::default(),
        })
    }

    /// What the node is to listen to.
    pub(super) fn listening(&self) -> Listening {
        let known = |kept: &Kept| cfg!(feature = "tf") || !kept.topic.kind.starts_with("tf2_msgs/");
        let topics = KEPT.iter().enumerate().filter(|kept| known(kept.1));
        let topics = topics.map(|(number, kept)| KeptTopic {
            number,
            name: kept.name,
            kind: kept.topic.kind,
            latched: kept.latched,
        });
        let hearing = self.hearing.clone();
        Listening {
            topics: topics.collect(),
            listener: Arc::new(move |now, heard| held(&hearing).hear(now, heard)),
        }
    }

    /// Begins a recording. A robot works without one, so that what keeps it from beginning is only said.
    pub(super) fn begin(&self, lab: &Lab, clock: &Arc<dyn Clock>) -> Option<Taping> {
        // Where the robot is, a node can't see; nothing was drawn.
        let header = Header {
            seed: String::new(),
            node: self.node.clone(),
            ..Header::new(&lab.robot, "", 0)
        };
        let timeline = Timeline::ros(clock.clone(), StampMapper::wall_offset(clock.as_ref()));
        let begun = Writer::create_beside(&self.file, &header)
            .and_then(|writer| Recorder::start(writer, &lab.robot.urdf, timeline));
        match begun {
            Ok(recorder) => {
                tracing::info!("recording into {}", recorder.file().display());
                held(&self.hearing).begin(recorder.ear(), clock.now());
                Some(Taping {
                    recorder,
                    tape: self.clone(),
                })
            }
            Err(why) => {
                tracing::warn!("{why}; nothing is recorded, the robot goes on");
                None
            }
        }
    }
}

/// A recording that runs.
pub(super) struct Taping {
    pub(super) recorder: Recorder,
    tape: Tape,
}

impl Taping {
    /// The session's ports, listened to. What is heard before it gets there is not recorded twice: compressed
    /// pictures. What a session in the shadow would send is none of the robot's commands.
    pub(super) fn tap(
        &self,
        (source, sink): (Box<dyn SensorSource>, Box<dyn CommandSink>),
        compressed: bool,
        shadow: bool,
    ) -> (Box<dyn SensorSource>, Box<dyn CommandSink>) {
        let wanted: fn(&Message) -> bool = if compressed {
            |message| !matches!(message, Message::Image(_))
        } else {
            |_| true
        };
        let sink = if shadow {
            self.recorder.shadow_sink(sink)
        } else {
            self.recorder.sink(sink)
        };
        (self.recorder.source(source, wanted), sink)
    }

    /// `session`, which ends the recording when it ends itself.
    pub(super) fn with(self, session: WallSession) -> Box<dyn Session> {
        Box::new(Taped {
            session,
            taping: self,
        })
    }

    /// There is no session after all, and nothing to keep.
    pub(super) fn abandon(self) {
        held(&self.tape.hearing).ear = None;
        discard(self.recorder.file());
    }

    fn end(self) {
        held(&self.tape.hearing).ear = None;
        let first = self.recorder.file().display().to_string();
        match self.recorder.finish() {
            Ok(Recorded {
                files,
                messages,
                lost,
            }) => {
                let file = match files.as_slice() {
                    [_, .., last] => format!("{first} to {}", last.display()),
                    _ => first,
                };
                match lost {
                    0 => tracing::info!("{file}: {messages} messages"),
                    _ => tracing::warn!(
                        "{file}: {messages} messages; {lost} more were lost to a slow disk or a clock that was set"
                    ),
                }
            }
            Err(why) => tracing::warn!("{why}; it is incomplete"),
        }
    }
}

/// A session with its recording.
struct Taped {
    session: WallSession,
    taping: Taping,
}

impl Session for Taped {
    fn operator(&self) -> Arc<dyn Operator> {
        self.session.operator()
    }

    fn end(self: Box<Self>) {
        self.session.stop();
        self.taping.end();
    }
}

fn held(hearing: &Mutex<Hearing>) -> MutexGuard<'_, Hearing> {
    hearing.lock().unwrap_or_else(PoisonError::into_inner)
}

/// It stays, empty, if it can't be removed.
fn discard(file: &Path) {
    std::fs::remove_file(file).ok();
}
