//! A differential drive, as a URDF describes it.

use forerun::robot::{ActionKind, RobotModel};

const URDF: &str = include_str!("../../../urdf/rover.urdf");

#[test]
fn commands_are_twists_of_the_body_that_the_wheels_carry() {
    let rover = RobotModel::from_urdf(URDF).expect("the shipped URDF");
    assert_eq!(rover.space.kind, ActionKind::BodyTwist);
    assert_eq!(rover.space.names, ["linear", "angular"]);
    assert_eq!(rover.space.units, ["m/s", "rad/s"]);
    let speeds: Vec<f64> = rover
        .space
        .limits
        .axes()
        .iter()
        .map(|a| a.velocity)
        .collect();
    assert_eq!(speeds, [0.8, 2.5]);
    let drive = rover.drive.as_ref().expect("a drive");
    assert_eq!((drive.separation, drive.radius), (0.22, 0.04));
    assert_eq!(rover.tip_link(), "base_link");
}

#[test]
fn its_links_are_where_the_body_is() {
    let rover = RobotModel::from_urdf(URDF).expect("the shipped URDF");
    let tip = rover.tip(&[1.0, -2.0, 0.5]);
    assert_eq!((tip.x, tip.y, tip.z), (1.0, -2.0, 0.0));
    let quarter = std::f64::consts::FRAC_PI_2;
    let wheel = rover.link_pose("left_wheel_link", &[1.0, -2.0, quarter]);
    let wheel = wheel.expect("a link").translation.vector;
    assert!(
        (wheel.x - 0.89).abs() < 1e-12 && (wheel.y + 2.0).abs() < 1e-12,
        "{wheel}"
    );
}

#[test]
fn what_is_missing_or_wrong_is_refused_by_name() {
    let refused = |from: &str, to: &str| {
        assert!(URDF.contains(from), "{from}");
        RobotModel::from_urdf(&URDF.replace(from, to))
            .expect_err("refused")
            .to_string()
    };
    for (from, to, says) in [
        (
            "<wheel_separation>0.22</wheel_separation>",
            "",
            "wheel_separation: found no such element",
        ),
        (
            "<wheel_radius>0.04<",
            "<wheel_radius>wide<",
            "wheel_radius: found `wide`",
        ),
        (
            "<wheel_radius>0.04<",
            "<wheel_radius>-1<",
            "expected a number from 0.001 to 1000",
        ),
        (
            "<max_linear_velocity>0.8</max_linear_velocity>",
            "",
            "max_linear_velocity",
        ),
        (
            ">left_wheel<",
            ">wheel_l<",
            "joint left_wheel: found a moving joint beside",
        ),
        ("type=\"continuous\"", "type=\"fixed\"", "moving joints"),
    ] {
        let said = refused(from, to);
        assert!(said.contains(says), "{says:?} is not in {said}");
    }
}

#[test]
fn without_the_plugin_wheels_are_joints() {
    let (before, rest) = URDF.split_once("<gazebo>").expect("a plugin");
    let (_, after) = rest.split_once("</gazebo>").expect("its end");
    let robot = RobotModel::from_urdf(&format!("{before}{after}")).expect("a URDF");
    assert_eq!(robot.space.kind, ActionKind::JointVelocity);
    assert_eq!(robot.space.names, ["left_wheel", "right_wheel"]);
}
