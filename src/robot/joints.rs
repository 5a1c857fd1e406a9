//! What a URDF's joints say: limits and frames.

use nalgebra::{Isometry3, Translation3, Unit, UnitQuaternion, Vector3};
use urdf_rs::{Joint, JointType};

use super::AxisLimits;
use super::error::Fault;
use super::mimic::Follower;

/// A joint in the kinematic tree, parents before children.
#[derive(Clone, Debug)]
pub(super) struct JointFrame {
    pub(super) name: String,
    pub(super) parent: String,
    pub(super) child: String,
    pub(super) origin: Isometry3<f64>,
    pub(super) axis: Unit<Vector3<f64>>,
    pub(super) motion: Motion,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Motion {
    Fixed,
    Turn(Follower),
    Slide(Follower),
}

/// Largest position `[rad or m]`, speed, acceleration and jerk that a robot is believed to have, and the
/// smallest bound: beyond them there is a typing error or an attack, and arithmetic that overflows.
pub(super) const FARTHEST: f64 = 1e4;
const FASTEST: f64 = 1e4;
const STRONGEST: f64 = 1e6;
const JERKIEST: f64 = 1e9;
const SMALLEST: f64 = 1e-6;

/// The bounds of a moving joint, each in a range that can be computed with.
pub(super) fn axis_limits(joint: &Joint) -> Result<AxisLimits, Fault> {
    let limit = &joint.limit;
    let refuse = |attribute: &str, found: String, expected: String| {
        Err(Fault::new(
            format!("joint {}: limit {attribute}", joint.name),
            found,
            expected,
            "write the real joint's",
        ))
    };
    if !(SMALLEST..=FASTEST).contains(&limit.velocity) {
        let expected = format!("{SMALLEST:?} to {FASTEST:?} rad/s or m/s");
        return refuse("velocity", format!("{:?}", limit.velocity), expected);
    }
    let (lower, upper) = if joint.joint_type == JointType::Continuous {
        (f64::NEG_INFINITY, f64::INFINITY)
    } else {
        for (attribute, value) in [("lower", limit.lower), ("upper", limit.upper)] {
            if !(-FARTHEST..=FARTHEST).contains(&value) {
                let expected = format!("{:?} to {FARTHEST:?} rad or m", -FARTHEST);
                return refuse(attribute, format!("{value:?}"), expected);
            }
        }
        (limit.lower, limit.upper)
    };
    if lower >= upper {
        return refuse(
            "lower and upper",
            format!("{lower:?} and {upper:?}"),
            "upper above lower".to_owned(),
        );
    }
    for (attribute, value, most) in [
        ("acceleration", limit.acceleration, STRONGEST),
        ("deceleration", limit.deceleration, STRONGEST),
        ("jerk", limit.jerk, JERKIEST),
    ] {
        if value != f64::INFINITY && !(SMALLEST..=most).contains(&value) {
            let expected = format!("{SMALLEST:?} to {most:?}, or no attribute");
            return refuse(attribute, format!("{value:?}"), expected);
        }
    }
    Ok(AxisLimits {
        lower,
        upper,
        velocity: limit.velocity,
        acceleration: limit.acceleration,
        deceleration: limit.deceleration,
        jerk: limit.jerk,
    })
}

/// Where a joint sits and how it moves.
pub(super) fn frame(joint: &Joint, motion: Motion) -> Result<JointFrame, Fault> {
    let [x, y, z] = joint.origin.xyz.0;
    let [roll, pitch, yaw] = joint.origin.rpy.0;
    let refuse = |field: &str, found: String, expected: &str| {
        Fault::new(
            format!("joint {}: {field}", joint.name),
            found,
            expected,
            "write the real joint's",
        )
    };
    if ![x, y, z, roll, pitch, yaw]
        .iter()
        .all(|value| value.abs() <= FARTHEST)
    {
        return Err(refuse(
            "origin",
            format!("xyz {:?} rpy {:?}", joint.origin.xyz.0, joint.origin.rpy.0),
            &format!("finite numbers, none beyond {FARTHEST:?} m or rad"),
        ));
    }
    let axis = Vector3::from(joint.axis.xyz.0);
    let usable = axis.iter().all(|value| value.abs() <= FARTHEST);
    let axis = Unit::try_new(axis, 1e-9)
        .filter(|_| usable)
        .or(matches!(motion, Motion::Fixed).then(Vector3::x_axis));
    let axis = axis.ok_or_else(|| {
        refuse(
            "axis",
            format!("{:?}", joint.axis.xyz.0),
            "a finite vector of non-zero length",
        )
    })?;
    let origin = Isometry3::from_parts(
        Translation3::new(x, y, z),
        UnitQuaternion::from_euler_angles(roll, pitch, yaw),
    );
    Ok(JointFrame {
        name: joint.name.clone(),
        parent: joint.parent.link.clone(),
        child: joint.child.link.clone(),
        origin,
        axis,
        motion,
    })
}

/// How a joint moves, where it is as `follower` says.
pub(super) fn motion(joint: &Joint, follower: Follower) -> Result<Motion, Fault> {
    match joint.joint_type {
        JointType::Fixed => Ok(Motion::Fixed),
        JointType::Revolute | JointType::Continuous => Ok(Motion::Turn(follower)),
        JointType::Prismatic => Ok(Motion::Slide(follower)),
        JointType::Floating | JointType::Planar | JointType::Spherical => Err(Fault::new(
            format!("joint {}: type", joint.name),
            format!("{:?}", joint.joint_type),
            "revolute, continuous, prismatic or fixed: one number can't command several degrees of freedom",
            "describe it by several joints",
        )),
    }
}
