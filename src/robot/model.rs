//! A robot as its URDF describes it.

use std::path::{Path, PathBuf};

use nalgebra::{Isometry3, Point3, Translation3, Unit, UnitQuaternion, Vector3};
use urdf_rs::{Joint, JointType};

use super::{ActionKind, ActionSpace, AxisLimits, Limits, MAX_AXES};

/// Why a URDF can't be used: which joint and attribute, what was found, what is expected, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", file.display())]
pub struct RobotError {
    /// The URDF, or `URDF text` if it came from no file.
    pub file: PathBuf,
    /// The rest.
    pub what: String,
}

/// Joints, links, limits and forward kinematics.
#[derive(Clone, Debug)]
pub struct RobotModel {
    /// The robot's name in the URDF.
    pub name: String,
    /// The URDF as text, as it was read.
    pub urdf: String,
    /// What its commands mean.
    pub space: ActionSpace,
    root: String,
    joints: Vec<JointFrame>,
    tip: String,
}

/// A joint in the kinematic tree, parents before children.
#[derive(Clone, Debug)]
struct JointFrame {
    parent: String,
    child: String,
    origin: Isometry3<f64>,
    axis: Unit<Vector3<f64>>,
    motion: Motion,
}

#[derive(Clone, Copy, Debug)]
enum Motion {
    Fixed,
    Turn(usize),
    Slide(usize),
}

impl RobotModel {
    /// Reads a URDF file; its moving joints, in file order, become the axes of joint-velocity actions.
    pub fn load(path: &Path) -> Result<Self, RobotError> {
        let text = std::fs::read_to_string(path).map_err(|why| RobotError {
            file: path.to_owned(),
            what: format!("can't be read: {why}"),
        })?;
        Self::parse(&text).map_err(|what| RobotError {
            file: path.to_owned(),
            what,
        })
    }

    /// Reads URDF text.
    pub fn from_urdf(text: &str) -> Result<Self, RobotError> {
        Self::parse(text).map_err(|what| RobotError {
            file: PathBuf::from("URDF text"),
            what,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let urdf = urdf_rs::read_from_string(text).map_err(|why| format!("is no URDF: {why}"))?;
        let mut names = Vec::new();
        let mut units = Vec::new();
        let mut limits = Vec::new();
        let mut frames = Vec::new();
        for joint in &urdf.joints {
            let motion = match joint.joint_type {
                JointType::Fixed => Motion::Fixed,
                JointType::Revolute | JointType::Continuous => Motion::Turn(names.len()),
                JointType::Prismatic => Motion::Slide(names.len()),
                JointType::Floating | JointType::Planar | JointType::Spherical => {
                    return Err(format!(
                        "joint {}: type {:?}; expected revolute, continuous, prismatic or fixed: \
                         joints with several degrees of freedom can't be commanded by one number",
                        joint.name, joint.joint_type
                    ));
                }
            };
            if let Some(mimic) = &joint.mimic {
                return Err(format!(
                    "joint {}: mimics joint {}; mimic joints are not supported: make it fixed, or give it \
                     a command of its own",
                    joint.name, mimic.joint
                ));
            }
            if !matches!(motion, Motion::Fixed) {
                limits.push(axis_limits(joint)?);
                names.push(joint.name.clone());
                units.push(
                    if joint.joint_type == JointType::Prismatic {
                        "m/s"
                    } else {
                        "rad/s"
                    }
                    .to_owned(),
                );
            }
            frames.push(frame(joint, motion)?);
        }
        if names.is_empty() {
            return Err("has no moving joint; expected at least one".to_owned());
        }
        if names.len() > MAX_AXES {
            return Err(format!(
                "has {} moving joints; expected at most {MAX_AXES}",
                names.len()
            ));
        }
        let (root, joints) = parents_first(&urdf.links, frames)?;
        let tip = deepest_link(&root, &joints);
        let space = ActionSpace {
            kind: ActionKind::JointVelocity,
            names,
            units,
            limits: Limits::new(limits),
        };
        Ok(Self {
            name: urdf.name,
            urdf: text.to_owned(),
            space,
            root,
            joints,
            tip,
        })
    }

    /// The root link: the frame in which poses are given.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// The tip: a link named `tip` or `tool0` if there is one, else the end of the longest chain.
    pub fn tip_link(&self) -> &str {
        &self.tip
    }

    /// The pose of `link` in the root frame at `position` (one an action axis), or `None` for an unknown link.
    pub fn link_pose(&self, link: &str, position: &[f64]) -> Option<Isometry3<f64>> {
        let mut chain = Vec::new();
        let mut at = link;
        while at != self.root {
            let joint = self.joints.iter().find(|joint| joint.child == at)?;
            chain.push(joint);
            at = &joint.parent;
        }
        let value = |axis: usize| position.get(axis).copied().unwrap_or(0.0);
        Some(
            chain
                .iter()
                .rev()
                .fold(Isometry3::identity(), |pose, joint| {
                    pose * joint.origin
                        * match joint.motion {
                            Motion::Fixed => Isometry3::identity(),
                            Motion::Turn(axis) => Isometry3::from_parts(
                                Translation3::identity(),
                                UnitQuaternion::from_axis_angle(&joint.axis, value(axis)),
                            ),
                            Motion::Slide(axis) => {
                                Translation3::from(joint.axis.into_inner() * value(axis)).into()
                            }
                        }
                }),
        )
    }

    /// The tip's position [m] in the root frame at `position` (one an action axis).
    pub fn tip(&self, position: &[f64]) -> Point3<f64> {
        self.link_pose(&self.tip, position)
            .map_or(Point3::origin(), |pose| pose.translation.vector.into())
    }
}

fn axis_limits(joint: &Joint) -> Result<AxisLimits, String> {
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

fn frame(joint: &Joint, motion: Motion) -> Result<JointFrame, String> {
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
fn parents_first(
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

fn deepest_link(root: &str, joints: &[JointFrame]) -> String {
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
