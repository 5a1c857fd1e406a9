//! What `forerun bench ros` prints.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::process::Usage;
use crate::cli::latency::{Latency, Times};

/// One run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) cpu: String,
    pub(super) cores: usize,
    pub(super) forerun: &'static str,
    pub(super) robot: &'static str,
    pub(super) camera: String,
    /// Seconds at rest, and pursuing goals.
    pub(super) seconds: [u64; 2],
    pub(super) goals: u64,
    /// Seconds at which the node was found stopped, and told to resume.
    pub(super) stops: u64,
    pub(super) budget: f64,
    pub(super) node: Node,
    pub(super) rclpy: Peer,
}

/// The Forerun node.
#[derive(Debug, Serialize)]
pub(super) struct Node {
    pub(super) latency: Latency,
    #[serde(flatten)]
    pub(super) used: Used,
}

/// The rclpy node.
#[derive(Debug, Serialize)]
pub(super) struct Peer {
    #[serde(flatten)]
    pub(super) said: Said,
    #[serde(flatten)]
    pub(super) used: Used,
}

/// What the rclpy node prints at its end.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) images: u64,
    pub(super) commands: u64,
    pub(super) image_to_command: Times,
}

/// Processor and memory.
#[derive(Debug, Serialize)]
pub(super) struct Used {
    /// Cores, at rest: images are seen, commands are sent, nothing is pursued.
    pub(super) idle_cores: f64,
    /// Cores, pursuing goals.
    pub(super) busy_cores: f64,
    /// Of its own.
    pub(super) memory: Memory,
    /// Of what the middleware maps.
    pub(super) shared: Memory,
}

/// Resident memory over the whole time.
#[derive(Debug, Serialize)]
pub(super) struct Memory {
    /// `[MiB]`, mean of the first and of the last quarter.
    pub(super) first: f64,
    pub(super) last: f64,
    /// Of the straight line through the second half `[MiB an hour]`.
    pub(super) slope: f64,
}

impl Used {
    /// From samples a second apart, the first `idle` of them at rest.
    pub(super) fn of(samples: &[Usage], idle: usize) -> Self {
        let cores = |samples: &[Usage]| match samples {
            [first, .., last] => last.cores_since(first),
            _ => 0.0,
        };
        let (rest, pursuit) = samples.split_at(idle.min(samples.len()));
        let over_time = |part: fn(&Usage) -> f64| {
            let samples: Vec<f64> = samples.iter().map(part).collect();
            Memory::of(&samples)
        };
        Self {
            idle_cores: cores(rest),
            busy_cores: cores(pursuit),
            memory: over_time(|sample| sample.memory),
            shared: over_time(|sample| sample.shared),
        }
    }
}

impl Memory {
    fn of(samples: &[f64]) -> Self {
        let quarter = samples.len().div_ceil(4);
        let mean = |samples: &[f64]| samples.iter().sum::<f64>() / samples.len().max(1) as f64;
        Self {
            first: mean(&samples[..quarter]),
            last: mean(&samples[samples.len() - quarter..]),
            slope: 3600.0 * slope(&samples[samples.len() / 2..]),
        }
    }
}

/// Of the straight line through values a second apart, least squares.
fn slope(values: &[f64]) -> f64 {
    let middle = (values.len() as f64 - 1.0) / 2.0;
    let (mut products, mut squares) = (0.0, 0.0);
    for (index, value) in values.iter().enumerate() {
        let from_middle = index as f64 - middle;
        products += from_middle * value;
        squares += from_middle * from_middle;
    }
    if squares > 0.0 {
        products / squares
    } else {
        0.0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (node, peer) = (&self.node, &self.rclpy);
        writeln!(
            f,
            "forerun {} beside an rclpy node that subscribes and publishes the same, on {} ({} cores)",
            self.forerun, self.cpu, self.cores
        )?;
        writeln!(
            f,
            "{}, {}; {} s at rest, {} s pursuing {} goals, {} stops; plan budget {:.0} ms",
            self.robot,
            self.camera,
            self.seconds[0],
            self.seconds[1],
            self.goals,
            self.stops,
            self.budget
        )?;
        writeln!(
            f,
            "\nimage stamp to command out [ms]      n     50 %     99 %      max"
        )?;
        let latency = &node.latency;
        for (what, times) in [
            ("forerun", &latency.image_to_command),
            ("  of it the plan", &latency.plan),
            ("  of it all else", &latency.beyond_the_plan),
            (
                "  beyond the plan budget",
                &latency.image_to_command.beyond(self.budget),
            ),
            ("rclpy, which plans nothing", &peer.said.image_to_command),
        ] {
            writeln!(
                f,
                "{what:<31} {:>6} {:>8.2} {:>8.2} {:>8.2}",
                times.n, times.p50, times.p99, times.max
            )?;
        }
        writeln!(f, "\n{:<31} {:>9} {:>9}", "", "forerun", "rclpy")?;
        let percent = |cores: f64| format!("{:.1} %", 100.0 * cores);
        let rows: [(&str, String, String); 6] = [
            (
                "processor at rest, of a core",
                percent(node.used.idle_cores),
                percent(peer.used.idle_cores),
            ),
            (
                "pursuing goals",
                percent(node.used.busy_cores),
                percent(peer.used.busy_cores),
            ),
            row("memory, first quarter [MiB]", node, peer, |used| {
                used.memory.first
            }),
            row("last quarter [MiB]", node, peer, |used| used.memory.last),
            row("slope, second half [MiB/h]", node, peer, |used| {
                used.memory.slope
            }),
            row("shared with DDS, at last [MiB]", node, peer, |used| {
                used.shared.last
            }),
        ];
        rows.iter()
            .try_for_each(|(what, ours, theirs)| writeln!(f, "{what:<31} {ours:>9} {theirs:>9}"))
    }
}

fn row<'a>(
    what: &'a str,
    node: &Node,
    peer: &Peer,
    value: impl Fn(&Used) -> f64,
) -> (&'a str, String, String) {
    let text = |used: &Used| format!("{:.1}", value(used));
    (what, text(&node.used), text(&peer.used))
}
