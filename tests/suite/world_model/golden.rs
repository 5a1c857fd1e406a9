//! Golden vectors: what loading must reproduce.

use super::package::{AXES, Draft, LATENT, POINT, refused};

const FILE: &str = "golden.safetensors";

#[test]
fn another_output_is_a_mismatch() {
    let mut draft = Draft::good();
    draft.tensor("f32.metric.out.point", &[3, POINT], &[0.5; 3 * POINT]);
    let error = refused(&draft, "metric.onnx", "f32.metric.out.point");
    assert!(error.found.contains("off by"), "{error}");
}

#[test]
fn every_precision_is_compared() {
    let mut draft = Draft::good();
    draft.tensor("int8.step.out.next", &[3, LATENT], &[0.0; 3 * LATENT]);
    refused(&draft, "step.int8.onnx", "int8.step.out.next");
}

#[test]
fn a_changed_weight_is_noticed() {
    let draft = Draft::good().graph("probe", |graph| {
        graph.initializer[1].raw_data[..4].copy_from_slice(&0.3f32.to_le_bytes());
    });
    refused(&draft, "probe.onnx", "f32.probe.out.quantities");
}

#[test]
fn missing_and_misshapen_tensors_are_named() {
    let mut draft = Draft::good();
    draft.golden.remove("f32.encode.in.velocity");
    refused(&draft, FILE, "f32.encode.in.velocity");

    let mut draft = Draft::good();
    draft.tensor("f32.encode.in.velocity", &[2, AXES], &[0.0; 2 * AXES]);
    refused(&draft, FILE, "f32.encode.in.velocity");

    let mut draft = Draft::good();
    draft.doubles("f32.encode.in.velocity", &[3, AXES], &[0.0; 3 * AXES]);
    refused(&draft, FILE, "f32.encode.in.velocity");

    let mut draft = Draft::good();
    draft.tensor("f32.metric.out.point", &[0, POINT], &[]);
    refused(&draft, FILE, "f32.metric.out.point");
}

#[test]
fn numbers_must_be_finite() {
    let mut draft = Draft::good();
    draft.tensor("f32.metric.out.point", &[3, POINT], &[f32::NAN; 3 * POINT]);
    refused(&draft, FILE, "f32.metric.out.point");
}

#[test]
fn action_rows_must_be_the_means_of_the_log() {
    let mut draft = Draft::good();
    draft.tensor("rows.action", &[1, 2 * AXES], &[1.5, -0.25, 2.0, 0.501]);
    refused(&draft, FILE, "rows.action");

    let mut draft = Draft::good();
    draft.doubles("rows.stamp", &[2], &[11.0, 10.0]);
    refused(&draft, FILE, "rows.stamp");

    let mut draft = Draft::good();
    draft.doubles("rows.command", &[2], &[0.0, 0.0]);
    refused(&draft, FILE, "rows.command");
}

#[test]
fn a_damaged_file_is_refused() {
    let draft = Draft::good().replace(FILE, Some(vec![0xff; 64]));
    refused(&draft, FILE, "header");
    let draft = Draft::good().replace(FILE, Some(vec![]));
    refused(&draft, FILE, "header");
}
