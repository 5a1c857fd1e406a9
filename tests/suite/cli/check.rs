//! Mirrors `src/cli/check.rs`: the quantization gate on the shipped package, as it is and spoilt.

use std::path::Path;

use forerun::world_model::{PackageModel, Precision, WorldModel};
use serde_json::Value;

use super::{forerun, refuses};
use crate::world_model::requantized::{Scale, requantized};

/// The findings of the gate that need no robot.
const GATE: [&str; 4] = [
    "rank correlation of int8 and f32 costs",
    "share of the f32 elite in int8's",
    "regret of int8 choices [model steps]",
    "int8 shift of a frame / reached",
];

/// Runs `check` on `package` and gives its report and exit status.
fn check(package: &Path, more: &[&str]) -> (Value, Option<i32>) {
    let path = package.to_str().expect("UTF-8");
    let output = forerun(&[&["check", path, "--json"], more].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {output:?}"));
    (report, output.status.code())
}

/// The finding of that name, if it was looked at.
fn finding<'a>(report: &'a Value, name: &str) -> Option<&'a Value> {
    let findings = report["quantization"].as_array().expect("findings");
    findings.iter().find(|finding| finding["name"] == name)
}

/// Names of the gate's findings that failed.
fn refused_by(report: &Value) -> Vec<&'static str> {
    let failed = |name: &&str| {
        let finding = finding(report, name).unwrap_or_else(|| panic!("no {name}: {report}"));
        finding["pass"] == false
    };
    GATE.into_iter().filter(failed).collect()
}

fn shipped() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/arm")
}

fn largest(weights: &[f32]) -> f32 {
    weights
        .iter()
        .fold(1e-6, |most, weight| weight.abs().max(most))
}

/// Checks models/arm with `graph` quantized by `scale`, without episodes.
fn spoilt(folder: &Path, graph: &str, scale: Scale) -> Vec<&'static str> {
    requantized(folder, graph, scale);
    let (report, status) = check(folder, &["--episodes", "0"]);
    let refused = refused_by(&report);
    assert_eq!(status == Some(0), refused.is_empty(), "{report}");
    refused
}

#[test]
fn the_shipped_package_passes_its_gate() {
    let (report, _) = check(&shipped(), &["--episodes", "3"]);
    assert_eq!(refused_by(&report), [] as [&str; 0]);
    let lost = finding(&report, "net episodes lost to int8").expect("paired episodes");
    assert_eq!(
        (&lost["number"], &lost["pass"]),
        (&0.0.into(), &true.into())
    );
    assert_eq!(report["paired"]["n"], 3);
}

/// One scale for the whole tensor, as if it had an outlier sixteen times the largest weight.
#[test]
fn a_badly_scaled_encoder_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = spoilt(folder.path(), "encode", |_, all| {
        16.0 * largest(all) / 127.0
    });
    assert_eq!(refused, GATE);
}

/// Fifteen codes a channel. The dynamics predict a change, so the next latent looks right however coarse it is.
#[test]
fn a_four_bit_predictor_is_refused_although_it_keeps_the_cosine() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = spoilt(folder.path(), "step", |channel, _| largest(channel) / 7.0);
    let cosine = lowest_cosine(folder.path());
    assert!(cosine > 0.99, "cosine similarity {cosine}");
    // The encoder is the shipped one.
    assert_eq!(refused, GATE[..3]);
}

/// The lowest cosine similarity of next latents in the package's int8 and f32 dynamics, over random actions.
fn lowest_cosine(folder: &Path) -> f64 {
    let golden = std::fs::read(folder.join("golden.safetensors")).expect("golden vectors");
    let golden = safetensors::SafeTensors::deserialize(&golden).expect("tensors");
    let latents = golden.tensor("f32.encode.out.latent").expect("latents");
    let words = latents.data().as_chunks::<4>().0.iter();
    let latents: Vec<f32> = words.map(|word| f32::from_le_bytes(*word)).collect();
    let latents = latents.repeat(100);
    let rows = latents.len() / 18;
    let noise = |index: usize| ((index + 1) * 7919 % 2003) as f32 / 500.75 - 2.0;
    let actions: Vec<f32> = (0..rows * 4).map(noise).collect();
    let next = |precision: Precision| {
        let model = PackageModel::open(folder, precision_of_step(precision)).expect("a package");
        let mut next = vec![0.0; latents.len()];
        let mut dynamics = model.dynamics().expect("dynamics");
        dynamics
            .step(rows, &latents, &actions, &mut next)
            .expect("a step");
        next
    };
    let (exact, coarse) = (next(Precision::F32), next(Precision::Int8));
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    let rows = exact.chunks_exact(18).zip(coarse.chunks_exact(18));
    rows.map(|(a, b)| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt())
        .fold(1.0, f64::min)
}

fn precision_of_step(precision: Precision) -> forerun::world_model::Precisions {
    forerun::world_model::Precisions {
        step: Some(precision),
        ..Default::default()
    }
}

#[test]
fn a_package_in_f32_has_no_gate() {
    let f32 = ["encode", "step", "metric"].map(|graph| format!("model.{graph}_precision=f32"));
    let set: Vec<&str> = f32.iter().flat_map(|set| ["--set", set]).collect();
    let (report, status) = check(&shipped(), &set);
    let arithmetic = report["arithmetic"].as_str().unwrap_or_default();
    assert!(
        arithmetic.starts_with("f32") && status == Some(0),
        "{report}"
    );
    assert_eq!(report["quantization"], serde_json::json!([]));
    assert!(report["paired"].is_null());
}

/// A graph without an int8 file is quantized while it loads, and judged like any other.
#[test]
fn what_is_asked_for_is_what_is_judged() {
    let set = ["encode", "step", "metric", "probe"].map(|graph| {
        let precision = if graph == "metric" { "int8" } else { "f32" };
        format!("model.{graph}_precision={precision}")
    });
    let mut more = vec!["--episodes", "0"];
    more.extend(set.iter().flat_map(|set| ["--set", set]));
    let (report, _) = check(&shipped(), &more);
    assert_eq!(refused_by(&report), [] as [&str; 0]);
    let shift = finding(&report, GATE[3]).expect("the encoder's");
    assert_eq!(shift["number"], 0.0, "the encoder is f32's: {report}");
    let ranking = finding(&report, GATE[0]).expect("the ranking");
    assert!(
        ranking["number"].as_f64() < Some(1.0),
        "the metric is not f32's: {report}"
    );
    refuses(
        &["check", "arm", "--set", "planner.knots=3"],
        2,
        "nothing here reads it",
    );
}
