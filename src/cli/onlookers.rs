//! Who looks on while the robot works: a viewer or its recording, and the recording that ROS 2 tools read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::terminal::say;
use super::{Failure, Lab};
use crate::recording::{Header, Recorder, RecordingError, Timeline, Writer};
use crate::runtime::{CommandSink, Observer, SensorSource};

/// Everybody who looks on at a run.
pub(super) struct Onlookers {
    viewer: Option<Box<dyn Observer>>,
    recorder: Option<(PathBuf, Recorder)>,
    /// A drawn recording that was asked for, and why it ended early, once it did.
    drawn: Option<(PathBuf, Arc<OnceLock<String>>)>,
    /// What to say at the end.
    closing: Option<String>,
}

impl Onlookers {
    /// With `record`, what its extension says: `.rrd` for Rerun, `.mcap` for ROS 2 tools. Beside the latter, and
    /// without `record`, a viewer if one is found; without both a recording where there is a place for it.
    ///
    /// # Errors
    /// [`Failure::Usage`] if `record` can't be written, before anything moves.
    pub(super) fn new(lab: &Lab, record: Option<&Path>, seed: u64) -> Result<Self, Failure> {
        let mut onlookers = Self {
            viewer: None,
            recorder: None,
            drawn: None,
            closing: None,
        };
        match record {
            None => onlookers.show(lab, None)?,
            Some(path) => {
                writable(path)?;
                match path.extension().and_then(|extension| extension.to_str()) {
                    Some("rrd") => onlookers.show(lab, Some(path))?,
                    Some("mcap") => {
                        onlookers.record(lab, path, seed)?;
                        onlookers.show_live(lab);
                    }
                    _ => {
                        return Err(Failure::Usage(format!(
                            "--record {}: expected a name that ends in .rrd (Rerun: everything imagined and \
                             decided) or .mcap (ROS 2 tools: images, joint states, commands, plans)",
                            path.display()
                        )));
                    }
                }
            }
        }
        Ok(onlookers)
    }

    fn record(&mut self, lab: &Lab, path: &Path, seed: u64) -> Result<(), Failure> {
        let header = Header::new(&lab.robot, &lab.embodiment.layout(), seed);
        let failed = |why: RecordingError| Failure::Usage(format!("--record {why}"));
        let writer = Writer::create(path, &header).map_err(failed)?;
        let recorder = Recorder::start(writer, &lab.robot.urdf, Timeline::default());
        let recorder = recorder.map_err(failed)?;
        self.recorder = Some((path.to_owned(), recorder));
        Ok(())
    }

    /// The observers, once.
    pub(super) fn observers(&mut self) -> Vec<Box<dyn Observer>> {
        let recorder = self
            .recorder
            .as_ref()
            .map(|(_, recorder)| recorder.observer());
        self.viewer.take().into_iter().chain(recorder).collect()
    }

    /// The ports, listened to if they are recorded.
    pub(super) fn tap(
        &self,
        source: Box<dyn SensorSource>,
        sink: Box<dyn CommandSink>,
    ) -> (Box<dyn SensorSource>, Box<dyn CommandSink>) {
        match &self.recorder {
            Some((_, recorder)) => (recorder.source(source, |_| true), recorder.sink(sink)),
            None => (source, sink),
        }
    }

    /// Ends the recording of the ports and says where things are; call it when the session is over.
    ///
    /// # Errors
    /// A recording that was asked for and is incomplete.
    pub(super) fn close(self) -> Result<(), Failure> {
        if let Some((path, recorder)) = self.recorder {
            match recorder.finish() {
                Ok(recorded) if recorded.lost == 0 => {
                    say(format_args!(
                        "{}: {} messages",
                        path.display(),
                        recorded.messages
                    ));
                }
                Ok(recorded) => say(format_args!(
                    "{}: {} messages; {} more were lost to a slow disk",
                    path.display(),
                    recorded.messages,
                    recorded.lost
                )),
                Err(why) => return Err(Failure::Job(format!("--record {why}; it is incomplete"))),
            }
        }
        if let Some((path, failure)) = self.drawn
            && let Some(why) = failure.get()
        {
            return Err(Failure::Job(format!(
                "--record {}: {why}; it is incomplete",
                path.display()
            )));
        }
        if let Some(closing) = self.closing {
            say(format_args!("{closing}"));
        }
        Ok(())
    }
}

/// A viewer's program, for whoever insists on one.
///
/// # Errors
/// There is none, or no screen.
#[cfg(all(feature = "ros", feature = "viewer"))]
pub(super) fn viewer_program() -> Result<PathBuf, Failure> {
    use crate::viewer::{VERSION, find};
    find().ok_or_else(|| {
        Failure::Usage(format!(
            "--viewer: found no program `rerun` on the PATH, or no screen to show it on; install rerun-sdk {VERSION}, \
             or leave --viewer out"
        ))
    })
}

/// A viewer of that program.
///
/// # Errors
/// It doesn't start.
#[cfg(all(feature = "ros", feature = "viewer"))]
pub(super) fn viewer(program: &Path, lab: &Lab) -> Result<Box<dyn Observer>, Failure> {
    let viewer = crate::viewer::Viewer::live(program, scene(lab));
    let viewer = viewer.map_err(|why| Failure::Job(format!("--viewer: {why}")))?;
    Ok(Box::new(viewer))
}

#[cfg(all(feature = "ros", not(feature = "viewer")))]
pub(super) fn viewer_program() -> Result<PathBuf, Failure> {
    Err(no_viewer())
}

#[cfg(all(feature = "ros", not(feature = "viewer")))]
pub(super) fn viewer(_program: &Path, _lab: &Lab) -> Result<Box<dyn Observer>, Failure> {
    Err(no_viewer())
}

#[cfg(all(feature = "ros", not(feature = "viewer")))]
fn no_viewer() -> Failure {
    Failure::Usage("--viewer: this build has none; build without --no-default-features".to_owned())
}

/// What can be known of a recording's place beforehand.
pub(super) fn writable(path: &Path) -> Result<(), Failure> {
    let refuse = |why: String| {
        Err(Failure::Usage(format!(
            "{}: {why}; choose a file in a folder that is there and can be written",
            path.display()
        )))
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if path.is_dir() {
        return refuse("found a folder, expected a file".to_owned());
    }
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return refuse("found a device, pipe or socket, expected a file".to_owned());
    }
    if !folder.is_dir() {
        return refuse(format!("found no folder {}", folder.display()));
    }
    Ok(())
}

#[cfg(feature = "viewer")]
impl Onlookers {
    /// A recording at `path`; without one a viewer, or else a recording where one is looked for.
    fn show(&mut self, lab: &Lab, path: Option<&Path>) -> Result<(), Failure> {
        use crate::viewer::{Viewer, open_line};
        if path.is_none() {
            self.show_live(lab);
            if self.viewer.is_some() {
                return Ok(());
            }
        }
        let target = Path::new("target");
        let folder = if target.is_dir() {
            target
        } else {
            Path::new(".")
        };
        let place = path.map_or_else(
            || folder.join(format!("{}.rrd", lab.robot.name)),
            Path::to_owned,
        );
        match (Viewer::file(&place, scene(lab)), path) {
            (Ok(viewer), _) => {
                if path.is_some() {
                    self.drawn = Some((place.clone(), viewer.failure()));
                }
                self.viewer = Some(Box::new(viewer));
                self.closing = Some(open_line(&place));
                Ok(())
            }
            (Err(why), Some(_)) => Err(Failure::Usage(why.to_string())),
            // Nobody asked for it.
            (Err(why), None) => {
                tracing::warn!("{why}; nothing is recorded");
                Ok(())
            }
        }
    }

    /// A viewer if one is found and starts.
    fn show_live(&mut self, lab: &Lab) {
        use crate::viewer::{Viewer, find};
        let Some(program) = find() else { return };
        match Viewer::live(&program, scene(lab)) {
            Ok(viewer) => self.viewer = Some(Box::new(viewer)),
            Err(why) => tracing::warn!("{why}"),
        }
    }
}

/// How high walls and boxes are drawn, whose height means nothing to a robot on the floor `[m]`.
#[cfg(feature = "viewer")]
const WALL_HEIGHT: f32 = 0.1;

#[cfg(feature = "viewer")]
fn scene(lab: &Lab) -> crate::viewer::Scene {
    use crate::viewer::{Obstacle, Scene};
    let upright = |[x, y]: [f64; 2], z| [x as f32, y as f32, z];
    let blocks = lab.embodiment.blocks();
    let obstacles = blocks.iter().map(|block| Obstacle {
        centre: upright(block.centre, 0.5 * WALL_HEIGHT),
        half: upright(block.half, 0.5 * WALL_HEIGHT),
    });
    Scene::new(lab.robot.clone())
        .with_model(lab.model())
        .with_budget(lab.config.planner.budget)
        .with_obstacles(obstacles.collect())
}

#[cfg(not(feature = "viewer"))]
impl Onlookers {
    fn show(&mut self, _lab: &Lab, path: Option<&Path>) -> Result<(), Failure> {
        path.map_or(Ok(()), |path| {
            Err(Failure::Usage(format!(
                "--record {}: this build has no viewer; record .mcap, or build without --no-default-features",
                path.display()
            )))
        })
    }

    fn show_live(&mut self, _lab: &Lab) {}
}
