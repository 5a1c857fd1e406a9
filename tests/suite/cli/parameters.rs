//! Mirrors `src/cli/parameters.rs`: one set of records, read by every verb, set from outside.

use std::path::Path;
use std::sync::Arc;

use forerun::cli::{Lab, Reader, markdown, schema};
use forerun::config::{Default, Parameters, Record};
use forerun::embedded::{Embodiment, ExplorerParameters, Kind};
use forerun::runtime::ThinkerConfig;
use forerun::world_model::Precisions;

use super::{forerun, refuses};

const READERS: [Reader; 7] = [
    Reader::Run,
    Reader::Eval,
    Reader::Collect,
    Reader::Node,
    Reader::Check,
    Reader::Robot,
    Reader::Picture,
];

fn defaults(reader: Reader, robot: Kind) -> Parameters {
    reader.defaults(robot).expect("sound records")
}

/// Every reader with every robot.
fn all() -> impl Iterator<Item = (Reader, Kind)> {
    let robots = |reader| Kind::ALL.map(|robot| (reader, robot));
    READERS.into_iter().flat_map(robots)
}

/// An allowed value other than the default.
fn another(record: &Record) -> String {
    match (record.default, record.range) {
        (Default::Bool(value), _) => (!value).to_string(),
        (Default::Text(value), _) => {
            let mut choices = record.choices.iter();
            (*choices.find(|choice| **choice != value).unwrap_or(&"none")).to_owned()
        }
        (Default::Integer(value), Some((low, high))) => {
            let (low, high) = (low as i64, high as i64);
            // So few model steps allow no plan to the default horizon.
            let taken = value == low || record.name == "planner.model_steps";
            (if taken { high } else { low }).to_string()
        }
        (Default::Double(value), Some((low, high))) => {
            (if value == low { high } else { low }).to_string()
        }
        (_, None) => panic!("{}: a number without a range", record.name),
    }
}

fn changed(reader: Reader, robot: Kind, record: &Record) -> Parameters {
    let text = format!("{}={}", record.name, another(record));
    let set = defaults(reader, robot).with_overrides("test", &[text]);
    set.expect("an allowed value")
}

#[test]
fn every_record_is_complete_and_read_by_somebody() {
    let readers: Vec<Parameters> = all()
        .map(|(reader, robot)| defaults(reader, robot))
        .collect();
    for record in schema().expect("sound records").records() {
        let name = record.name;
        assert!(!record.description.is_empty(), "{name}");
        let numeric = record.range.is_some() && !name.ends_with("seed");
        assert_eq!(!record.too_low.is_empty(), numeric, "{name}: too low");
        assert_eq!(!record.too_high.is_empty(), numeric, "{name}: too high");
        let read = readers.iter().any(|reader| reader.get(name).is_some());
        assert!(read, "{name}: no verb reads it");
    }
}

#[test]
fn every_parameter_of_the_line_and_the_robots_takes_effect() {
    for robot in Kind::ALL {
        let lab = |parameters: &Parameters| {
            let lab = lab(robot).configured(parameters);
            let lab = lab.expect("parameters of the line");
            let precisions = Precisions::from_parameters(parameters).expect("the model's");
            (lab.config, lab.embodiment, lab.priority, precisions)
        };
        let before = defaults(Reader::Eval, robot);
        for (record, _) in before.iter().filter(|entry| entry.0.name != "autostart") {
            let after = lab(&changed(Reader::Eval, robot, record));
            assert!(after != lab(&before), "{} changes nothing", record.name);
        }
    }
}

/// A lab of `robot` with a model that is never asked anything.
fn lab(robot: Kind) -> Lab {
    Lab::with_model(robot, Arc::new(crate::arm::model())).expect("the URDF")
}

#[test]
fn every_parameter_of_collect_takes_effect() {
    for robot in Kind::ALL {
        let read = |parameters: &Parameters| {
            let body = Embodiment::from_parameters(robot, parameters).expect("the robot's");
            let explorer = ExplorerParameters::from_parameters(parameters).expect("the explorer's");
            (body, explorer)
        };
        let before = defaults(Reader::Collect, robot);
        for (record, _) in before.iter() {
            let after = read(&changed(Reader::Collect, robot, record));
            assert!(after != read(&before), "{} changes nothing", record.name);
        }
    }
}

#[test]
fn the_records_defaults_are_the_labs_defaults() {
    let mut config = lab(Kind::Arm).config;
    // The records list every weight, the default none: rooms.rs compares them one by one.
    config.cost.weights.clear();
    assert_eq!(config, ThinkerConfig::default());
    for robot in Kind::ALL {
        let lab = lab(robot);
        assert_eq!(
            (lab.embodiment, lab.priority),
            (robot.embodiment(), Some(80))
        );
    }
    let explorer = ExplorerParameters::from_parameters(&defaults(Reader::Collect, Kind::Arm));
    assert_eq!(explorer, Ok(ExplorerParameters::default()));
}

#[test]
fn the_readmes_table_is_the_records() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(path).expect("the README");
    let (_, rest) = text.split_once("<!-- parameters -->\n").expect("a marker");
    let (table, _) = rest.split_once("<!-- /parameters -->").expect("its end");
    let records = markdown().expect("sound records");
    assert!(
        table.trim() == records.trim(),
        "README.md has another table than the records; replace it by what `forerun params --markdown` prints"
    );
}

#[test]
fn the_launch_files_parameters_are_those_of_robot_and_node() {
    for robot in Kind::ALL {
        let file = format!("config/{}.yaml", robot.name());
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        for reader in [Reader::Node, Reader::Robot] {
            let parameters = defaults(reader, robot).with_yaml_file(&file, reader.node(robot));
            let parameters = parameters.expect("a good file");
            assert_eq!(parameters.text("dds_profile"), Ok("auto"));
        }
    }
}

fn printed(arguments: &[&str]) -> String {
    let output = forerun(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_printed_file_can_be_given_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("params.yaml");
    let path = file.to_string_lossy().into_owned();
    for verb in ["run", "eval", "collect", "node", "check", "robot"] {
        for robot in Kind::ALL.map(Kind::name) {
            let text = printed(&["params", verb, robot]);
            std::fs::write(&file, &text).expect("a file");
            let arguments = ["params", verb, robot, "--params-file", &path];
            assert_eq!(text, printed(&arguments));
        }
    }
    assert!(printed(&["params", "run"]).contains("time_limit: 15.0"));
    assert!(printed(&["params", "node"]).contains("time_limit: 0.0"));
}

#[test]
fn set_wins_over_files_and_later_files_over_earlier_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("forerun:\n  ros__parameters: {text}\n")).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let first = file("1.yaml", "{planner: {knots: 4, horizon: 5, seed: 6}}");
    // What the robot reads may stand in the same file.
    let second = file(
        "2.yaml",
        "{planner.horizon: 7, planner.seed: 8, explore.pauses: 1}",
    );
    let text = printed(&[
        "params",
        "--set",
        "planner.seed=9",
        "--params-file",
        &first,
        "--params-file",
        &second,
    ]);
    for line in ["knots: 4\n", "horizon: 7\n", "seed: 9\n"] {
        assert!(text.contains(line), "{line:?} is not in {text}");
    }
}

#[test]
fn a_wrong_parameter_is_a_usage_error_that_says_what_to_do() {
    for (verb, set, says) in [
        (
            "run",
            "planner.candidatse=9",
            "did you mean planner.candidates?",
        ),
        ("run", "candidates=9", "did you mean planner.candidates?"),
        (
            "eval",
            "arm.camera_rate=0",
            "found 0, expected 0.1 to 200 Hz: stops: stale image",
        ),
        (
            "eval",
            "planner.knots=two",
            "planner.knots: found \"two\", expected a whole number",
        ),
        (
            "eval",
            "planner.method=magic",
            "expected one of predictive_sampling",
        ),
        ("eval", "planner.knots", "expected NAME=VALUE"),
        (
            "collect",
            "planner.knots=3",
            "planner.knots: nothing here reads it",
        ),
        (
            "params",
            "cost.stop=-1",
            "found -1, expected 0 to 1000: swings through the goal",
        ),
    ] {
        let robot = if verb == "params" { "run" } else { "arm" };
        refuses(&[verb, robot, "--set", set], 2, says);
    }
    refuses(&["run", "--params-file", "nowhere.yaml"], 2, "nowhere.yaml");
    refuses(&["collect", "--size", "64"], 2, "expected WIDTHxHEIGHT");
    refuses(
        &["collect", "--size", "64x8"],
        2,
        "arm.image_height: found 8, expected 16 to 4096 px",
    );
}

#[test]
fn every_violation_is_said_at_once() {
    let output = forerun(&["run", "--set", "planner.knots=1", "--set", "no.such=1"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("planner.knots") && text.contains("no.such"),
        "{text}"
    );
}

#[test]
fn a_picture_has_the_size_that_was_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("goal.png");
    let path = file.to_string_lossy().into_owned();
    let sizes = [
        (&["--set", "arm.image_width=96"][..], (96, 64)),
        (&["--size", "80x60"][..], (80, 60)),
    ];
    for (options, size) in sizes {
        printed(
            &[
                &["robot", "arm", "--picture", "0.5,-0.9", &path][..],
                options,
            ]
            .concat(),
        );
        let picture = image::open(&file).expect("a picture");
        assert_eq!((picture.width(), picture.height()), size);
    }
}
