//! Files that want to crash, hang or fool the loader: each is refused, with file and field.

use std::ffi::CString;
use std::os::unix::fs::symlink;

use tract_onnx::pb;
use tract_onnx::pb::tensor_shape_proto::dimension;

use super::onnx::{bytes, floats, int, integers, ints, node, value};
use super::package::{Draft, refused, refused_in};

#[test]
fn the_good_package_loads() {
    let folder = tempfile::tempdir().unwrap();
    Draft::good().write(folder.path());
    super::package::open(folder.path()).unwrap();
}

#[test]
fn truncated() {
    let draft = Draft::good();
    let whole = bytes(&draft.graphs["metric"]);
    for keep in [1, whole.len() / 3, whole.len() - 1] {
        let cut = Draft::good().replace("metric.onnx", Some(whole[..keep].to_vec()));
        refused(&cut, "metric.onnx", "");
    }
}

#[test]
fn empty() {
    let draft = Draft::good().replace("step.onnx", Some(vec![]));
    refused(&draft, "step.onnx", "opset_import");
}

#[test]
fn garbage() {
    let noise = (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    let draft = Draft::good().replace("encode.onnx", Some(noise.collect()));
    refused(&draft, "encode.onnx", "protobuf");
}

#[test]
fn swapped() {
    let mut draft = Draft::good();
    let metric = draft.graphs["metric"].clone();
    let step = draft.graphs.insert("step", metric).unwrap();
    draft.graphs.insert("metric", step);
    refused(&draft, "step.onnx", "latent");
}

#[test]
fn oversized() {
    let folder = tempfile::tempdir().unwrap();
    Draft::good().write(folder.path());
    let file = std::fs::File::create(folder.path().join("probe.onnx")).unwrap();
    file.set_len((256 << 20) + 1).unwrap();
    let error = refused_in(folder.path(), "probe.onnx", "file");
    assert!(error.found.contains("268435457"), "{error}");
}

#[test]
fn amplifying() {
    // 600 kB of empty nodes: a gigabyte if it were decoded.
    let graph = [0x0a, 0x00].repeat(300_000);
    let mut file = vec![0x3a];
    prost::encoding::encode_varint(graph.len() as u64, &mut file);
    file.extend(graph);
    let draft = Draft::good().replace("step.onnx", Some(file));
    let error = refused(&draft, "step.onnx", "protobuf");
    assert!(error.found.contains("fields"), "{error}");
}

#[test]
fn wrong_hash() {
    let draft = Draft::good().set("graphs.metric.sha256", "0".repeat(64));
    refused(&draft, "metric.onnx", "sha256");
}

#[test]
fn wrong_opset() {
    for version in [-1, 0, 12, 22, 99] {
        let mut draft = Draft::good();
        let model = draft.graphs.get_mut("metric").unwrap();
        model.opset_import[0].version = version;
        let error = refused(&draft, "metric.onnx", "opset_import");
        assert_eq!(error.found, version.to_string());
    }
}

fn spoil_weight(value: f32) -> Draft {
    Draft::good().graph("metric", |graph| {
        graph.initializer[0].raw_data[8..12].copy_from_slice(&value.to_le_bytes());
    })
}

#[test]
fn weights_that_are_not_numbers() {
    refused(&spoil_weight(f32::NAN), "metric.onnx", "weight");
}

#[test]
fn infinite_weights() {
    refused(&spoil_weight(f32::INFINITY), "metric.onnx", "weight");
}

#[test]
fn weights_of_another_length() {
    let draft = Draft::good().graph("metric", |graph| {
        graph.initializer[0].raw_data.pop();
    });
    refused(&draft, "metric.onnx", "weight: data");
}

#[test]
fn huge_constant() {
    let draft = Draft::good().graph("metric", |graph| {
        graph.initializer[0].dims = vec![1 << 40, 1 << 40];
    });
    refused(&draft, "metric.onnx", "weight: dims");
}

#[test]
fn huge_declared_dimension() {
    let draft = Draft::good().graph("metric", |graph| {
        graph.input[0] = value("latent", &[1 << 40]);
    });
    refused(&draft, "metric.onnx", "latent: dimension");
}

#[test]
fn huge_intermediate_result() {
    let draft = Draft::good().graph("metric", |graph| {
        graph
            .initializer
            .push(floats("tall", &[1 << 23, 1], &vec![1.0; 1 << 23]));
        let row = node("Unsqueeze", &["point_small", "one"], "row", vec![]);
        graph.node[0].output[0] = "point_small".into();
        graph.initializer.push(integers("one", &[1]));
        graph.node.push(row);
        graph
            .node
            .push(node("Mul", &["row", "tall"], "point", vec![]));
    });
    let error = refused(&draft, "metric.onnx", "graph");
    assert!(error.found.contains("numbers a row"), "{error}");
}

#[test]
fn product_of_constants() {
    let draft = Draft::good().graph("metric", |graph| {
        let side = vec![1.0; 1 << 16];
        graph.initializer.push(floats("a", &[1 << 16, 1], &side));
        graph.initializer.push(floats("b", &[1, 1 << 16], &side));
        graph
            .node
            .insert(0, node("Mul", &["a", "b"], "square", vec![]));
    });
    let error = refused(&draft, "metric.onnx", "square");
    assert!(error.found.contains("constants only"), "{error}");
}

#[test]
fn too_many_nodes() {
    let draft = Draft::good().graph("metric", |graph| {
        for i in 0..20_000 {
            let from = if i == 0 {
                "point".into()
            } else {
                format!("n{}", i - 1)
            };
            graph
                .node
                .push(node("Relu", &[&from], &format!("n{i}"), vec![]));
        }
    });
    refused(&draft, "metric.onnx", "node");
}

#[test]
fn long_dimension_name() {
    for name in [
        "(".repeat(200_000),
        "-".repeat(100_000),
        "batch+batch".into(),
    ] {
        let draft = Draft::good().graph("metric", |graph| {
            let kind = graph.input[0]
                .r#type
                .as_mut()
                .unwrap()
                .value
                .as_mut()
                .unwrap();
            let pb::type_proto::Value::TensorType(tensor) = kind;
            let dim = &mut tensor.shape.as_mut().unwrap().dim[0];
            dim.value = Some(dimension::Value::DimParam(name));
        });
        refused(&draft, "metric.onnx", "dim_param");
    }
}

#[test]
fn long_tensor_name() {
    let draft = Draft::good().graph("metric", |graph| {
        graph
            .initializer
            .push(floats(&"x".repeat(1000), &[1], &[0.0]));
    });
    refused(&draft, "metric.onnx", "name");
}

#[test]
fn cycle() {
    let draft = Draft::good().graph("metric", |graph| {
        graph.node.push(node("Add", &["point", "b"], "a", vec![]));
        graph.node.push(node("Relu", &["a"], "b", vec![]));
    });
    let error = refused(&draft, "metric.onnx", "node a/Add");
    assert!(error.expected.contains("cycles"), "{error}");
}

#[test]
fn one_tensor_given_twice() {
    let draft = Draft::good().graph("metric", |graph| {
        graph.node.push(node("Relu", &["latent"], "point", vec![]));
    });
    refused(&draft, "metric.onnx", "point");
}

#[test]
fn external_data() {
    let draft = Draft::good().graph("metric", |graph| {
        let weight = &mut graph.initializer[0];
        weight.raw_data.clear();
        weight.data_location = Some(1);
        weight.external_data.push(pb::StringStringEntryProto {
            key: "location".into(),
            value: "/etc/passwd".into(),
        });
    });
    refused(&draft, "metric.onnx", "external_data");
}

#[test]
fn subgraph() {
    let draft = Draft::good().graph("metric", |graph| {
        let mut attribute = int("alpha", 0);
        attribute.g = Some(pb::GraphProto::default());
        graph.node[0].attribute.push(attribute);
    });
    refused(&draft, "metric.onnx", "alpha");
}

#[test]
fn functions() {
    let mut draft = Draft::good();
    let model = draft.graphs.get_mut("metric").unwrap();
    model.functions.push(pb::FunctionProto::default());
    refused(&draft, "metric.onnx", "functions");
}

#[test]
fn unknown_operator() {
    for operator in ["Loop", "If", "GRU", "Expand", "Tile", "QGemm"] {
        let draft = Draft::good().graph("metric", |graph| {
            graph.node.push(node(operator, &["point"], "more", vec![]));
        });
        let error = refused(&draft, "metric.onnx", "more");
        assert!(error.found.contains(operator), "{error}");
    }
}

#[test]
fn foreign_domain() {
    let draft = Draft::good().graph("metric", |graph| {
        graph.node[0].domain = "com.microsoft".into();
    });
    refused(&draft, "metric.onnx", "point");
}

fn quantized(operator: &str) -> Draft {
    Draft::good().graph("metric", |graph| {
        graph.node[0].output[0] = "raw".into();
        graph.initializer.push(floats("scale", &[], &[0.05]));
        graph
            .initializer
            .push(super::onnx::codes("zero", &[], &[0]));
        let parts = ["raw", "scale", "zero"];
        graph.node.push(node("QuantizeLinear", &parts, "q", vec![]));
        graph.node.push(node(
            "DequantizeLinear",
            &["q", "scale", "zero"],
            "dq",
            vec![],
        ));
        graph.node.push(node(operator, &["dq"], "soft", vec![]));
        let parts = ["soft", "scale", "zero"];
        graph
            .node
            .push(node("QuantizeLinear", &parts, "q2", vec![]));
        graph.node.push(node(
            "DequantizeLinear",
            &["q2", "scale", "zero"],
            "point",
            vec![],
        ));
    })
}

#[test]
fn quantized_softmax_and_norms() {
    for operator in [
        "Softmax",
        "LogSoftmax",
        "LayerNormalization",
        "RMSNormalization",
    ] {
        let error = refused(&quantized(operator), "metric.onnx", "soft");
        assert_eq!(error.found, format!("a quantized {operator}"));
    }
}

#[test]
fn scale_of_zero() {
    let draft = Draft::good().graph("step.int8", |graph| {
        graph.initializer[1].raw_data[..4].copy_from_slice(&0f32.to_le_bytes());
    });
    refused(&draft, "step.int8.onnx", "scale");
}

#[test]
fn missing_output() {
    let draft = Draft::good().graph("metric", |graph| {
        graph.node[0].output[0] = "elsewhere".into();
    });
    refused(&draft, "metric.onnx", "point");
}

#[test]
fn other_tensor_names() {
    let draft = Draft::good().graph("metric", |graph| {
        graph.node[0].output[0] = "spot".into();
        graph.output[0].name = "spot".into();
    });
    refused(&draft, "metric.onnx", "outputs");
    let draft = Draft::good().graph("probe", |graph| {
        graph.node[0].input[0] = "state".into();
        graph.input[0].name = "state".into();
    });
    refused(&draft, "probe.onnx", "inputs");
}

#[test]
fn other_shapes() {
    let draft = Draft::good().graph("encode", |graph| {
        graph.input[0] = value("image", &[3, 16, 16]);
    });
    refused(&draft, "encode.onnx", "shape of image");
}

/// Puts a node between the metric's latent and its first layer.
fn before(nodes: Vec<pb::NodeProto>, constants: Vec<pb::TensorProto>) -> Draft {
    Draft::good().graph("metric", |graph| {
        graph.node[0].input[0] = "changed".into();
        graph.node.splice(0..0, nodes);
        graph.initializer.extend(constants);
    })
}

#[test]
fn impossible_permutation() {
    for perm in [vec![0, 0], vec![0, 7], vec![], vec![1, 2]] {
        let transpose = node(
            "Transpose",
            &["latent"],
            "changed",
            vec![ints("perm", &perm)],
        );
        refused(&before(vec![transpose], vec![]), "metric.onnx", "perm");
    }
}

#[test]
fn impossible_axis() {
    let softmax = node("Softmax", &["latent"], "changed", vec![int("axis", 99)]);
    refused(&before(vec![softmax], vec![]), "metric.onnx", "axis");
}

#[test]
fn impossible_convolution() {
    for (name, values) in [
        ("pads", vec![1 << 40; 4]),
        ("pads", vec![-1; 4]),
        ("strides", vec![0, 0]),
        ("dilations", vec![0, 0]),
        ("kernel_shape", vec![1 << 40, 1]),
    ] {
        let draft = Draft::good().graph("encode", |graph| {
            graph
                .initializer
                .push(floats("kernel", &[3, 3, 1, 1], &[0.1; 9]));
            let attribute = vec![ints(name, &values)];
            let conv = node("Conv", &["image", "kernel"], "seen", attribute);
            graph.node.insert(0, conv);
            graph.node[1].input[0] = "seen".into();
        });
        refused(&draft, "encode.onnx", name);
    }
}

#[test]
fn impossible_positions() {
    let gather = node("Gather", &["latent", "at"], "changed", vec![int("axis", 1)]);
    let at = integers("at", &[0, 1, 2, 3, 4, -77]);
    refused(&before(vec![gather], vec![at]), "metric.onnx", "at");

    let unsqueeze = node("Unsqueeze", &["latent", "at"], "changed", vec![]);
    refused(
        &before(vec![unsqueeze], vec![integers("at", &[77])]),
        "metric.onnx",
        "at",
    );

    let slice = node(
        "Slice",
        &["latent", "from", "to", "axes", "steps"],
        "changed",
        vec![],
    );
    let constants = [("from", 0), ("to", 6), ("axes", 1), ("steps", 0)];
    let constants = constants.map(|(name, value)| integers(name, &[value]));
    refused(
        &before(vec![slice], constants.to_vec()),
        "metric.onnx",
        "steps",
    );
}

#[test]
fn a_result_of_no_numbers() {
    for operator in ["Softmax", "Relu"] {
        let slice = node("Slice", &["latent", "from", "to", "axes"], "none", vec![]);
        let made = node(operator, &["none"], "still_none", vec![]);
        let join = node(
            "Concat",
            &["latent", "still_none"],
            "changed",
            vec![int("axis", 1)],
        );
        let constants = [("from", 3), ("to", 3), ("axes", 1)];
        let constants = constants.map(|(name, value)| integers(name, &[value]));
        let draft = before(vec![slice, made, join], constants.to_vec());
        let error = refused(&draft, "metric.onnx", "graph");
        assert!(error.found.contains("0 numbers a row"), "{error}");
    }
}

#[test]
fn a_position_that_only_tract_can_judge() {
    let gather = node("Gather", &["latent", "at"], "changed", vec![int("axis", 1)]);
    let at = integers("at", &[0, 1, 2, 3, 4, 6]);
    refused(&before(vec![gather], vec![at]), "metric.onnx", "graph");
}

#[test]
fn path_out_of_the_folder() {
    for name in [
        "../x.onnx",
        "/etc/passwd",
        "sub/x.onnx",
        "..",
        ".",
        "",
        "a\\b",
    ] {
        let draft = Draft::good().set("graphs.metric.file", name);
        refused(&draft, "manifest.toml", "graphs.metric.file");
    }
}

#[test]
fn link_out_of_the_folder() {
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    Draft::good().write(folder.path());
    let file = folder.path().join("metric.onnx");
    let target = elsewhere.path().join("metric.onnx");
    std::fs::rename(&file, &target).unwrap();
    symlink(&target, &file).unwrap();
    let error = refused_in(folder.path(), "metric.onnx", "file");
    assert!(error.found.contains("symbolic link"), "{error}");
}

#[test]
fn linked_manifest() {
    let folder = tempfile::tempdir().unwrap();
    Draft::good().write(folder.path());
    let file = folder.path().join("manifest.toml");
    std::fs::rename(&file, folder.path().join("real.toml")).unwrap();
    symlink("real.toml", &file).unwrap();
    refused_in(folder.path(), "manifest.toml", "file");
}

#[test]
fn pipe() {
    for name in ["metric.onnx", "manifest.toml"] {
        let folder = tempfile::tempdir().unwrap();
        Draft::good().write(folder.path());
        let file = folder.path().join(name);
        std::fs::remove_file(&file).unwrap();
        let path = CString::new(file.as_os_str().as_encoded_bytes()).unwrap();
        let mode = nix::libc::S_IRUSR | nix::libc::S_IWUSR;
        // SAFETY: `path` is a NUL-terminated string that outlives the call.
        assert_eq!(unsafe { nix::libc::mkfifo(path.as_ptr(), mode) }, 0);
        let error = refused_in(folder.path(), name, "file");
        assert!(error.found.contains("pipe"), "{error}");
    }
}

#[test]
fn folder_instead_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    Draft::good().write(folder.path());
    std::fs::remove_file(folder.path().join("probe.onnx")).unwrap();
    std::fs::create_dir(folder.path().join("probe.onnx")).unwrap();
    refused_in(folder.path(), "probe.onnx", "file");
}

#[test]
fn missing_files() {
    for name in [
        "encode.onnx",
        "step.int8.onnx",
        "golden.safetensors",
        "robot.urdf",
    ] {
        let error = refused(&Draft::good().replace(name, None), name, "file");
        assert_eq!(error.found, "no such file");
    }
    let folder = tempfile::tempdir().unwrap();
    refused_in(folder.path(), "manifest.toml", "file");
    refused_in(&folder.path().join("nowhere"), "nowhere", "folder");
}
