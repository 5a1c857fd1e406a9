//! A process that is measured: what it used of processor and memory, and what it says at its end.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::cli::Failure;

/// Ticks of `/proc/PID/stat` in a second: part of Linux's interface.
const TICKS: f64 = 100.0;
/// How long a process may take to end.
const PATIENCE: Duration = Duration::from_secs(15);

/// A child that is ended with its owner.
pub(super) struct Measured {
    what: &'static str,
    child: Child,
}

/// What a process has used up to a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    at: Instant,
    /// Processor time of all its threads `[s]`.
    processor: f64,
    /// Resident memory of its own `[MiB]`.
    pub(super) memory: f64,
    /// Resident memory that it shares with others: segments that the middleware maps, of which ever more has been
    /// touched until all has `[MiB]`.
    pub(super) shared: f64,
}

impl Usage {
    /// Processor time since `earlier` as a fraction of one core.
    pub(super) fn cores_since(&self, earlier: &Self) -> f64 {
        (self.processor - earlier.processor) / (self.at - earlier.at).as_secs_f64().max(1e-9)
    }
}

impl Measured {
    /// Starts `command`, whose errors go where ours go.
    pub(super) fn start(what: &'static str, command: &mut Command) -> Result<Self, Failure> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| Failure::Job(format!("{what} can't be started: {why}")))?;
        Ok(Self { what, child })
    }

    /// Fails if it has ended.
    pub(super) fn check(&mut self) -> Result<(), Failure> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(Failure::Job(format!(
                "{} ended early, {status}; its errors are above",
                self.what
            ))),
            Err(why) => Err(self.failed(why)),
        }
    }

    /// What it has used so far.
    pub(super) fn usage(&self) -> Result<Usage, Failure> {
        let read = |file: &str| {
            let path = format!("/proc/{}/{file}", self.child.id());
            std::fs::read_to_string(&path).map_err(|why| Failure::Job(format!("{path}: {why}")))
        };
        let unclear = |file: &str| self.failed(format!("unclear {file}"));
        // The name, in brackets, may hold anything; utime and stime are the 12th and 13th field after it.
        let stat = read("stat")?;
        let fields = stat.rsplit_once(')').ok_or_else(|| unclear("stat"))?.1;
        let ticks: Result<Vec<f64>, _> = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse)
            .collect();
        let ticks = ticks.map_err(|_| unclear("stat"))?;
        let status = read("status")?;
        let mebibytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
            let kibibytes: f64 = number.ok_or_else(|| unclear("status"))?;
            Ok::<_, Failure>(kibibytes / 1024.0)
        };
        Ok(Usage {
            at: Instant::now(),
            processor: ticks.iter().sum::<f64>() / TICKS,
            memory: mebibytes("RssAnon:")? + mebibytes("RssFile:")?,
            shared: mebibytes("RssShmem:")?,
        })
    }

    /// Sends it a signal.
    pub(super) fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let pid = i32::try_from(self.child.id()).map_err(|why| self.failed(why))?;
        kill(Pid::from_raw(pid), signal).map_err(|why| self.failed(why))
    }

    fn failed(&self, why: impl std::fmt::Display) -> Failure {
        Failure::Job(format!("{}: {why}", self.what))
    }

    /// Asks it to end, as Ctrl-C does; gives what it said on stdout.
    pub(super) fn finish(mut self) -> Result<String, Failure> {
        self.signal(Signal::SIGINT)?;
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(None) => return Err(self.failed("does not end on SIGINT")),
                Err(why) => return Err(self.failed(why)),
            }
        };
        let mut said = String::new();
        if let Some(mut pipe) = self.child.stdout.take() {
            pipe.read_to_string(&mut said)
                .map_err(|why| self.failed(why))?;
        }
        if status.success() {
            Ok(said)
        } else {
            Err(self.failed(format!("{status}; its errors are above")))
        }
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        // Fails if it has ended already, which is what is wanted.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
