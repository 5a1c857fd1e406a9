//! A robot as its URDF describes it.

use std::path::Path;

use nalgebra::{Isometry3, Point3, Translation3, UnitQuaternion, Vector3};

use super::drive::DifferentialDrive;
use super::error::{Fault, RobotError};
use super::joints::{JointFrame, Motion, axis_limits, frame, motion};
use super::markup;
use super::mimic::Follower;
use super::tree::{parents_first, tip};
use super::written::Version;
use super::{ActionKind, ActionSpace, AxisLimits, Limits, MAX_AXES};
use crate::config::{Unread, read_plain};

/// Joints, links, limits and forward kinematics.
#[derive(Clone, Debug)]
pub struct RobotModel {
    /// The robot's name in the URDF.
    pub name: String,
    /// The URDF as text, as it was read.
    pub urdf: String,
    /// What its commands mean.
    pub space: ActionSpace,
    /// The wheels that carry it, if its commands are body twists.
    pub drive: Option<DifferentialDrive>,
    /// Names of the joints that mimic another one.
    pub mimics: Vec<String>,
    root: String,
    joints: Vec<JointFrame>,
    tip: String,
}

impl RobotModel {
    /// Reads a URDF file; its moving joints, in file order, become the axes of joint-velocity actions, but for
    /// those that mimic another one: their limits bound it. With a
    /// differential drive ([`DifferentialDrive`]) actions are twists of the body on its wheels.
    pub fn load(path: &Path) -> Result<Self, RobotError> {
        let text = read(path).map_err(|fault| fault.of(path))?;
        Self::parse(&text).map_err(|fault| fault.of(path))
    }

    /// Reads URDF text.
    pub fn from_urdf(text: &str) -> Result<Self, RobotError> {
        Self::parse(text).map_err(|fault| fault.of(Path::new("URDF text")))
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let markup = markup::screen(text)?;
        let version = Version::parse(markup.version.as_deref())?;
        for joint in &markup.joints {
            joint.check(version)?;
        }
        let urdf = urdf_rs::read_from_string(&markup.xml)
            .map_err(|why| Fault::new("XML", why.to_string(), "a URDF", "mend the URDF"))?;
        let drive = DifferentialDrive::find(&markup.plugins)?;
        let mut names = Vec::new();
        let mut units = Vec::new();
        let mut limits = Vec::new();
        let mut frames = Vec::new();
        let (followers, leaders): (Vec<_>, Vec<_>) =
            urdf.joints.iter().partition(|joint| joint.mimic.is_some());
        for joint in leaders {
            let motion = motion(joint, Follower::leader(names.len()))?;
            if !matches!(motion, Motion::Fixed) {
                limits.push(axis_limits(joint)?);
                names.push(joint.name.clone());
                let slides = matches!(motion, Motion::Slide(_));
                units.push(if slides { "m/s" } else { "rad/s" }.to_owned());
            }
            // How far a wheel has turned is not measured, and places nothing.
            let motion = drive.as_ref().map_or(motion, |_| Motion::Fixed);
            frames.push(frame(joint, motion)?);
        }
        let mimics = followers.iter().map(|joint| joint.name.clone()).collect();
        for joint in followers {
            let Some(mimic) = &joint.mimic else { continue };
            let follower = Follower::of(joint, mimic, &names)?;
            let motion = motion(joint, follower)?;
            if !matches!(motion, Motion::Fixed) {
                let leader = &mut limits[follower.axis];
                *leader = follower.bound(*leader, axis_limits(joint)?, &joint.name)?;
            }
            let motion = drive.as_ref().map_or(motion, |_| Motion::Fixed);
            frames.push(frame(joint, motion)?);
        }
        if !(1..=MAX_AXES).contains(&names.len()) {
            return Err(Fault::new(
                "robot",
                format!("{} moving joints", names.len()),
                format!("at least one, at most {MAX_AXES}"),
                "make those fixed that aren't commanded, or take another URDF",
            ));
        }
        let (root, joints) = parents_first(&urdf.links, frames)?;
        let (tip, space) = match &drive {
            Some(drive) => (root.clone(), drive.space(wheels(drive, &names, &limits)?)),
            None => {
                let limits = Limits::new(limits);
                let kind = ActionKind::JointVelocity;
                let space = ActionSpace {
                    kind,
                    names,
                    units,
                    limits,
                };
                (tip(&root, &joints), space)
            }
        };
        Ok(Self {
            name: urdf.name,
            urdf: text.to_owned(),
            space,
            drive,
            mimics,
            root,
            joints,
            tip,
        })
    }

    /// The root link: the frame in which poses are given, unless a drive moves it.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// The tip: a link named `tip` or `tool0` if there is one, else the end of the longest chain; of a body that is
    /// driven, its root.
    pub fn tip_link(&self) -> &str {
        &self.tip
    }

    /// The pose of `link` in the root frame at `position` (one an action axis), or `None` for an unknown link. A
    /// body that is driven is placed by `position` x `[m]`, y `[m]`, yaw `[rad]` in the frame of its odometry.
    pub fn link_pose(&self, link: &str, position: &[f64]) -> Option<Isometry3<f64>> {
        let mut chain = Vec::new();
        let mut at = link;
        while at != self.root {
            let joint = self.joints.iter().find(|joint| joint.child == at)?;
            chain.push(joint);
            at = &joint.parent;
        }
        let value = |axis: usize| position.get(axis).copied().unwrap_or(0.0);
        let base = match self.drive {
            Some(_) => Isometry3::new(
                Vector3::new(value(0), value(1), 0.0),
                Vector3::z() * value(2),
            ),
            None => Isometry3::identity(),
        };
        Some(chain.iter().rev().fold(base, |pose, joint| {
            pose * joint.origin
                * match joint.motion {
                    Motion::Fixed => Isometry3::identity(),
                    Motion::Turn(follower) => Isometry3::from_parts(
                        Translation3::identity(),
                        UnitQuaternion::from_axis_angle(&joint.axis, follower.at(position)),
                    ),
                    Motion::Slide(follower) => {
                        Translation3::from(joint.axis.into_inner() * follower.at(position)).into()
                    }
                }
        }))
    }

    /// The tip's position `[m]` in the frame of [`RobotModel::link_pose`].
    pub fn tip(&self, position: &[f64]) -> Point3<f64> {
        self.link_pose(&self.tip, position)
            .map_or(Point3::origin(), |pose| pose.translation.vector.into())
    }
}

/// The limits of a drive's wheels, which are all that may move.
fn wheels(
    drive: &DifferentialDrive,
    names: &[String],
    limits: &[AxisLimits],
) -> Result<[AxisLimits; 2], Fault> {
    if let Some(other) = names.iter().find(|name| !drive.joints.contains(name)) {
        return Err(Fault::new(
            format!("joint {other}"),
            "a moving joint beside the wheels of a differential drive",
            "none, as a twist commands nothing else",
            "make it fixed",
        ));
    }
    let wheel = |name: &String| {
        let at = names.iter().position(|known| known == name);
        at.and_then(|at| limits.get(at)).copied().ok_or_else(|| {
            Fault::new(
                format!("joint {name}"),
                "no such moving joint, though the drive's plugin names it",
                "a continuous joint",
                "add it, or mend the name",
            )
        })
    };
    let [left, right] = &drive.joints;
    Ok([wheel(left)?, wheel(right)?])
}

/// The text of a plain file.
fn read(path: &Path) -> Result<String, Fault> {
    let refuse = |found: String| {
        let expected = "a URDF in a plain file, as UTF-8 text";
        Fault::new("file", found, expected, "check the path and the file")
    };
    let bytes = read_plain(path, markup::LARGEST as u64).map_err(|why| match why {
        Unread::Failed(why) => refuse(why.to_string()),
        Unread::NotPlain => refuse(Unread::NOT_PLAIN.to_owned()),
        Unread::TooLarge { found, .. } => markup::too_large(found),
    })?;
    String::from_utf8(bytes).map_err(|why| refuse(why.to_string()))
}
