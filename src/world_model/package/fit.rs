//! Whether a model and a robot belong together.

use super::super::ModelError;
use super::super::manifest::RobotSection;
use super::{PackageModel, folder};
use crate::robot::ActionSpace;

/// A robot's limit may exceed the trained one by rounding only.
const SLACK: f64 = 1e-6;

impl PackageModel {
    /// Refuses a robot that the model wasn't trained for: another action kind, other axes or units, or
    /// limits beyond the trained ones, where the model would guess. Tighter limits are fine.
    ///
    /// # Errors
    /// The kind, axis or limit at fault.
    pub fn fits(&self, robot: &ActionSpace) -> Result<(), ModelError> {
        let trained = &self.manifest().robot;
        if robot.kind != trained.action_kind {
            return Err(self.unfit(
                "robot.action_kind",
                format!("{:?} on the robot", robot.kind),
                format!("{:?}", trained.action_kind),
                "choose a model of this action kind",
            ));
        }
        let extra = robot.names.iter().find(|name| !trained.axes.contains(name));
        let missing = trained.axes.iter().find(|name| !robot.names.contains(name));
        if extra.is_some() || missing.is_some() || robot.names != trained.axes {
            let found = match (missing, extra) {
                (Some(name), _) => {
                    format!("no `{name}` among the robot's {}", robot.names.join(", "))
                }
                (None, Some(name)) => format!("`{name}` on the robot"),
                (None, None) => format!("the robot's order {}", robot.names.join(", ")),
            };
            return Err(self.unfit(
                "robot.axes",
                found,
                trained.axes.join(", "),
                "choose a model of this robot, or rename the URDF's joints",
            ));
        }
        if robot.units != trained.units {
            return Err(self.unfit(
                "robot.units",
                robot.units.join(", "),
                trained.units.join(", "),
                "choose a model of this robot",
            ));
        }
        self.limits(robot, trained)
    }

    fn limits(&self, robot: &ActionSpace, trained: &RobotSection) -> Result<(), ModelError> {
        for (axis, limits) in robot.limits.axes().iter().enumerate() {
            let name = robot.names.get(axis).map_or("?", String::as_str);
            let at = |bounds: &[f64]| bounds.get(axis).copied();
            let lower = trained.position_lower.as_deref().and_then(at);
            let upper = trained.position_upper.as_deref().and_then(at);
            for (limit, found, bound) in [
                ("velocity", limits.velocity, at(&trained.velocity)),
                (
                    "acceleration",
                    limits.acceleration,
                    at(&trained.acceleration),
                ),
                ("position_upper", limits.upper, upper),
                ("position_lower", -limits.lower, lower.map(|lower| -lower)),
            ] {
                let Some(bound) = bound else { continue };
                if found <= bound + SLACK * bound.abs().max(1.0) {
                    continue;
                }
                let sign = if limit == "position_lower" { -1.0 } else { 1.0 };
                return Err(self.unfit(
                    &format!("robot.{limit}"),
                    format!("{:?} for `{name}` on the robot", sign * found),
                    format!("no further than the {:?} trained on", sign * bound),
                    "tighten the robot's limits in the configuration, or train with these",
                ));
            }
        }
        Ok(())
    }

    fn unfit(&self, field: &str, found: String, expected: String, remedy: &str) -> ModelError {
        let path = self.folder().join(folder::MANIFEST);
        ModelError::new(path, field, found, expected, remedy)
    }
}
