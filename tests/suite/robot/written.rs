//! Limits count as they are written, in every version of the format; what isn't written is no bound.

use forerun::robot::{RobotError, RobotModel};

fn read(version: &str, kind: &str, limit: &str) -> Result<RobotModel, RobotError> {
    let version = if version.is_empty() {
        String::new()
    } else {
        format!("version=\"{version}\"")
    };
    RobotModel::from_urdf(&format!(
        "<robot name=\"r\" {version}><link name=\"a\"/><link name=\"b\"/><joint name=\"j\" type=\"{kind}\">
         <parent link=\"a\"/><child link=\"b\"/><axis xyz=\"0 0 1\"/>{limit}</joint></robot>"
    ))
}

fn refused(version: &str, kind: &str, limit: &str, field: &str) -> RobotError {
    let error = read(version, kind, limit).expect_err("a bad limit");
    assert_eq!(error.field, field, "{version} {kind} {limit}: {error}");
    error
}

#[test]
fn a_missing_limit_is_refused_by_joint_and_attribute_in_every_version() {
    for version in ["", "1.0", "1.1", "1.2", "1.10"] {
        for kind in ["revolute", "prismatic"] {
            for (limit, attribute) in [
                ("", "lower"),
                ("<limit velocity=\"1\" effort=\"1\"/>", "lower"),
                ("<limit upper=\"1\" velocity=\"1\" effort=\"1\"/>", "lower"),
                ("<limit lower=\"-1\" velocity=\"1\" effort=\"1\"/>", "upper"),
                ("<limit lower=\"-1\" upper=\"1\" effort=\"1\"/>", "velocity"),
            ] {
                refused(version, kind, limit, &format!("joint j: limit {attribute}"));
            }
            let whole = "<limit lower=\"-1\" upper=\"1\" velocity=\"1\"/>";
            assert!(read(version, kind, whole).is_ok(), "{version} {kind}");
        }
        refused(version, "continuous", "", "joint j: limit velocity");
        refused(
            version,
            "continuous",
            "<limit effort=\"1\"/>",
            "joint j: limit velocity",
        );
        assert!(read(version, "continuous", "<limit velocity=\"1\"/>").is_ok());
    }
}

#[test]
fn a_limit_that_the_version_ignores_is_found_however_it_is_written() {
    for attribute in ["acceleration", "deceleration", "jerk"] {
        for space in [" ", "\n", "\t", "\r\n\t "] {
            let limit = format!(
                "<limit lower=\"-1\" upper=\"1\" velocity=\"1\"{space}{attribute}{space}={space}'5'/>"
            );
            for version in ["", "1.0", "1.1"] {
                refused(
                    version,
                    "revolute",
                    &limit,
                    &format!("joint j: limit {attribute}"),
                );
            }
            assert!(read("1.2", "revolute", &limit).is_ok(), "{limit}");
        }
        let comment = format!(
            "<!-- <limit {attribute}=\"1\"/> -- --><limit lower=\"-1\" upper=\"1\" velocity=\"1\"/>"
        );
        assert!(read("1.0", "revolute", &comment).is_ok());
    }
}

#[test]
fn absurd_and_unreadable_limits_are_refused_by_joint_and_attribute() {
    for (attribute, values) in [
        (
            "velocity",
            &["1e308", "1e-300", "0", "-1", "inf", "NaN", "fast", ""][..],
        ),
        ("lower", &["-1e308", "-inf", "NaN", "x"]),
        ("upper", &["1e308", "inf", "NaN", "x"]),
        ("acceleration", &["1e308", "1e-300", "0", "-1", "NaN", "x"]),
        ("jerk", &["1e308", "0", "NaN", "x"]),
    ] {
        for value in values {
            let mut limit = String::from("<limit");
            for (name, good) in [("lower", "-1"), ("upper", "1"), ("velocity", "1")] {
                if name != attribute {
                    limit.push_str(&format!(" {name}=\"{good}\""));
                }
            }
            limit.push_str(&format!(" {attribute}=\"{value}\"/>"));
            let error = read("1.2", "revolute", &limit)
                .expect_err("absurd")
                .to_string();
            let joint = error.contains("joint j") || error.contains("joint [j]");
            assert!(joint && error.contains(attribute), "{limit}: {error}");
            assert!(error.len() < 300, "{error}");
        }
    }
    let swapped = "<limit lower=\"1\" upper=\"-1\" velocity=\"1\"/>";
    refused("1.0", "revolute", swapped, "joint j: limit lower and upper");
}

#[test]
fn two_limits_and_a_version_that_is_none_are_refused() {
    let limit = "<limit lower=\"-1\" upper=\"1\" velocity=\"1\"/>";
    refused("1.0", "revolute", &limit.repeat(2), "joint j: limit");
    for version in ["2", "1.2.0", "new", " "] {
        refused(version, "revolute", limit, "robot version");
    }
}
