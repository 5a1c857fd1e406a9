//! URDF files, good and bad.

use forerun::robot::{MAX_AXES, RobotModel};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn arm() -> RobotModel {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/urdf/arm.urdf");
    RobotModel::load(path.as_ref()).expect("the shipped arm")
}

fn robot(joints: &str) -> String {
    format!(r#"<robot name="r"><link name="a"/><link name="b"/>{joints}</robot>"#)
}

fn joint(kind: &str, inside: &str) -> String {
    format!(
        r#"<joint name="j" type="{kind}"><parent link="a"/><child link="b"/><axis xyz="0 0 1"/>{inside}</joint>"#
    )
}

fn refused(text: &str) -> String {
    RobotModel::from_urdf(text)
        .expect_err("a bad URDF")
        .to_string()
}

#[test]
fn the_shipped_arm_is_what_the_facts_say() {
    let arm = arm();
    assert_eq!(arm.space.names, ["shoulder", "elbow"]);
    assert_eq!(arm.space.units, ["rad/s", "rad/s"]);
    assert_eq!((arm.root(), arm.tip_link()), ("base", "tip"));
    let bounds: Vec<_> = arm
        .space
        .limits
        .axes()
        .iter()
        .map(|axis| (axis.lower, axis.upper))
        .collect();
    assert_eq!(bounds, [(-2.6, 2.6), (-2.4, 2.4)]);
    assert!(
        arm.space
            .limits
            .axes()
            .iter()
            .all(|axis| axis.velocity == 2.0 && axis.acceleration == 20.0)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: RngSeed::Fixed(2), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tip_is_where_the_two_links_put_it(shoulder in -2.6f64..2.6, elbow in -2.4f64..2.4) {
        let tip = arm().tip(&[shoulder, elbow]);
        let both = shoulder + elbow;
        prop_assert!((tip.x - 0.25 * shoulder.cos() - 0.2 * both.cos()).abs() < 1e-12);
        prop_assert!((tip.y - 0.25 * shoulder.sin() - 0.2 * both.sin()).abs() < 1e-12);
    }
}

#[test]
fn an_unknown_link_has_no_pose() {
    assert!(arm().link_pose("nowhere", &[0.0, 0.0]).is_none());
}

#[test]
fn a_prismatic_joint_slides_in_metres() {
    let text = robot(&joint(
        "prismatic",
        r#"<limit lower="0" upper="1" velocity="0.5" effort="1"/>"#,
    ));
    let model = RobotModel::from_urdf(&text).expect("a slide");
    assert_eq!(model.space.units, ["m/s"]);
    assert!((model.tip(&[0.3]).z - 0.3).abs() < 1e-12);
}

#[test]
fn a_continuous_joint_needs_no_position_limits() {
    let text = robot(&joint("continuous", r#"<limit velocity="1" effort="1"/>"#));
    let model = RobotModel::from_urdf(&text).expect("a wheel");
    let axis = model.space.limits.axes()[0];
    assert_eq!((axis.lower, axis.upper), (f64::NEG_INFINITY, f64::INFINITY));
    assert!(axis.acceleration.is_infinite() && axis.jerk.is_infinite());
}

#[test]
fn what_can_not_be_commanded_is_refused_by_joint_and_attribute() {
    let good = r#"<limit lower="-1" upper="1" velocity="1" effort="1"/>"#;
    for (text, parts) in [
        (joint("floating", ""), ["joint j: type", "Floating"]),
        (joint("planar", ""), ["joint j: type", "Planar"]),
        (
            joint("revolute", &format!("{good}<mimic joint=\"k\"/>")),
            ["joint j: mimic joint", "found k"],
        ),
        (
            joint("revolute", good).replace("0 0 1", "0 0 0"),
            ["joint j: axis", "non-zero length"],
        ),
        (
            joint("revolute", good).replace("0 0 1", "inf 0 0"),
            ["joint j: axis", "finite"],
        ),
        (
            joint("revolute", &format!("{good}<origin xyz=\"NaN 0 0\"/>")),
            ["joint j: origin", "finite"],
        ),
        (joint("fixed", ""), ["0 moving joints", "at least one"]),
        (String::new(), ["0 moving joints", "at least one"]),
    ] {
        let message = refused(&robot(&text));
        assert!(
            parts.iter().all(|part| message.contains(part)),
            "{text}: {message}"
        );
    }
}

/// A gripper: the finger `left` slides, `right` follows it as `mimic` says.
fn gripper(mimic: &str) -> String {
    let finger = |name: &str, limit: &str, mimic: &str| {
        format!(
            r#"<joint name="{name}" type="prismatic"><parent link="palm"/><child link="{name}_tip"/>
               <axis xyz="0 1 0"/>{limit}{mimic}</joint><link name="{name}_tip"/>"#
        )
    };
    let left = r#"<limit lower="-0.01" upper="0.04" velocity="0.1" effort="1"/>"#;
    let right = r#"<limit lower="-0.05" upper="0.06" velocity="0.1" effort="1"/>"#;
    // The follower comes first: order in the file means nothing.
    format!(
        r#"<robot name="gripper"><link name="palm"/>{}{}</robot>"#,
        finger("right", right, mimic),
        finger("left", left, "")
    )
}

#[test]
fn a_joint_that_mimics_another_one_follows_and_bounds_it() {
    let text = gripper(r#"<mimic joint="left" multiplier="-2" offset="0.01"/>"#);
    let model = RobotModel::from_urdf(&text).expect("a gripper");
    assert_eq!(model.space.names, ["left"]);
    let limits = model.space.limits.axes()[0];
    // right = 0.01 - 2 left lies in -0.05..0.06, at half the speed at most.
    assert!(
        (limits.lower + 0.01).abs() < 1e-12 && (limits.upper - 0.03).abs() < 1e-12,
        "{limits:?}"
    );
    assert_eq!(limits.velocity, 0.05);
    for left in [-0.01, 0.0, 0.03] {
        let y = |link: &str| {
            model
                .link_pose(link, &[left])
                .expect("a link")
                .translation
                .y
        };
        assert!((y("left_tip") - left).abs() < 1e-12);
        assert!((y("right_tip") - (0.01 - 2.0 * left)).abs() < 1e-12);
    }
}

#[test]
fn what_can_not_be_mimicked_is_refused() {
    for (mimic, parts) in [
        (
            r#"<mimic joint="right"/>"#,
            ["joint right: mimic joint", "commanded itself: left"],
        ),
        (
            r#"<mimic joint="left" multiplier="NaN"/>"#,
            ["joint right: mimic multiplier", "NaN"],
        ),
        (
            r#"<mimic joint="left" offset="inf"/>"#,
            ["joint right: mimic offset", "inf"],
        ),
        (
            r#"<mimic joint="left" offset="1"/>"#,
            ["joint right: limit", "room within"],
        ),
        (
            r#"<mimic joint="left" multiplier="0" offset="1"/>"#,
            ["joint right: limit", "room within"],
        ),
    ] {
        let said = refused(&gripper(mimic));
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
    let standing = gripper(r#"<mimic joint="left" multiplier="0" offset="0.02"/>"#);
    assert!(RobotModel::from_urdf(&standing).is_ok());
}

#[test]
fn more_axes_than_a_command_holds_are_refused() {
    let mut links = String::from(r#"<link name="l0"/>"#);
    for index in 0..=MAX_AXES {
        links.push_str(&format!(
            r#"<link name="l{next}"/><joint name="j{index}" type="continuous"><parent link="l{index}"/>
               <child link="l{next}"/><axis xyz="0 0 1"/><limit velocity="1" effort="1"/></joint>"#,
            next = index + 1
        ));
    }
    assert!(refused(&format!(r#"<robot name="r">{links}</robot>"#)).contains("at most 16"));
}
