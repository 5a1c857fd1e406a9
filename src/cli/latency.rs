//! How long images take to become commands, measured inside a running node.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam::queue::ArrayQueue;
use serde::{Deserialize, Serialize};

use crate::control::Command;
use crate::runtime::{CommandSink, Event, Observer, PortError};
use crate::time::{Clock, Span, Stamp};

/// Commands that are remembered until the plan that they follow is known: over a second of them.
const SENT: usize = 256;
/// Width of a bin, and how many there are: 200 ms.
const BIN: Span = Span::from_nanos(20_000);
const BINS: usize = 10_000;

/// Counts of times, in bins.
#[derive(Clone, Debug)]
struct Histogram {
    bins: Vec<u32>,
    n: u64,
    longest: Span,
}

/// A distribution `[ms]`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Times {
    /// How many.
    pub n: u64,
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

impl Times {
    /// What of them lies beyond `budget` `[ms]`.
    pub fn beyond(&self, budget: f64) -> Self {
        let rest = |time: f64| (time - budget).max(0.0);
        Self {
            n: self.n,
            p50: rest(self.p50),
            p99: rest(self.p99),
            max: rest(self.max),
        }
    }
}

/// From an image's stamp to the moment at which the first command of the plan made from it was handed to DDS.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Latency {
    /// All of it.
    pub image_to_command: Times,
    /// The plan's share: encoding, belief, search.
    pub plan: Times,
    /// The rest: camera, transport, waiting for the next tick, sending.
    pub beyond_the_plan: Times,
}

/// A command that went out: its tick, and when it had been handed over.
type Sent = (Stamp, Stamp);

/// Listens at both ends of a session.
#[derive(Clone, Default)]
pub struct Stopwatch {
    sent: Arc<Sends>,
    table: Arc<Mutex<Table>>,
}

struct Sends(ArrayQueue<Sent>);

#[derive(Default)]
struct Table {
    whole: Histogram,
    plan: Histogram,
    beyond: Histogram,
}

impl Default for Sends {
    fn default() -> Self {
        Self(ArrayQueue::new(SENT))
    }
}

impl Stopwatch {
    /// `sink`, listened to; `clock` is the session's.
    pub fn tap(
        &self,
        sink: Box<dyn CommandSink>,
        clock: Arc<dyn Clock>,
    ) -> impl CommandSink + use<> {
        Tap {
            sink,
            clock,
            sent: self.sent.clone(),
        }
    }

    /// Hears which image a plan is made from.
    pub fn ear(&self) -> impl Observer + use<> {
        Ear {
            stopwatch: self.clone(),
            image: None,
            sent: VecDeque::with_capacity(SENT),
            plans: VecDeque::new(),
        }
    }

    /// What was measured.
    pub fn report(&self) -> Latency {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        Latency {
            image_to_command: table.whole.times(),
            plan: table.plan.times(),
            beyond_the_plan: table.beyond.times(),
        }
    }
}

struct Tap {
    sink: Box<dyn CommandSink>,
    clock: Arc<dyn Clock>,
    sent: Arc<Sends>,
}

impl CommandSink for Tap {
    fn send(&mut self, command: &Command) -> Result<(), PortError> {
        self.sink.send(command)?;
        self.sent.0.force_push((command.stamp, self.clock.now()));
        Ok(())
    }
}

/// A plan whose first command is still looked for.
struct Waiting {
    image: Stamp,
    delivered: Stamp,
    took: Span,
}

struct Ear {
    stopwatch: Stopwatch,
    /// The newest one that no plan was made from yet.
    image: Option<Stamp>,
    sent: VecDeque<Sent>,
    plans: VecDeque<Waiting>,
}

impl Observer for Ear {
    /// Commands are not among them: what was sent is looked up once a picture, so that nobody is woken at every tick.
    fn interest(&self) -> fn(&Event) -> bool {
        |event| matches!(event, Event::Belief { .. } | Event::Plan(_))
    }

    fn observe(&mut self, event: &Event) {
        match event {
            Event::Belief { stamp, .. } => {
                self.settle();
                self.image = Some(*stamp);
            }
            Event::Plan(plan) => {
                let evidence = &plan.evidence;
                if let Some(image) = self.image.take() {
                    self.plans.push_back(Waiting {
                        image,
                        delivered: plan.made + evidence.belief + evidence.search,
                        took: evidence.time(),
                    });
                }
            }
            _ => {}
        }
    }
}

impl Ear {
    fn settle(&mut self) {
        while let Some(sent) = self.stopwatch.sent.0.pop() {
            if self.sent.len() == SENT {
                self.sent.pop_front();
            }
            self.sent.push_back(sent);
        }
        let Some(newest) = self.sent.back().copied() else {
            return;
        };
        while let Some(plan) = self.plans.front() {
            if newest.0 < plan.delivered {
                return;
            }
            let first = self.sent.iter().find(|sent| sent.0 >= plan.delivered);
            if let Some((_, out)) = first {
                let whole = *out - plan.image;
                let mut table = self
                    .stopwatch
                    .table
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                table.whole.count(whole);
                table.plan.count(plan.took);
                table.beyond.count(whole - plan.took);
            }
            self.plans.pop_front();
        }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            bins: vec![0; BINS],
            n: 0,
            longest: Span::ZERO,
        }
    }
}

impl Histogram {
    fn count(&mut self, time: Span) {
        let bin = usize::try_from(time.nanos() / BIN.nanos()).unwrap_or(0);
        if let Some(count) = self.bins.get_mut(bin.min(BINS - 1)) {
            *count += 1;
        }
        self.n += 1;
        self.longest = self.longest.max(time);
    }

    fn quantile(&self, fraction: f64) -> f64 {
        let wanted = (fraction * self.n as f64).ceil() as u64;
        let mut seen = 0;
        let bin = self.bins.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted
        });
        bin.map_or(0.0, |bin| (bin as f64 + 0.5) * BIN.millis())
    }

    fn times(&self) -> Times {
        Times {
            n: self.n,
            p50: self.quantile(0.5),
            p99: self.quantile(0.99),
            max: self.longest.millis(),
        }
    }
}
