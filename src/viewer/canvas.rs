//! A Rerun stream with one time axis, whose errors are said once.

use std::path::Path;
use std::time::Duration;

use rerun::external::re_log_types::BlueprintActivationCommand;
use rerun::log::{Chunk, ChunkBatcherConfig, LogMsg};
use rerun::{AsComponents, EntityPath, RecordingStream, RecordingStreamBuilder, TimeCell};

use super::disk::{Disk, Failure};
use crate::time::Stamp;

/// The application's name in the viewer; blueprints belong to it.
pub(super) const APPLICATION: &str = "forerun";
/// The one time axis: seconds of the session.
pub(super) const TIMELINE: &str = "t";
/// Live chunks go out this often: fast for the eye, few enough for the viewer's store.
const LIVE_TICK: Duration = Duration::from_millis(40);
/// How long the last flush may take.
const FLUSH: Duration = Duration::from_secs(1);

/// Where drawings go.
pub(super) struct Canvas {
    stream: RecordingStream,
    failure: Failure,
    failed: bool,
}

impl Canvas {
    /// A canvas that writes to `path`.
    pub fn file(path: &Path) -> Result<Self, String> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|why| why.to_string())?;
        }
        let failure = Failure::default();
        let disk = Disk::create(path, &failure)?;
        let stream = builder()
            .batcher_config(ChunkBatcherConfig::DEFAULT)
            .buffered()
            .map_err(|why| why.to_string())?;
        stream.set_sink(Box::new(disk));
        Ok(Self::new(stream, failure))
    }

    /// A canvas that streams to `address` (`HOST:PORT`). Returns at once, whether anybody listens or not.
    pub fn live(address: &str) -> Result<Self, String> {
        let batching = ChunkBatcherConfig {
            flush_tick: LIVE_TICK,
            ..ChunkBatcherConfig::LOW_LATENCY
        };
        let stream = builder()
            .batcher_config(batching)
            .connect_grpc_opts(format!("rerun+http://{address}/proxy"))
            .map_err(|why| why.to_string())?;
        Ok(Self::new(stream, Failure::default()))
    }

    fn new(stream: RecordingStream, failure: Failure) -> Self {
        stream.set_log_time_enabled(false);
        stream.set_log_tick_enabled(false);
        Self {
            stream,
            failure,
            failed: false,
        }
    }

    /// All that this thread draws from here on happened at `stamp`.
    pub fn at(&mut self, stamp: Stamp) {
        self.stream
            .set_time(TIMELINE, TimeCell::from_duration_nanos(stamp.nanos()));
    }

    /// Draws at the present stamp.
    pub fn draw(&mut self, entity: &EntityPath, what: &dyn AsComponents) {
        let result = self.stream.log(entity.clone(), what);
        self.check(entity, result);
    }

    /// Draws what holds for all time.
    pub fn fix(&mut self, entity: &EntityPath, what: &dyn AsComponents) {
        let result = self.stream.log_static(entity.clone(), what);
        self.check(entity, result);
    }

    /// Passes a ready chunk on.
    pub fn chunk(&mut self, chunk: Chunk) {
        self.stream.send_chunk(chunk);
    }

    /// Lays the views out.
    pub fn arrange(&mut self, blueprint: Vec<LogMsg>, activation: BlueprintActivationCommand) {
        self.stream.send_blueprint(blueprint, activation);
    }

    /// Why the file ended early, once it did.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// Writes what is buffered and closes the file; an error says that it is incomplete.
    pub fn close_file(self) -> Result<(), String> {
        let flushed = self.stream.flush_with_timeout(FLUSH);
        drop(self.stream);
        match self.failure.get() {
            Some(_) => Err("it ended early, as was said".to_owned()),
            None => flushed.map_err(|why| why.to_string()),
        }
    }

    /// Sends what is buffered, for at most a second. The stream is then leaked on purpose: with a viewer
    /// that hangs or never came, dropping it would wait for ever.
    pub fn abandon(self) -> Result<(), String> {
        let result = self.stream.flush_with_timeout(FLUSH);
        std::mem::forget(self.stream);
        result.map_err(|why| why.to_string())
    }

    fn check(&mut self, entity: &EntityPath, result: rerun::RecordingStreamResult<()>) {
        if let Err(why) = result
            && !self.failed
        {
            self.failed = true;
            tracing::warn!(
                "viewer: {entity} could not be drawn: {why}; further such errors are not repeated"
            );
        }
    }
}

/// `RERUN=off` and its like are no interface of ours: whoever made a viewer wants it drawn to.
fn builder() -> RecordingStreamBuilder {
    RecordingStreamBuilder::new(APPLICATION).enabled(true)
}
