//! Manifests that don't say what they should.

use super::package::{Draft, refused};
use toml::Value;

const FILE: &str = "manifest.toml";

#[test]
fn unknown_keys_get_a_suggestion() {
    for (key, known) in [
        ("sucess", "success"),
        ("model.perid", "period"),
        ("robot.velocities", "velocity"),
        ("graphs.metric.from", "form"),
        ("inputs.at_goal.velocty", "velocity"),
    ] {
        let error = refused(
            &Draft::good().set(key, 1),
            FILE,
            key.rsplit('.').next().unwrap(),
        );
        assert!(error.remedy.contains(&format!("`{known}`")), "{error}");
        assert!(error.found.contains("line"), "{error}");
    }
}

#[test]
fn missing_keys_are_named() {
    let mut draft = Draft::good();
    draft.manifest["model"]
        .as_table_mut()
        .unwrap()
        .remove("reached");
    let error = refused(&draft, FILE, "reached");
    assert_eq!(error.found, "nothing");
}

#[test]
fn text_that_is_not_toml() {
    let folder = tempfile::tempdir().unwrap();
    Draft::good().write(folder.path());
    std::fs::write(folder.path().join(FILE), "format = 1\nname = [").unwrap();
    super::package::refused_in(folder.path(), FILE, "line 2");
    std::fs::write(folder.path().join(FILE), [0xff, 0xfe]).unwrap();
    super::package::refused_in(folder.path(), FILE, "text");
}

#[test]
fn wrong_types_are_refused() {
    refused(&Draft::good().set("model.period", "soon"), FILE, "line");
    refused(
        &Draft::good().set("robot.action_kind", "telepathy"),
        FILE,
        "line",
    );
}

#[test]
fn values_out_of_range_are_named() {
    let cases: Vec<(&str, Value)> = vec![
        ("format", 2.into()),
        ("name", "../arm".into()),
        ("name", "".into()),
        ("model.period", 0.0.into()),
        ("model.period", f64::NAN.into()),
        ("model.period", f64::INFINITY.into()),
        ("model.context", 0.into()),
        ("model.action_block", 1_000_000.into()),
        ("model.latent", 0.into()),
        ("model.latent", (1i64 << 40).into()),
        ("model.delay", (-0.1).into()),
        ("model.delay", f64::NAN.into()),
        ("model.reached", f64::NAN.into()),
        ("model.reached", f64::INFINITY.into()),
        ("model.reached", 0.0.into()),
        ("model.surprise", f64::NAN.into()),
        ("image.width", 0.into()),
        ("image.height", 100_000.into()),
        ("image.encoding", "bgr".into()),
        ("image.crop", "stretch".into()),
        ("inputs.at_goal.velocity", "half".into()),
        ("graphs.metric.sha256", "abc".into()),
        ("graphs.probe.error", f64::NAN.into()),
        ("golden.tolerance_f32", f64::INFINITY.into()),
        ("golden.tolerance_int8", 0.0.into()),
    ];
    for (path, value) in cases {
        refused(&Draft::good().set(path, value), FILE, path);
    }
}

#[test]
fn lengths_must_agree() {
    let one = || Value::from(vec![1.0]);
    for path in [
        "robot.velocity",
        "robot.acceleration",
        "robot.position_lower",
    ] {
        refused(&Draft::good().set(path, one()), FILE, path);
    }
    refused(
        &Draft::good().set("robot.units", vec!["rad/s"]),
        FILE,
        "robot.units",
    );
    refused(
        &Draft::good().set("robot.axes", vec!["a", "a"]),
        FILE,
        "robot.axes",
    );
    let many: Vec<String> = (0..17).map(|i| format!("j{i}")).collect();
    refused(&Draft::good().set("robot.axes", many), FILE, "robot.axes");
}

#[test]
fn bounds_must_be_bounds() {
    let upper = vec![-3.0, 2.4];
    refused(
        &Draft::good().set("robot.position_upper", upper),
        FILE,
        "robot.position",
    );
    let speed = vec![2.0, f64::NAN];
    refused(
        &Draft::good().set("robot.velocity", speed),
        FILE,
        "robot.velocity",
    );
    refused(
        &Draft::good().set("robot.action_kind", "body_twist"),
        FILE,
        "robot.position",
    );
}

#[test]
fn parts_lie_inside_the_latent() {
    for (start, len) in [(5, 2), (0, 0), (i64::MAX, 1)] {
        let part = toml::Table::from_iter([
            ("name".to_owned(), Value::from("z")),
            ("start".to_owned(), start.into()),
            ("len".to_owned(), len.into()),
        ]);
        let draft = Draft::good().set("model.parts", vec![Value::Table(part)]);
        refused(&draft, FILE, "model.parts");
    }
}

#[test]
fn probe_outputs_must_join() {
    let output = |name: &str, kind: &str| {
        Value::Table(toml::Table::from_iter([
            ("name".to_owned(), Value::from(name)),
            ("kind".to_owned(), kind.into()),
            ("unit".to_owned(), "rad".into()),
        ]))
    };
    for outputs in [
        vec![output("a", "sin")],
        vec![output("a", "sin"), output("a", "sin")],
        vec![output("a", "value"), output("a", "value")],
        vec![output("a", "sin"), output("a", "cos"), output("a", "value")],
        vec![],
    ] {
        let draft = Draft::good().set("graphs.probe.outputs", outputs);
        refused(&draft, FILE, "graphs.probe.outputs");
    }
    let tip = vec!["tip_x", "shoulder"];
    refused(
        &Draft::good().set("graphs.probe.tip", tip),
        FILE,
        "graphs.probe.tip",
    );
}

#[test]
fn a_success_rate_lies_in_its_interval() {
    let draft = Draft::good()
        .set("success.rate", 0.5)
        .set("success.n", 10)
        .set("success.ci95", vec![0.6, 0.9])
        .set("success.command", "none");
    refused(&draft, FILE, "success");
}

#[test]
fn stacked_frames_that_the_encoder_has_no_channels_for_are_refused() {
    let draft = Draft::good().set("model.stacked_frames", 2);
    let error = refused(&draft, "encode.onnx", "image");
    assert!(error.expected.contains('6'), "{error}");
}
