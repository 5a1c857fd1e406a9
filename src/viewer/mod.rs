//! Viewer: what the robot sees, imagines, decides and does, drawn by Rerun.
//!
//! Takes [`Event`]s as an [`Observer`] and a [`Scene`]; gives a live picture in a Rerun viewer
//! ([`Viewer::live`]) or a recording that any Rerun viewer opens ([`Viewer::file`]). All lengths are metres,
//! angles radians, and the one time axis `t` is the session's [`Stamp`](crate::time::Stamp) in seconds.
//! The only room that knows rerun; imports `runtime` and below. It may look, never steer: nothing here
//! returns to the line, and a viewer that hangs, dies or never existed costs dropped drawings and nothing
//! else.

mod blueprint;
mod canvas;
mod colour;
mod disk;
mod drawing;
mod imagination;
mod incumbent;
mod joints;
mod live;
mod localisation;
mod obstacles;
mod picture;
mod plan;
mod program;
mod reader;
mod robot;
mod scene;
mod session;
mod trail;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::runtime::{Event, Observer};
use canvas::Canvas;
use drawing::Drawing;
use live::Live;

pub use program::{VERSION, find, open_line, version};
pub use scene::{Obstacle, Scene};

/// Why nothing can be drawn: what, where, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewerError {
    /// The recording can't be written.
    #[error("recording {}: {why}; choose a path that can be written, e.g. target/run.rrd", path.display())]
    File {
        /// The recording's path.
        path: PathBuf,
        /// What the file system or rerun answered.
        why: String,
    },
    /// No viewer could be started.
    #[error("viewer {}: {why}; get it with `uv tool install rerun-sdk=={VERSION}` or `pip install rerun-sdk=={VERSION}`, or record to a file", program.display())]
    Program {
        /// The program that was tried.
        program: PathBuf,
        /// What went wrong.
        why: String,
    },
    /// A stream to a viewer could not be set up.
    #[error(
        "viewer at {address}: {why}; expected HOST:PORT of a running Rerun viewer, e.g. 127.0.0.1:9876"
    )]
    Address {
        /// Where it was tried.
        address: String,
        /// What went wrong.
        why: String,
    },
}

/// An [`Observer`] that draws.
pub struct Viewer(Option<Target>);

enum Target {
    File {
        path: PathBuf,
        drawing: Box<Drawing>,
    },
    Live(Live),
}

impl Viewer {
    /// Records into `path` (`.rrd`), replacing what is there; missing folders are made.
    pub fn file(path: &Path, scene: Scene) -> Result<Self, ViewerError> {
        let canvas = Canvas::file(path).map_err(|why| ViewerError::File {
            path: path.to_owned(),
            why,
        })?;
        Ok(Self(Some(Target::File {
            path: path.to_owned(),
            drawing: Box::new(Drawing::new(canvas, scene)),
        })))
    }

    /// Why the file ended early, once it did; to be kept and looked at when the viewer has finished. Stays empty
    /// for a stream.
    pub fn failure(&self) -> Arc<OnceLock<String>> {
        match &self.0 {
            Some(Target::File { drawing, .. }) => drawing.failure().clone(),
            _ => Arc::default(),
        }
    }

    /// Shows in the Rerun viewer `program` (see [`find`]): in the one that already listens on Rerun's usual
    /// port, else in a new one, which stays open after the run. A port that somebody else holds is left
    /// alone and a free one taken.
    pub fn live(program: &Path, scene: Scene) -> Result<Self, ViewerError> {
        let port = program::start(program)?;
        Self::connect(&format!("127.0.0.1:{port}"), scene)
    }

    /// Streams to the viewer that listens at `address` (`HOST:PORT`). Returns at once: a viewer that is not
    /// there yet gets everything when it comes, one that never answers gets nothing, and neither blocks.
    pub fn connect(address: &str, scene: Scene) -> Result<Self, ViewerError> {
        let refuse = |why: String| ViewerError::Address {
            address: address.to_owned(),
            why,
        };
        let canvas = Canvas::live(address).map_err(refuse)?;
        let live = Live::start(address, Drawing::new(canvas, scene))
            .map_err(|why| refuse(format!("can't start a thread: {why}")))?;
        Ok(Self(Some(Target::Live(live))))
    }

    /// Events that were not drawn because the viewer was too slow; always zero for a file.
    pub fn dropped(&self) -> u64 {
        match &self.0 {
            Some(Target::Live(live)) => live.dropped(),
            _ => 0,
        }
    }
}

impl Observer for Viewer {
    /// Draws one event. Never blocks on a viewer; for a file it may wait for the disk.
    fn observe(&mut self, event: &Event) {
        match &mut self.0 {
            Some(Target::File { drawing, .. }) => drawing.draw(event),
            Some(Target::Live(live)) => live.push(event),
            None => {}
        }
    }

    /// Brings out what is buffered, within about a second; what could not be delivered is said.
    fn finish(&mut self) {
        match self.0.take() {
            Some(Target::File { path, drawing }) => {
                if let Err(why) = drawing.close_file() {
                    tracing::error!("recording {}: is incomplete: {why}", path.display());
                }
            }
            Some(Target::Live(live)) => live.finish(),
            None => {}
        }
    }

    fn wants_paths(&self) -> bool {
        true
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.finish();
    }
}
