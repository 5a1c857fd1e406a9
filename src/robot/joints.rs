//! What a URDF's joints say: limits, frames and the tree they make.

use nalgebra::{Isometry3, Translation3, Unit, UnitQuaternion, Vector3};
use urdf_rs::{Joint, JointType};

use super::AxisLimits;

/// A joint in the kinematic tree, parents before children.
#[derive(Clone, Debug)]
pub(super) struct JointFrame {
    pub(super) parent: String,
    pub(super) child: String,
    pub(super) origin: Isometry3<f64>,
    pub(super) axis: Unit<Vector3<f64>>,
    pub(super) motion: Motion,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Motion {
    Fixed,
    Turn(usize),
    Slide(usize),
}

/// Refuses acceleration, deceleration and jerk limits in a URDF before version 1.2: the format ignores them
/// there, and a bound that somebody wrote must not be dropped in silence.
pub(super) fn refuse_ignored_limits(text: &str, version: Option<&str>) -> Result<(), String> {
    let version: f64 = version.and_then(|text| text.parse().ok()).unwrap_or(1.0);
    if version >= 1.2 {
        return Ok(());
    }
    for limit in text.split("<limit").skip(1) {
        let limit = limit.split('>').next().unwrap_or(limit);
        if let Some(attribute) = ["acceleration", "deceleration", "jerk"]
            .into_iter()
            .find(|attribute| limit.contains(&format!(" {attribute}=")))
        {
            return Err(format!(
                "limit {attribute}: found in a URDF of version {version}, which ignores it; expected version 1.2 \
                 or newer: write <robot version=\"1.2\" ...>, or take the attribute out"
            ));
        }
    }
    Ok(())
}

pub(super) fn axis_limits(joint: &Joint) -> Result<AxisLimits, String> {
    let limit = &joint.limit;
    let refuse = |attribute: &str, found: f64, expected: &str| {
        Err(format!(
            "joint {}: limit {attribute}: found {found} (a missing attribute reads as 0 before URDF 1.2, as \
             infinity since), expected {expected}; as it is the joint could not be commanded: write the attribute",
            joint.name
        ))
    };
    if !(limit.velocity.is_finite() && limit.velocity > 0.0) {
        return refuse("velocity", limit.velocity, "a finite speed above 0");
    }
    let (lower, upper) = if joint.joint_type == JointType::Continuous {
        (f64::NEG_INFINITY, f64::INFINITY)
    } else {
        (limit.lower, limit.upper)
    };
    if lower.is_nan() || upper.is_nan() || lower >= upper {
        return refuse(
            "lower and upper",
            limit.upper,
            &format!("upper above lower ({})", limit.lower),
        );
    }
    for (attribute, value) in [
        ("acceleration", limit.acceleration),
        ("deceleration", limit.deceleration),
        ("jerk", limit.jerk),
    ] {
        if value.is_nan() || value <= 0.0 {
            return refuse(attribute, value, "a value above 0, or no attribute");
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

pub(super) fn frame(joint: &Joint, motion: Motion) -> Result<JointFrame, String> {
    let [x, y, z] = joint.origin.xyz.0;
    let [roll, pitch, yaw] = joint.origin.rpy.0;
    let axis = Vector3::from(joint.axis.xyz.0);
    let axis = Unit::try_new(axis, 1e-9).or(matches!(motion, Motion::Fixed).then(Vector3::x_axis));
    let axis = axis.ok_or_else(|| {
        format!(
            "joint {}: axis: found {:?}, expected a vector of non-zero length",
            joint.name, joint.axis.xyz.0
        )
    })?;
    let origin = Isometry3::from_parts(
        Translation3::new(x, y, z),
        UnitQuaternion::from_euler_angles(roll, pitch, yaw),
    );
    Ok(JointFrame {
        parent: joint.parent.link.clone(),
        child: joint.child.link.clone(),
        origin,
        axis,
        motion,
    })
}

/// Checks that links and joints make one tree, and names its root.
pub(super) fn parents_first(
    links: &[urdf_rs::Link],
    joints: Vec<JointFrame>,
) -> Result<(String, Vec<JointFrame>), String> {
    let known = |name: &str| links.iter().any(|link| link.name == name);
    if let Some(name) = joints
        .iter()
        .flat_map(|joint| [&joint.parent, &joint.child])
        .find(|name| !known(name))
    {
        return Err(format!(
            "link {name}: named by a joint but not described; add it or mend the name"
        ));
    }
    let is_child = |name: &str| joints.iter().any(|joint| joint.child == name);
    let roots: Vec<&str> = links
        .iter()
        .map(|link| link.name.as_str())
        .filter(|name| !is_child(name))
        .collect();
    let [root] = roots[..] else {
        return Err(format!(
            "has {} root links ({}); expected one tree",
            roots.len(),
            roots.join(", ")
        ));
    };
    let root = root.to_owned();
    let mut waiting = joints;
    let mut reached = vec![root.clone()];
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let before = waiting.len();
        let (ready, rest): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|joint| reached.contains(&joint.parent));
        waiting = rest;
        if waiting.len() == before {
            return Err(format!(
                "link {}: not connected to root {root}; expected one tree",
                waiting[0].child
            ));
        }
        reached.extend(ready.iter().map(|joint| joint.child.clone()));
        ordered.extend(ready);
    }
    Ok((root, ordered))
}

pub(super) fn deepest_link(root: &str, joints: &[JointFrame]) -> String {
    if let Some(joint) = joints
        .iter()
        .find(|joint| joint.child == "tip" || joint.child == "tool0")
    {
        return joint.child.clone();
    }
    let mut depths = vec![(root, 0)];
    for joint in joints {
        let depth = depths
            .iter()
            .find(|entry| entry.0 == joint.parent)
            .map_or(0, |entry| entry.1);
        depths.push((joint.child.as_str(), depth + 1));
    }
    depths
        .into_iter()
        .max_by_key(|entry| entry.1)
        .map_or_else(String::new, |entry| entry.0.to_owned())
}
