//! Joint positions for a point: found where there are some, the closest where there are none.

use forerun::robot::RobotModel;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A tip on a chain of joints `(kind, axis, lower, upper)`, links of 0.3 m along x.
fn chain(joints: &[(&str, &str, f64, f64)]) -> RobotModel {
    let mut text = r#"<robot name="r"><link name="l0"/>"#.to_owned();
    for (index, (kind, axis, lower, upper)) in joints.iter().enumerate() {
        let (next, along) = (index + 1, if index == 0 { 0.0 } else { 0.3 });
        text += &format!(
            r#"<link name="l{next}"/><joint name="j{index}" type="{kind}"><parent link="l{index}"/><child link="l{next}"/>
            <origin xyz="{along} 0 0"/><axis xyz="{axis}"/><limit lower="{lower}" upper="{upper}" velocity="2" effort="1"/></joint>"#
        );
    }
    let last = joints.len();
    text += &format!(
        r#"<link name="tip"/><joint name="end" type="fixed"><parent link="l{last}"/><child link="tip"/>
        <origin xyz="0.3 0 0"/></joint></robot>"#
    );
    RobotModel::from_urdf(&text).expect("a chain")
}

fn arms() -> [RobotModel; 3] {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/urdf/arm.urdf");
    [
        RobotModel::load(path.as_ref()).expect("the shipped arm"),
        // Six joints in space, one of them without limits.
        chain(&[
            ("continuous", "0 0 1", 0.0, 0.0),
            ("revolute", "0 1 0", -2.0, 1.5),
            ("revolute", "0 1 0", -2.5, 2.5),
            ("revolute", "1 0 0", -3.0, 3.0),
            ("revolute", "0 1 0", -2.0, 2.0),
            ("revolute", "0 0 1", -1.0, 1.0),
        ]),
        // A slide, and a joint on it.
        chain(&[
            ("prismatic", "0 1 0", -0.4, 0.9),
            ("revolute", "0 0 1", -1.2, 2.8),
        ]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, rng_seed: RngSeed::Fixed(23), ..ProptestConfig::default() })]

    #[test]
    fn a_point_where_the_tip_can_be_is_reached(parts in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64), 6)) {
        for arm in arms() {
            let axes = arm.space.limits.axes();
            let within = |parts: Vec<f64>| -> Vec<f64> {
                let place = |(part, axis): (f64, &forerun::robot::AxisLimits)| {
                    let (lower, upper) = (axis.lower.max(-3.0), axis.upper.min(3.0));
                    lower + part * (upper - lower)
                };
                parts.into_iter().zip(axes).map(place).collect()
            };
            let here = within(parts.iter().map(|pair| pair.0).collect());
            let there = within(parts.iter().map(|pair| pair.1).collect());
            let point = arm.tip(&there);
            let reach = arm.reach(&[point.x, point.y, point.z], &here, &arm.space.limits);
            prop_assert!(reach.error < 1e-4, "{}: {reach:?} for {there:?} from {here:?}", arm.name);
            prop_assert!((arm.tip(&reach.position) - point).norm() < 1e-4);
            for (position, axis) in reach.position.iter().zip(axes) {
                prop_assert!((axis.lower..=axis.upper).contains(position), "{reach:?}");
            }
            prop_assert_eq!(reach, arm.reach(&[point.x, point.y, point.z], &here, &arm.space.limits));
        }
    }
}

#[test]
fn of_two_elbows_the_closer_one_is_taken() {
    let [arm, ..] = arms();
    for elbow in [1.2, -1.2] {
        let there = [0.3, elbow];
        let point = arm.tip(&there);
        let reach = arm.reach(&[point.x, point.y], &[0.2, elbow], &arm.space.limits);
        for (found, wanted) in reach.position.iter().zip(there) {
            assert!((found - wanted).abs() < 1e-3, "{reach:?}");
        }
    }
}

#[test]
fn what_is_out_of_reach_is_missed_by_as_much_as_it_must_be() {
    let [arm, ..] = arms();
    let stretched = arm.tip(&[0.5, 0.0]);
    let point = stretched * 1.5;
    let reach = arm.reach(&[point.x, point.y], &[0.0, 1.0], &arm.space.limits);
    let must = (point.x - stretched.x).hypot(point.y - stretched.y);
    assert!((reach.error - must).abs() < 1e-3, "{reach:?}, must {must}");
    for point in [[f64::NAN, 0.0], [f64::INFINITY, 0.0]] {
        let reach = arm.reach(&point, &[0.0, 1.0], &arm.space.limits);
        assert!(
            !reach.error.is_finite() && reach.position.is_finite(),
            "{reach:?}"
        );
    }
}

#[test]
fn a_position_that_is_not_measured_is_no_reason_to_panic() {
    for arm in arms() {
        let nowhere = vec![f64::NAN; arm.space.len()];
        let point = arm.tip(&vec![0.2; arm.space.len()]);
        let reach = arm.reach(&[point.x, point.y, point.z], &nowhere, &arm.space.limits);
        assert!(reach.error < 1e-4, "{reach:?}");
    }
}
