//! `forerun bench step`: peers in a process of their own, verdicts, and what it says when something is missing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use super::forerun;

/// A folder with the tiny MLP, files of onnxruntime's int8 forms, and a Python that answers as `script` says.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reference");
        let networks = folder.path().join("networks");
        fs::create_dir(&networks).expect("made");
        fs::copy(data.join("mlp.onnx"), networks.join("mlp.onnx")).expect("copied");
        let index = r#"{"networks": [{"name": "mlp", "kind": "step", "parameters": 1160, "multiply_accumulates": 1008}]}"#;
        fs::write(networks.join("index.json"), index).expect("written");
        for form in ["dynamic", "static"] {
            fs::write(networks.join(format!("mlp.{form}.onnx")), "").expect("written");
        }
        let python = folder.path().join("peers/bin/python");
        fs::create_dir_all(python.parent().expect("a parent")).expect("made");
        fs::write(&python, format!("#!/bin/sh\n{script}")).expect("written");
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("executable");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bench(&self, more: &[&str]) -> Output {
        let (networks, peers) = (self.path("networks"), self.path("peers"));
        let mut arguments = vec!["bench", "step", "--rounds", "1", "--only", "mlp"];
        arguments.extend(["--networks", networks.to_str().expect("UTF-8")]);
        arguments.extend(["--peers", peers.to_str().expect("UTF-8")]);
        arguments.extend(more);
        forerun(&arguments)
    }
}

/// Answers every request; a run takes `us`. The third peer, onnxruntime's static form, is refused; f32 is, too,
/// so that results are compared with tract's.
fn answering(us: &str) -> String {
    format!(
        r#"while read -r line; do
  case "$line" in
    *versions*) echo '{{"onnxruntime": "9.9", "torch": null, "call_us": 3.5}}' ;;
    *load*mlp.static.onnx*) echo '{{"error": "RuntimeError: no such operator"}}' ;;
    *load*mlp.dynamic.onnx*) echo '{{"loaded": true}}' ;;
    *load*) echo '{{"error": "not that one"}}' ;;
    *output*) echo '{{"output": [{zeros}]}}' ;;
    *time*) echo '{{"us": {us}, "runs": 1}}' ;;
    *) echo '{{"dropped": true}}' ;;
  esac
done
"#,
        zeros = ["0.5"; 24].join(", ")
    )
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_faster_one_is_ahead() {
    for (us, verdict) in [("1e9", "ahead"), ("1e-3", "behind")] {
        let report = json(&Stage::new(&answering(us)).bench(&["--json"]));
        assert_eq!(report["peers"]["onnxruntime"], "9.9");
        let network = &report["networks"][0];
        let refused = network["refused"].as_array().expect("refused ones");
        assert!(refused.iter().any(|why| {
            let why = why.as_str().expect("text");
            why.starts_with("onnxruntime static: ") && why.contains("no such operator")
        }));
        let lines = network["lines"].as_array().expect("lines");
        let rows: Vec<_> = lines.iter().map(|line| line["rows"].clone()).collect();
        assert_eq!(rows, [1, 32, 128, 512]);
        for line in lines {
            assert_eq!(line["int8"]["against"], "onnxruntime dynamic");
            assert_eq!(line["int8"]["verdict"], verdict);
            assert_eq!(line["f32"], Value::Null);
            assert!(line["of_peak"].as_f64().expect("a share") > 0.0);
        }
    }
}

#[test]
fn without_peers_or_networks_it_says_how_to_get_them() {
    let stage = Stage::new("");
    fs::remove_dir_all(stage.path("peers")).expect("removed");
    let output = stage.bench(&["--kernel", "scalar"]);
    let text_without = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text_without}");
    assert!(
        text_without.contains("tests/peers/install"),
        "{text_without}"
    );
    assert!(text_without.contains("kernel scalar"), "{text_without}");
    fs::remove_dir_all(stage.path("networks")).expect("removed");
    let output = stage.bench(&[]);
    assert!(
        text(&output).contains("models/reference/make"),
        "{output:?}"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_is_wrong_is_named() {
    let refused = |output: Output, status: i32, says: &str| {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{text}");
        assert!(text.contains(says), "{text}");
    };
    refused(Stage::new("exit 3").bench(&[]), 1, "the server ended early");
    refused(
        Stage::new("echo nonsense; sleep 1").bench(&[]),
        1,
        "nonsense",
    );
    let stage = Stage::new(&answering("0"));
    refused(stage.bench(&[]), 1, "took 0 us");
    refused(
        stage.bench(&["--kernel", "scaler"]),
        2,
        "did you mean scalar?",
    );
    fs::write(stage.path("networks/index.json"), "{").expect("written");
    refused(stage.bench(&[]), 1, "index.json");
    let index = r#"{"networks": [{"name": "../mlp", "kind": "step", "parameters": 1, "multiply_accumulates": 1}]}"#;
    fs::write(stage.path("networks/index.json"), index).expect("written");
    refused(stage.bench(&[]), 1, "is no network's name");
}

#[test]
fn an_unknown_network_gets_the_nearest_known_one() {
    let stage = Stage::new(&answering("1"));
    let networks = stage.path("networks");
    let output = forerun(&[
        "bench",
        "step",
        "--only",
        "mpl",
        "--networks",
        networks.to_str().expect("UTF-8"),
        "--peers",
        "none",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean mlp?"));
}
