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
            ["joint j: mimic", "mimics joint k"],
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
