//! `/rosout`: what the process logs, for whoever listens on the graph. r2r publishes none.

use std::fmt::{Debug, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam::channel::{Receiver, Sender, bounded};
use crossbeam::select;
use r2r::rcl_interfaces::msg::Log;
use r2r::{Publisher, QosProfile};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::RosError;
use super::args::arguments;
use super::names::logger;
use super::rules::rosout_is_off;
use super::spin::Caller;

/// Lines that may wait, and that late listeners still get: rclcpp's depth.
const DEPTH: usize = 1000;
/// Late listeners get lines as old as this: rclcpp's lifespan.
const LIFESPAN: Duration = Duration::from_secs(10);

/// From wherever something is logged to the publisher: one a process, as its logger is.
static LINES: LazyLock<(Sender<Log>, Receiver<Log>)> = LazyLock::new(|| bounded(DEPTH));
/// Lines that found no room.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Takes what is logged to `/rosout`: give it to the process's subscriber. What comes before the node is kept.
#[derive(Debug)]
pub struct RosoutLayer(Level);

impl RosoutLayer {
    /// Takes what is as bad as `level`, or worse.
    pub fn new(level: Level) -> Self {
        Self(level)
    }
}

impl<S: Subscriber> Layer<S> for RosoutLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let (level, ours) = (*metadata.level(), metadata.target().starts_with("forerun"));
        // Other crates speak of their own affairs.
        if level > self.0 || (!ours && level > Level::WARN) {
            return;
        }
        let mut text = Text::default();
        event.record(&mut text);
        let place = (metadata.file(), metadata.target(), metadata.line());
        // Whoever logs must not wait.
        if LINES.0.try_send(line(level, text.0, place)).is_err() {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Publishes lines from a thread of its own.
pub(super) struct Rosout {
    /// Disconnected at the end.
    alive: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Rosout {
    /// Advertises the topic for the node `name` (in full), unless `--disable-rosout-logs` is given.
    pub(super) fn start(spinner: &Caller, name: &str) -> Result<Option<Self>, RosError> {
        if rosout_is_off(&arguments()) {
            return Ok(None);
        }
        let publisher = spinner.call(|node, _| {
            let qos = QosProfile::default().keep_last(DEPTH).transient_local();
            node.create_publisher("/rosout", qos.lifespan(LIFESPAN))
        })?;
        let publisher =
            publisher.map_err(|why| RosError::during("/rosout can't be published", why))?;
        let (alive, ended) = bounded(0);
        let name = logger(name);
        let thread = std::thread::Builder::new()
            .name("ros rosout".into())
            .spawn(move || publish(&publisher, &name, &ended))
            .map_err(|why| RosError::during("the /rosout thread can't be started", why))?;
        Ok(Some(Self {
            alive: Some(alive),
            thread: Some(thread),
        }))
    }
}

impl Drop for Rosout {
    fn drop(&mut self) {
        self.alive = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the /rosout thread panicked");
        }
    }
}

fn publish(publisher: &Publisher<Log>, name: &str, ended: &Receiver<()>) {
    let mut silent = false;
    let mut say = |mut line: Log| {
        name.clone_into(&mut line.name);
        if let Err(why) = publisher.publish(&line)
            && !silent
        {
            // Not logged: that would come back here.
            let line = format!("/rosout can't be published: {why}\n");
            let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
            silent = true;
        }
    };
    loop {
        select! {
            recv(LINES.1) -> next => {
                // The sender is static.
                let Ok(next) = next else { return };
                say(next);
            }
            recv(ended) -> _ => return LINES.1.try_iter().for_each(say),
        }
        let lost = LOST.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let text = format!("{lost} lines came too fast for /rosout; stderr has them");
            say(line(
                Level::WARN,
                text,
                (Some(file!()), module_path!(), Some(line!())),
            ));
        }
    }
}

fn line(level: Level, msg: String, place: (Option<&str>, &str, Option<u32>)) -> Log {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let (file, function, line) = place;
    Log {
        stamp: r2r::Clock::to_builtin_time(&now.unwrap_or_default()),
        level: number(level),
        name: String::new(),
        msg,
        file: file.unwrap_or_default().to_owned(),
        function: function.to_owned(),
        line: line.unwrap_or_default(),
    }
}

fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => Log::ERROR as u8,
        Level::WARN => Log::WARN as u8,
        Level::INFO => Log::INFO as u8,
        _ => Log::DEBUG as u8,
    }
}

/// An event's message, other fields after it.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string can't fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
