//! A small but valid package, to be spoilt in one way a test. Hashes are always right, so that they aren't
//! what saves the loader.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use forerun::world_model::{ModelError, PackageModel};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use sha2::{Digest, Sha256};
use tract_onnx::pb;

use super::onnx::{bytes, codes, floats, int, model, node, value};

/// U, D, E, Y and the picture's side.
pub const AXES: usize = 2;
pub const LATENT: usize = 6;
pub const POINT: usize = 3;
pub const SIDE: usize = 8;

/// The robot of the manifest below.
pub const URDF: &[u8] = include_bytes!("../../../urdf/arm.urdf");

const MANIFEST: &str = r#"
format = 1
name = "tiny"
version = "1.0.0"
family = "jepa"
description = "for tests"
[robot]
name = "arm"
action_kind = "joint_velocity"
axes = ["shoulder", "elbow"]
units = ["rad/s", "rad/s"]
velocity = [2.0, 2.0]
acceleration = [20.0, 20.0]
position_lower = [-2.6, -2.4]
position_upper = [2.6, 2.4]
[model]
period = 0.1
context = 1
stacked_frames = 1
action_block = 2
latent = 6
delay = 0.02
reached = 0.3
surprise = 1.2
layout = "tiny-v1"
parts = [{ name = "image", start = 0, len = 4 }, { name = "velocity", start = 4, len = 2 }]
[image]
width = 8
height = 8
encoding = "rgb"
crop = "center"
[inputs]
velocity = true
at_goal = { velocity = "zero" }
[graphs.encode]
file = "encode.onnx"
precision = "f32"
[graphs.step]
file = "step.onnx"
int8 = { file = "step.int8.onnx" }
precision = "int8"
[graphs.metric]
file = "metric.onnx"
form = "embedding"
precision = "f32"
[graphs.probe]
file = "probe.onnx"
precision = "f32"
outputs = [
  { name = "shoulder", kind = "sin", unit = "rad" },
  { name = "tip_x", kind = "value", unit = "m" },
  { name = "shoulder", kind = "cos", unit = "rad" },
  { name = "tip_y", kind = "value", unit = "m" },
]
tip = ["tip_x", "tip_y"]
error = 0.01
[golden]
file = "golden.safetensors"
tolerance_f32 = 1e-4
tolerance_int8 = 1e-4
[urdf]
file = "robot.urdf"
[provenance]
recipe = "0.1.0"
seed = 0
data = "none"
frames = 1
licence = "MIT OR Apache-2.0"
"#;

/// A linear layer `y = W x + b`, its weights representable in s8.
#[derive(Clone)]
struct Linear {
    inputs: usize,
    codes: Vec<i8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    fn new(inputs: usize, outputs: usize, seed: usize) -> Self {
        let noise = |i: usize| ((i + 1) * (seed + 3) * 2_654_435_761 % 1009) as f32 / 504.5 - 1.0;
        Self {
            inputs,
            codes: (0..inputs * outputs)
                .map(|i| (noise(i) * 127.0) as i8)
                .collect(),
            scale: (0..outputs)
                .map(|i| (0.002 + 0.001 * noise(i + 7).abs()) / (inputs as f32).sqrt() * 4.0)
                .collect(),
            bias: (0..outputs).map(|i| 0.1 * noise(i + 91)).collect(),
        }
    }

    fn weight(&self) -> Vec<f32> {
        let rows = self.codes.chunks(self.inputs).zip(&self.scale);
        rows.flat_map(|(row, scale)| row.iter().map(move |code| f32::from(*code) * scale))
            .collect()
    }

    fn dims(&self) -> [i64; 2] {
        [self.bias.len() as i64, self.inputs as i64]
    }

    fn apply(&self, x: &[f32]) -> Vec<f32> {
        let weight = self.weight();
        let rows = weight.chunks(self.inputs).zip(&self.bias);
        rows.map(|(row, bias)| {
            let products = row
                .iter()
                .zip(x)
                .map(|(w, x)| f64::from(*w) * f64::from(*x));
            (f64::from(*bias) + products.sum::<f64>()) as f32
        })
        .collect()
    }

    /// The weights as they are, and the node that applies them.
    fn f32(&self, input: &str, output: &str) -> (Vec<pb::TensorProto>, Vec<pb::NodeProto>) {
        let bias = [self.bias.len() as i64];
        let constants = vec![
            floats("weight", &self.dims(), &self.weight()),
            floats("bias", &bias, &self.bias),
        ];
        let gemm = node(
            "Gemm",
            &[input, "weight", "bias"],
            output,
            vec![int("transB", 1)],
        );
        (constants, vec![gemm])
    }

    /// The weights as s8 behind a constant DequantizeLinear.
    fn int8(&self, input: &str, output: &str) -> (Vec<pb::TensorProto>, Vec<pb::NodeProto>) {
        let channels = [self.bias.len() as i64];
        let constants = vec![
            codes("weight.s8", &self.dims(), &self.codes),
            floats("weight.scale", &channels, &self.scale),
            codes("weight.zero", &channels, &vec![0; self.bias.len()]),
            floats("bias", &channels, &self.bias),
        ];
        let parts = ["weight.s8", "weight.scale", "weight.zero"];
        let weight = node("DequantizeLinear", &parts, "weight", vec![int("axis", 0)]);
        let (_, mut nodes) = self.f32(input, output);
        nodes.insert(0, weight);
        (constants, nodes)
    }
}

/// A package in memory.
pub struct Draft {
    pub manifest: toml::Table,
    pub graphs: BTreeMap<&'static str, pb::ModelProto>,
    pub golden: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
    /// Files that replace what would be written; `None` leaves one out.
    pub replaced: BTreeMap<String, Option<Vec<u8>>>,
}

impl Draft {
    /// The good one.
    pub fn good() -> Self {
        Self::stacked(1)
    }

    /// A good one whose encoder sees `frames` pictures.
    pub fn stacked(frames: usize) -> Self {
        let encode = Linear::new(3 * frames * SIDE * SIDE, LATENT - AXES, 1);
        let step = Linear::new(LATENT + 2 * AXES, LATENT, 2);
        let metric = Linear::new(LATENT, POINT, 3);
        let probe = Linear::new(LATENT, 4, 4);
        let mut draft = Self {
            manifest: MANIFEST.parse().unwrap(),
            graphs: BTreeMap::new(),
            golden: BTreeMap::new(),
            replaced: BTreeMap::new(),
        };

        let latent = LATENT as i64;
        let picture = [3 * frames as i64, SIDE as i64, SIDE as i64];
        let (constants, mut nodes) = encode.f32("flat", "linear");
        nodes.insert(0, node("Flatten", &["image"], "flat", vec![int("axis", 1)]));
        nodes.push(node("Tanh", &["linear"], "z", vec![]));
        nodes.push(node(
            "Concat",
            &["z", "velocity"],
            "latent",
            vec![int("axis", 1)],
        ));
        let inputs = vec![value("image", &picture), value("velocity", &[AXES as i64])];
        draft.graphs.insert(
            "encode",
            model(nodes, constants, inputs, value("latent", &[latent])),
        );

        for (name, (constants, mut nodes)) in [
            ("step", step.f32("both", "change")),
            ("step.int8", step.int8("both", "change")),
        ] {
            let row = |from, to| node("Flatten", &[from], to, vec![int("axis", 1)]);
            let parts = vec![
                row("latent", "latent_row"),
                row("action", "action_row"),
                node(
                    "Concat",
                    &["latent_row", "action_row"],
                    "both",
                    vec![int("axis", 1)],
                ),
            ];
            nodes.splice(0..0, parts);
            nodes.push(node("Add", &["latent_row", "change"], "next", vec![]));
            let action = [1, 2 * AXES as i64];
            let inputs = vec![value("latent", &[1, latent]), value("action", &action)];
            draft.graphs.insert(
                name,
                model(nodes, constants, inputs, value("next", &[latent])),
            );
        }
        let (constants, nodes) = metric.f32("latent", "point");
        let (input, output) = (
            vec![value("latent", &[latent])],
            value("point", &[POINT as i64]),
        );
        draft
            .graphs
            .insert("metric", model(nodes, constants, input, output));
        let (constants, nodes) = probe.f32("latent", "quantities");
        let (input, output) = (vec![value("latent", &[latent])], value("quantities", &[4]));
        draft
            .graphs
            .insert("probe", model(nodes, constants, input, output));

        draft.golden_vectors(&encode, &step, &metric, &probe);
        draft.golden_rows();
        draft.set("model.stacked_frames", frames as i64)
    }

    /// Computes the golden vectors without tract.
    fn golden_vectors(&mut self, encode: &Linear, step: &Linear, metric: &Linear, probe: &Linear) {
        let rows = 3;
        let wave = |i: usize| 0.5 + 0.5 * (i as f32 * 0.37).sin();
        let image: Vec<f32> = (0..rows * encode.inputs).map(wave).collect();
        let velocity: Vec<f32> = (0..rows * AXES).map(wave).collect();
        let action: Vec<f32> = (0..rows * 2 * AXES).map(|i| wave(i + 5)).collect();
        let (mut latent, mut next, mut point, mut quantities) = (vec![], vec![], vec![], vec![]);
        for row in 0..rows {
            let picture = &image[row * encode.inputs..][..encode.inputs];
            let mut z: Vec<f32> = encode.apply(picture).iter().map(|v| v.tanh()).collect();
            z.extend(&velocity[row * AXES..][..AXES]);
            let both = [&z[..], &action[row * 2 * AXES..][..2 * AXES]].concat();
            let change = step.apply(&both);
            next.extend(z.iter().zip(&change).map(|(z, change)| z + change));
            point.extend(metric.apply(&z));
            quantities.extend(probe.apply(&z));
            latent.extend(z);
        }
        let channels = encode.inputs / (SIDE * SIDE);
        self.tensor("f32.encode.in.image", &[rows, channels, SIDE, SIDE], &image);
        self.tensor("f32.encode.in.velocity", &[rows, AXES], &velocity);
        self.tensor("f32.encode.out.latent", &[rows, LATENT], &latent);
        for precision in ["f32", "int8"] {
            self.tensor(
                &format!("{precision}.step.in.latent"),
                &[rows, 1, LATENT],
                &latent,
            );
            self.tensor(
                &format!("{precision}.step.in.action"),
                &[rows, 1, 2 * AXES],
                &action,
            );
            self.tensor(
                &format!("{precision}.step.out.next"),
                &[rows, LATENT],
                &next,
            );
        }
        self.tensor("f32.metric.in.latent", &[rows, LATENT], &latent);
        self.tensor("f32.metric.out.point", &[rows, POINT], &point);
        self.tensor("f32.probe.in.latent", &[rows, LATENT], &latent);
        self.tensor("f32.probe.out.quantities", &[rows, 4], &quantities);
    }

    /// Two commands, one second each; a row over the end of the first.
    fn golden_rows(&mut self) {
        self.doubles("rows.stamp", &[2], &[10.0, 11.0]);
        self.doubles("rows.command", &[2, AXES], &[1.0, -1.0, 2.0, 0.5]);
        self.doubles("rows.start", &[1], &[10.9]);
        self.doubles("rows.end", &[1], &[11.3]);
        self.tensor("rows.action", &[1, 2 * AXES], &[1.5, -0.25, 2.0, 0.5]);
    }

    pub fn tensor(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.golden
            .insert(name.into(), (Dtype::F32, shape.to_vec(), data));
    }

    /// Row `row` of a golden tensor of f32.
    pub fn golden_row(&self, name: &str, row: usize) -> Vec<f32> {
        let (_, shape, data) = &self.golden[name];
        let width = 4 * shape[1..].iter().product::<usize>();
        let bytes = data[row * width..][..width].chunks_exact(4);
        bytes
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect()
    }

    pub fn doubles(&mut self, name: &str, shape: &[usize], values: &[f64]) {
        let data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.golden
            .insert(name.into(), (Dtype::F64, shape.to_vec(), data));
    }

    /// Changes the ONNX graph `name`.
    pub fn graph(mut self, name: &str, change: impl FnOnce(&mut pb::GraphProto)) -> Self {
        let model = self.graphs.get_mut(name).unwrap();
        change(model.graph.as_mut().unwrap());
        self
    }

    /// Sets the manifest's value at a dotted `path`.
    pub fn set(mut self, path: &str, value: impl Into<toml::Value>) -> Self {
        let (tables, key) = path.rsplit_once('.').map_or(("", path), |split| split);
        let mut table = &mut self.manifest;
        for name in tables.split('.').filter(|name| !name.is_empty()) {
            let entry = table
                .entry(name)
                .or_insert_with(|| toml::Table::new().into());
            table = entry.as_table_mut().unwrap();
        }
        table.insert(key.into(), value.into());
        self
    }

    /// Writes `content` instead of the file `name`.
    pub fn replace(mut self, name: &str, content: Option<Vec<u8>>) -> Self {
        self.replaced.insert(name.into(), content);
        self
    }

    /// Writes the package to `folder`, hashes included.
    pub fn write(&self, folder: &Path) {
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (name, model) in &self.graphs {
            files.insert(format!("{name}.onnx"), bytes(model));
        }
        let views = self.golden.iter().map(|(name, (dtype, shape, data))| {
            (name, TensorView::new(*dtype, shape.clone(), data).unwrap())
        });
        let golden = safetensors::serialize(views, None).unwrap();
        files.insert("golden.safetensors".into(), golden);
        files.insert("robot.urdf".into(), URDF.to_vec());
        for (name, content) in &self.replaced {
            match content {
                Some(content) => files.insert(name.clone(), content.clone()),
                None => files.remove(name),
            };
        }
        for (name, content) in &files {
            std::fs::write(folder.join(name), content).unwrap();
        }
        let mut manifest = toml::Value::Table(self.manifest.clone());
        hash(&mut manifest, &files);
        let text = toml::to_string(&manifest).unwrap();
        std::fs::write(folder.join("manifest.toml"), text).unwrap();
    }
}

/// Puts the hash beside every `file` that has none.
fn hash(value: &mut toml::Value, files: &BTreeMap<String, Vec<u8>>) {
    let Some(table) = value.as_table_mut() else {
        return;
    };
    if let Some(name) = table.get("file").and_then(|name| name.as_str()) {
        let content = files.get(name).map(Vec::as_slice).unwrap_or_default();
        let digest = Sha256::digest(content);
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        table.entry("sha256").or_insert(digits.into());
    }
    table.iter_mut().for_each(|(_, value)| hash(value, files));
}

/// Opens `folder` under the eye of a watchdog: a loader that hangs ends the whole suite.
pub fn open(folder: &Path) -> Result<PackageModel, ModelError> {
    let (done, wait) = mpsc::channel();
    let path = folder.to_owned();
    let loader = std::thread::spawn(move || {
        let result = PackageModel::open(&path, None);
        let _ = done.send(());
        result
    });
    if wait.recv_timeout(Duration::from_secs(30)) == Err(mpsc::RecvTimeoutError::Timeout) {
        eprintln!("loading {} hangs", folder.display());
        std::process::abort();
    }
    loader.join().expect("the loader panicked")
}

/// Opens the package in `folder`, which must be refused for `field` of `file`.
pub fn refused_in(folder: &Path, file: &str, field: &str) -> ModelError {
    let Err(error) = open(folder) else {
        panic!("a package with a bad {field} in {file} was accepted");
    };
    assert!(error.file.ends_with(file), "{error}");
    assert!(error.field.contains(field), "{error}");
    error
}

/// Writes and opens `draft`, which must be refused for `field` of `file`.
pub fn refused(draft: &Draft, file: &str, field: &str) -> ModelError {
    let folder = tempfile::tempdir().unwrap();
    draft.write(folder.path());
    refused_in(folder.path(), file, field)
}
