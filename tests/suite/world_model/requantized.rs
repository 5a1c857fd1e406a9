//! The shipped package with the s8 weights of a graph quantized anew, worse: hashes and golden vectors are right, so
//! that nothing but the quantization gate can tell.

use std::path::Path;

use prost::Message;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use sha2::{Digest, Sha256};
use tract_onnx::pb;
use tract_onnx::prelude::*;

use super::onnx::bytes;

/// A weight matrix `[channels, columns]` as it is meant to be, and its new step size a channel.
pub type Scale = fn(channel: &[f32], tensor: &[f32]) -> f32;

/// Writes models/arm to `folder` with every weight of `graph` (`encode` or `step`) rounded to multiples of what
/// `scale` says.
pub fn requantized(folder: &Path, graph: &str, scale: Scale) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/arm");
    for entry in std::fs::read_dir(&shipped).expect("the shipped package") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), folder.join(entry.file_name())).expect("copied");
    }
    let network = folder.join(format!("{graph}.int8.onnx"));
    let mut model = read(&network);
    requantize(model.graph.as_mut().expect("a graph"), scale);
    replace(folder, &network, &bytes(&model));

    let file = folder.join("golden.safetensors");
    let golden = std::fs::read(&file).expect("golden vectors");
    let tensors = SafeTensors::deserialize(&golden).expect("tensors");
    let output = &model.graph.as_ref().expect("a graph").output[0].name;
    let renewed = run(&model, &tensors, graph);
    let name = format!("int8.{graph}.out.{output}");
    let views: Vec<(String, TensorView)> = tensors
        .iter()
        .map(|(key, view)| {
            let data: &[u8] = if key == name { &renewed } else { view.data() };
            let view = TensorView::new(view.dtype(), view.shape().to_vec(), data);
            (key.to_owned(), view.expect("a tensor"))
        })
        .collect();
    let content = safetensors::serialize(views, None).expect("serialized");
    replace(folder, &file, &content);
}

pub fn read(file: &Path) -> pb::ModelProto {
    pb::ModelProto::decode(&*std::fs::read(file).expect("a network")).expect("ONNX")
}

/// Gives every `NAME.s8` and `NAME.scale` new codes and scales.
fn requantize(graph: &mut pb::GraphProto, scale: Scale) {
    let find = |graph: &pb::GraphProto, name: &str| {
        let mut all = graph.initializer.iter();
        all.position(|tensor| tensor.name == name)
            .expect("a tensor")
    };
    let names: Vec<String> = graph.initializer.iter().map(|t| t.name.clone()).collect();
    for name in names.iter().filter_map(|name| name.strip_suffix(".s8")) {
        let (codes, scales) = (
            find(graph, &format!("{name}.s8")),
            find(graph, &format!("{name}.scale")),
        );
        let old = floats(&graph.initializer[scales].raw_data);
        let raw = &graph.initializer[codes].raw_data;
        let columns = raw.len() / old.len();
        let weights: Vec<f32> = raw
            .chunks_exact(columns)
            .zip(&old)
            .flat_map(|(row, scale)| row.iter().map(move |code| f32::from(*code as i8) * scale))
            .collect();
        let mut new_codes = Vec::new();
        let mut new_scales = Vec::new();
        for channel in weights.chunks_exact(columns) {
            let step = scale(channel, &weights);
            let code = |weight: &f32| (weight / step).round_ties_even().clamp(-127.0, 127.0) as i8;
            new_codes.extend(channel.iter().map(|weight| code(weight) as u8));
            new_scales.extend(step.to_le_bytes());
        }
        graph.initializer[codes].raw_data = new_codes;
        graph.initializer[scales].raw_data = new_scales;
    }
}

/// What tract computes from the golden inputs.
fn run(model: &pb::ModelProto, golden: &SafeTensors, graph: &str) -> Vec<u8> {
    let inputs = model.graph.as_ref().expect("a graph").input.iter();
    let inputs = inputs.map(|input| {
        let name = format!("int8.{graph}.in.{}", input.name);
        let view = golden.tensor(&name).expect("a golden input");
        let tensor = Tensor::from_shape(view.shape(), &floats(view.data()));
        tensor.expect("a tensor").into_tvalue()
    });
    let plan = tract_onnx::onnx()
        .with_ignore_value_info(true)
        .model_for_proto_model(model)
        .and_then(|model| model.into_optimized())
        .and_then(|model| model.into_runnable())
        .expect("a plan");
    let results = plan.run(inputs.collect()).expect("a run");
    let result = results[0].to_plain_array_view::<f32>().expect("f32");
    result
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// Writes `content` and its hash.
fn replace(folder: &Path, file: &Path, content: &[u8]) {
    let digest = |bytes: &[u8]| -> String {
        let digest = Sha256::digest(bytes);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let before = digest(&std::fs::read(file).expect("a file"));
    let manifest = folder.join("manifest.toml");
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    assert!(text.contains(&before), "no hash of {}", file.display());
    std::fs::write(&manifest, text.replace(&before, &digest(content))).expect("written");
    std::fs::write(file, content).expect("written");
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let words = bytes.as_chunks::<4>().0.iter();
    words.map(|word| f32::from_le_bytes(*word)).collect()
}
