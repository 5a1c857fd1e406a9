//! One network in every runtime that there is.

use std::time::Instant;

use serde::Serialize;

use super::index::{Index, Listed};
use super::own::Own;
use super::peers::Peers;
use crate::cli::Failure;
use crate::world_model::int8::Fusion;
use crate::world_model::int8::kernel::Isa;
use crate::world_model::{Arithmetic, Network};

/// What Forerun itself offers.
const OWN: [(&str, Arithmetic); 3] = [
    ("int8", Arithmetic::Int8),
    ("f32", Arithmetic::F32),
    ("tract f32", Arithmetic::Tract),
];
/// Peers: name, runtime, ending of the file, whether it computes in int8.
const PEERS: [(&str, &str, &str, bool); 6] = [
    ("onnxruntime f32", "onnxruntime", "onnx", false),
    ("onnxruntime dynamic", "onnxruntime", "dynamic.onnx", true),
    (
        "onnxruntime dynamic per channel",
        "onnxruntime",
        "dynamic-per-channel.onnx",
        true,
    ),
    ("onnxruntime static", "onnxruntime", "static.onnx", true),
    (
        "onnxruntime static per channel",
        "onnxruntime",
        "static-per-channel.onnx",
        true,
    ),
    ("PyTorch f32", "torch", "pt", false),
];
/// Times that the int8 form is loaded.
const LOADS: usize = 3;
/// Rows whose results are compared.
const COMPARED_ROWS: usize = 3;
/// Relative error above which f32 results are wrong, not rounded.
const F32_TOLERANCE: f64 = 1e-3;

/// A runtime with the network in it.
pub(in super::super) struct Contender {
    pub name: &'static str,
    pub int8: bool,
    runs: Runs,
}

enum Runs {
    Here(Box<Own>),
    There(String),
}

/// What is known of a network before it is raced.
#[derive(Debug, Serialize)]
pub(in super::super) struct Loaded {
    #[serde(skip)]
    pub fusion: Fusion,
    /// Of the int8 form, file to runnable: the first time, when the system may have to find memory that nobody used
    /// lately, and the least of [`LOADS`].
    pub first_load_ms: f64,
    pub load_ms: f64,
    /// Of onnxruntime, from the same file.
    pub peer_load_ms: Option<f64>,
    /// Relative errors of the results, by contender, against `reference`.
    pub errors: Vec<(&'static str, f64)>,
    pub reference: &'static str,
    /// Peers that couldn't run it, and why.
    pub refused: Vec<String>,
}

impl Contender {
    /// True for another project's runtime.
    pub fn is_peer(&self) -> bool {
        matches!(self.runs, Runs::There(_))
    }

    /// Microseconds a run.
    pub fn time(
        &mut self,
        rows: usize,
        window_us: u64,
        peers: Option<&mut Peers>,
    ) -> Result<f64, Failure> {
        match (&mut self.runs, peers) {
            (Runs::Here(own), _) => own.time(rows, window_us),
            (Runs::There(id), Some(peers)) => peers.time(id, rows, window_us),
            (Runs::There(id), None) => Err(Failure::Job(format!("{id}: no peers"))),
        }
    }

    /// Leaves the peers.
    pub fn unload(self, peers: Option<&mut Peers>) -> Result<(), Failure> {
        match (self.runs, peers) {
            (Runs::There(id), Some(peers)) => peers.unload(&id),
            _ => Ok(()),
        }
    }
}

/// What `work` gives, and how long it took `[ms]`.
fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, f64), E> {
    let begun = Instant::now();
    let made = work()?;
    Ok((made, begun.elapsed().as_secs_f64() * 1e3))
}

/// Loads `listed` everywhere and compares what it gives.
///
/// # Errors
/// A network that Forerun can't run; f32 results that differ.
pub(in super::super) fn load(
    index: &Index,
    listed: &Listed,
    isa: Isa,
    peers: Option<&mut Peers>,
) -> Result<(Vec<Contender>, Loaded), Failure> {
    let file = index.file(listed, "onnx");
    let mut contenders = Vec::new();
    let mut outputs = Vec::new();
    let mut inputs = Vec::new();
    let mut first = None;
    for (name, arithmetic) in OWN {
        let (network, load_ms) = timed(|| Network::open_on(&file, arithmetic, isa))?;
        if first.is_none() {
            let mut least = load_ms;
            for _ in 1..LOADS {
                least = least.min(timed(|| Network::open_on(&file, arithmetic, isa))?.1);
            }
            inputs = network.inputs();
            first = Some((*network.fusion(), load_ms, least));
        }
        let mut own = Box::new(Own::new(&network)?);
        outputs.push(own.output(COMPARED_ROWS)?.to_vec());
        contenders.push(Contender {
            name,
            int8: arithmetic == Arithmetic::Int8,
            runs: Runs::Here(own),
        });
    }
    let (mut refused, mut peer_load_ms) = (Vec::new(), None);
    if let Some(peers) = peers {
        for (name, runtime, ending, int8) in PEERS {
            let file = index.file(listed, ending);
            if !file.exists() {
                continue;
            }
            let id = format!("{}.{ending}", listed.name);
            let loaded = timed(|| peers.load(&id, &file, runtime, &inputs));
            let output = |((), ms)| Ok((peers.output(&id, COMPARED_ROWS)?, ms));
            match loaded.and_then(output) {
                Ok((output, ms)) => {
                    outputs.push(output);
                    peer_load_ms = peer_load_ms.or((ending == "onnx").then_some(ms));
                }
                Err(why) => {
                    refused.push(format!("{name}: {why}"));
                    continue;
                }
            }
            contenders.push(Contender {
                name,
                int8,
                runs: Runs::There(id),
            });
        }
    }
    let (fusion, first_load_ms, load_ms) =
        first.ok_or_else(|| Failure::Job("no arithmetic to measure".into()))?;
    let loaded = Loaded {
        fusion,
        first_load_ms,
        load_ms,
        peer_load_ms,
        errors: Vec::new(),
        reference: "",
        refused,
    };
    let loaded = compare(&listed.name, loaded, &contenders, &outputs)?;
    Ok((contenders, loaded))
}

/// Relative errors against onnxruntime's f32, or tract's without it.
fn compare(
    network: &str,
    mut loaded: Loaded,
    contenders: &[Contender],
    outputs: &[Vec<f32>],
) -> Result<Loaded, Failure> {
    let find = |name: &str| {
        contenders
            .iter()
            .position(|contender| contender.name == name)
    };
    let place = find("onnxruntime f32").or_else(|| find("tract f32"));
    let Some((reference, expected)) =
        place.and_then(|place| Some((contenders.get(place)?.name, outputs.get(place)?)))
    else {
        return Ok(loaded);
    };
    loaded.reference = reference;
    for (contender, found) in contenders.iter().zip(outputs) {
        let error = relative_error(found, expected);
        let right = error <= F32_TOLERANCE || (contender.int8 && error.is_finite());
        if !right {
            return Err(Failure::Job(format!(
                "{network}: {} is off {reference} by {error:.2e} (relative), at most {F32_TOLERANCE:e} expected; please report it",
                contender.name
            )));
        }
        loaded.errors.push((contender.name, error));
    }
    Ok(loaded)
}

/// The norm of the difference over the norm of what was expected; infinite for another length.
fn relative_error(found: &[f32], expected: &[f32]) -> f64 {
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    let square = |value: f64| value * value;
    let pairs = found.iter().zip(expected);
    let difference: f64 = pairs
        .map(|(a, b)| square(f64::from(*a) - f64::from(*b)))
        .sum();
    let norm: f64 = expected.iter().map(|b| square(f64::from(*b))).sum();
    (difference / norm.max(f64::MIN_POSITIVE)).sqrt()
}
