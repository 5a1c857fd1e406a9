//! Whether a model and a robot belong together.

use super::super::ModelError;
use super::super::manifest::RobotSection;
use super::{Contract, folder};
use crate::robot::{ActionSpace, Coupling};

/// A robot's limit may exceed the trained one by rounding only.
const SLACK: f64 = 1e-6;

impl Contract {
    /// Refuses a robot that the model wasn't trained for: another action kind, other axes or units, other
    /// wheels, or limits beyond the trained ones, where the model would guess. Tighter limits are fine.
    ///
    /// # Errors
    /// The kind, axis or limit at fault.
    pub fn fits(&self, robot: &ActionSpace) -> Result<(), ModelError> {
        let trained = &self.manifest.robot;
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
        self.limits(robot, trained)?;
        self.couplings(robot)
    }

    /// The sums of axes that are bounded by the package's own URDF, e.g. the speeds of a body's wheels, are those of
    /// the robot, and bounded there no less.
    fn couplings(&self, robot: &ActionSpace) -> Result<(), ModelError> {
        let found = robot.limits.couplings();
        for trained in self.robot.space.limits.couplings() {
            let near = |a: f64, b: f64| (a - b).abs() <= SLACK * b.abs().max(1.0);
            let same = found.iter().find(|coupling| {
                let mut weights = coupling.weights.iter().zip(&trained.weights);
                coupling.weights.len() == trained.weights.len()
                    && weights.all(|(a, b)| near(*a, *b))
            });
            let weights = |coupling: &Coupling| format!("{:?}", coupling.weights);
            let Some(same) = same else {
                let found: Vec<String> = found.iter().map(weights).collect();
                return Err(self.unfit(
                    "robot.couplings",
                    format!("bounds on {} on the robot", found.join(" and ")),
                    format!(
                        "one on {} of its axes (`{}`)",
                        weights(trained),
                        trained.name
                    ),
                    "choose a model of this robot, or mend the wheel separation in its URDF",
                ));
            };
            for (limit, found, bound) in [
                ("velocity", same.limits.velocity, trained.limits.velocity),
                (
                    "acceleration",
                    same.limits.acceleration,
                    trained.limits.acceleration,
                ),
                (
                    "deceleration",
                    same.limits.deceleration,
                    trained.limits.deceleration,
                ),
            ] {
                if found > bound && !near(found, bound) {
                    return Err(self.unfit(
                        &format!("robot.couplings.{limit}"),
                        format!("{found:?} for `{}` on the robot", same.name),
                        format!("no further than the {bound:?} trained on"),
                        "tighten the wheels' limits in the robot's URDF, or train with these",
                    ));
                }
            }
        }
        Ok(())
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
        let path = self.folder.join(folder::MANIFEST);
        ModelError::new(path, field, found, expected, remedy)
    }
}
