//! The package's own URDF: usable, and of the robot that the manifest says.

use std::path::Path;

use super::super::ModelError;
use super::super::manifest::RobotSection;
use crate::robot::{ActionKind, RobotModel};

/// How far, relatively, the URDF's limits may lie from those trained on.
const SLACK: f64 = 1e-3;
const REMEDY: &str = "put the URDF into the package that the model was trained with, or train anew";

/// Reads the URDF at `path` with content `bytes` and holds it against the manifest's robot.
///
/// # Errors
/// What makes it no URDF; the joints, units or limit that the manifest gives otherwise.
pub(super) fn describe(
    path: &Path,
    bytes: &[u8],
    trained: &RobotSection,
) -> Result<RobotModel, ModelError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|why| ModelError::new(path, "text", why.to_string(), "UTF-8", REMEDY))?;
    let robot = RobotModel::from_urdf(text)
        .map_err(|why| ModelError::new(path, why.field, why.found, why.expected, why.remedy))?;
    agree(path, &robot, trained)?;
    Ok(robot)
}

fn agree(path: &Path, robot: &RobotModel, trained: &RobotSection) -> Result<(), ModelError> {
    let refuse = |field: String, found: String, expected: String| {
        Err(ModelError::new(path, field, found, expected, REMEDY))
    };
    let space = &robot.space;
    let twists = |kind| kind == ActionKind::BodyTwist;
    if twists(space.kind) != twists(trained.action_kind) {
        let (found, expected) = match space.kind {
            ActionKind::BodyTwist => ("one, so that commands are twists of the body", "none"),
            _ => ("none", "one, as gz's diff-drive plugin describes it"),
        };
        return refuse(
            "differential drive".to_owned(),
            found.to_owned(),
            format!(
                "{expected}: the manifest's robot.action_kind {:?}",
                trained.action_kind
            ),
        );
    }
    if space.names != trained.axes {
        return refuse(
            "moving joints".to_owned(),
            space.names.join(", "),
            format!("the manifest's robot.axes {}", trained.axes.join(", ")),
        );
    }
    let positions = trained.action_kind == ActionKind::JointPosition;
    let axes = space.limits.axes();
    for (axis, (name, limits)) in space.names.iter().zip(axes).enumerate() {
        let speed = space.units.get(axis).map_or("", String::as_str);
        let unit = if positions {
            speed.trim_end_matches("/s")
        } else {
            speed
        };
        let manifest_unit = trained.units.get(axis).map_or("", String::as_str);
        if unit != manifest_unit {
            return refuse(
                format!("joint {name}"),
                format!("a joint commanded in {unit}"),
                format!("the manifest's robot.units {manifest_unit}"),
            );
        }
        let at = |bounds: &[f64]| bounds.get(axis).copied();
        for (field, limit, found, bound) in [
            (
                "velocity",
                "velocity",
                limits.velocity,
                at(&trained.velocity),
            ),
            (
                "acceleration",
                "acceleration",
                limits.acceleration,
                at(&trained.acceleration),
            ),
            (
                "lower",
                "position_lower",
                limits.lower,
                trained.position_lower.as_deref().and_then(at),
            ),
            (
                "upper",
                "position_upper",
                limits.upper,
                trained.position_upper.as_deref().and_then(at),
            ),
        ] {
            let Some(bound) = bound else { continue };
            // No acceleration limit in a URDF means that nobody said one, as before version 1.2.
            let unsaid = field == "acceleration" && found.is_infinite();
            let near =
                found == bound || bound.is_finite() && (found - bound).abs() <= SLACK * bound.abs();
            if !near && !unsaid {
                return refuse(
                    format!("joint {name}: limit {field}"),
                    format!("{found:?}"),
                    format!("the manifest's robot.{limit} {bound:?}"),
                );
            }
        }
    }
    Ok(())
}
