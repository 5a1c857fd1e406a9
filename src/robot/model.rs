//! A robot as its URDF describes it.

use std::path::{Path, PathBuf};

use nalgebra::{Isometry3, Point3, Translation3, UnitQuaternion};
use urdf_rs::JointType;

use super::joints::{
    JointFrame, Motion, axis_limits, deepest_link, frame, parents_first, refuse_ignored_limits,
};
use super::{ActionKind, ActionSpace, Limits, MAX_AXES};

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
        refuse_ignored_limits(text, urdf.version.as_deref())?;
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

    /// The tip's position `[m]` in the root frame at `position` (one an action axis).
    pub fn tip(&self, position: &[f64]) -> Point3<f64> {
        self.link_pose(&self.tip, position)
            .map_or(Point3::origin(), |pose| pose.translation.vector.into())
    }
}
