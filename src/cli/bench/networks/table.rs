//! What was measured, for people and for programs.

use std::fmt;

use serde::Serialize;

use super::contender::Loaded;
use super::peers::Versions;
use super::race::Times;
use super::verdict::Duel;
use crate::world_model::int8::Fusion;

/// All networks of a kind.
#[derive(Debug, Serialize)]
pub(in super::super) struct Comparison {
    pub kernel: String,
    /// Of one core, in int8 products a second.
    pub peak: f64,
    pub peers: Option<Versions>,
    pub networks: Vec<Raced>,
    /// What wasn't measured, and what to do.
    pub notes: Vec<String>,
}

/// One network.
#[derive(Debug, Serialize)]
pub(in super::super) struct Raced {
    pub name: String,
    pub parameters: u64,
    pub multiply_accumulates: u64,
    #[serde(flatten)]
    pub loaded: Loaded,
    pub lines: Vec<Line>,
}

/// One batch.
#[derive(Debug, Serialize)]
pub(in super::super) struct Line {
    pub rows: usize,
    /// By contender.
    pub times: Vec<(&'static str, Times)>,
    /// Forerun's int8 against the fastest peer, whatever that computes in.
    pub int8: Option<Duel>,
    /// Forerun's f32 against the fastest peer in f32.
    pub f32: Option<Duel>,
    /// Of the int8 form: share of the peak as it was in the same rounds.
    pub of_peak: f64,
}

impl Comparison {
    pub fn new(kernel: &str, peak: f64) -> Self {
        Self {
            kernel: kernel.to_owned(),
            peak,
            peers: None,
            networks: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "kernel {}: {:.0} G int8 products a second at most",
            self.kernel,
            self.peak * 1e-9
        )?;
        if let Some(peers) = &self.peers {
            let version = |version: &Option<String>| version.clone().unwrap_or("missing".into());
            writeln!(
                f,
                "peers: onnxruntime {}, PyTorch {}, one thread each; {:.1} us of every time of theirs is the call",
                version(&peers.onnxruntime),
                version(&peers.torch),
                peers.call_us
            )?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        if !self.networks.is_empty() {
            writeln!(
                f,
                "microseconds a run: least (median) of interleaved windows"
            )?;
        }
        self.networks
            .iter()
            .try_for_each(|raced| write!(f, "\n{raced}"))
    }
}

impl fmt::Display for Raced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Loaded {
            fusion,
            first_load_ms,
            load_ms,
            peer_load_ms,
            errors,
            reference,
            refused,
        } = &self.loaded;
        writeln!(
            f,
            "{}: {} parameters, {} products a row; {}",
            self.name,
            short(self.parameters),
            short(self.multiply_accumulates),
            words(fusion)
        )?;
        let error = |wanted: &str| {
            let found = errors.iter().find(|(name, _)| *name == wanted);
            found.map_or(f64::NAN, |(_, error)| 100.0 * error)
        };
        write!(
            f,
            "  int8 loads in {load_ms:.0} ms (at first {first_load_ms:.0}"
        )?;
        if let Some(ms) = peer_load_ms {
            write!(f, "; onnxruntime from the same file {ms:.0}")?;
        }
        write!(
            f,
            "), {:.2} MB packed; off {reference}: int8 {:.2} %, f32 {:.4} %",
            fusion.bytes as f64 * 1e-6,
            error("int8"),
            error("f32")
        )?;
        let peers = errors.iter().filter(|(name, _)| is_onnxruntime_int8(name));
        let peers: Vec<f64> = peers.map(|(_, error)| 100.0 * error).collect();
        if !peers.is_empty() {
            let least = peers.iter().copied().fold(f64::INFINITY, f64::min);
            let most = peers.iter().copied().fold(0.0, f64::max);
            write!(f, ", onnxruntime int8 {least:.2} to {most:.2} %")?;
        }
        writeln!(f)?;
        for why in refused {
            writeln!(f, "  not measured: {why}")?;
        }
        writeln!(
            f,
            "  {:>4} {:>17} {:>17} {:>17} {:>17} {:>17} {:>17} {:>12} {:>12} {:>7}",
            "rows",
            "Forerun int8",
            "Forerun f32",
            "tract f32",
            "onnxruntime int8",
            "onnxruntime f32",
            "PyTorch f32",
            "int8/peers",
            "f32/peers",
            "of peak"
        )?;
        self.lines.iter().try_for_each(|line| write!(f, "{line}"))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fastest = |belongs: &dyn Fn(&str) -> bool| {
            let found = self.times.iter().filter(|(name, _)| belongs(name));
            let found = found.min_by(|a, b| a.1.min_us.total_cmp(&b.1.min_us));
            found.map_or("-".into(), |(_, times)| {
                format!("{} ({})", digits(times.min_us), digits(times.median_us))
            })
        };
        write!(f, "  {:>4}", self.rows)?;
        for name in ["int8", "f32", "tract f32"] {
            write!(f, " {:>17}", fastest(&|found| found == name))?;
        }
        write!(f, " {:>17}", fastest(&is_onnxruntime_int8))?;
        for name in ["onnxruntime f32", "PyTorch f32"] {
            write!(f, " {:>17}", fastest(&|found| found == name))?;
        }
        for duel in [&self.int8, &self.f32] {
            match duel {
                Some(duel) => write!(f, " {duel:>12}")?,
                None => write!(f, " {:>12}", "-")?,
            }
        }
        writeln!(f, " {:>5.0} %", 100.0 * self.of_peak)
    }
}

fn is_onnxruntime_int8(name: &str) -> bool {
    name.starts_with("onnxruntime") && !name.ends_with("f32")
}

/// What was fused.
fn words(fusion: &Fusion) -> String {
    let counts = [
        (fusion.linears, "linear"),
        (fusion.convolutions, "convolution chain"),
        (fusion.attentions, "attention"),
        (fusion.norms, "norm"),
        (fusion.others, "other"),
    ];
    let there = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = there
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let way = if fusion.direct {
        "direct"
    } else {
        "through tract"
    };
    format!("{}, {way}", counts.join(", "))
}

/// Three digits that count.
fn digits(us: f64) -> String {
    let places = if us < 9.995 {
        2
    } else {
        usize::from(us < 99.95)
    };
    format!("{us:.places$}")
}

/// A count in words of at most six letters.
fn short(count: u64) -> String {
    let count = count as f64;
    match count {
        c if c >= 1e7 => format!("{:.0} M", c * 1e-6),
        c if c >= 1e6 => format!("{:.1} M", c * 1e-6),
        c if c >= 1e4 => format!("{:.0} k", c * 1e-3),
        c => format!("{c:.0}"),
    }
}
