//! A goal becomes what the planner steers towards, or is refused.

use std::sync::Arc;

use super::{Assembly, GoalEvent, Thinker};
use crate::config::{Number, Numbers};
use crate::planner::Target;
use crate::robot::Axes;
use crate::sensing::Goal;
use crate::time::Stamp;
use crate::world_model::{ModelError, Route};

impl Thinker {
    /// Takes a goal; one that is pursued is cancelled. Nothing changes if it is refused.
    ///
    /// # Errors
    /// A goal that the model can't stand for, or out of reach: which, and why.
    pub fn pursue(&mut self, goal: Goal, now: Stamp) -> Result<Vec<GoalEvent>, ModelError> {
        self.check_limits(&goal)?;
        let route = self.route_to(&goal)?;
        let spec = self.assembly.model.spec();
        let limits = self.assembly.space.limits.axes().iter();
        let speeds: Vec<f64> = limits.map(|axis| axis.velocity).collect();
        let scale = self.assembly.config.planner.point_scale;
        let joints = self.joints_for(&goal)?;
        let encoder = self.estimator.encoder();
        let latent = self.assembly.model.goal_latent(encoder, &goal)?;
        let mut target = Target::new(spec, &goal, latent, &speeds, scale)?;
        if let Some(joints) = joints {
            target = target.by_joints(spec, &joints, &speeds);
        }
        if let Some(route) = route {
            target = target.along(route);
        }
        self.planner.pursue(&target)?;
        if let Some(shadow) = &mut self.shadow {
            shadow.forget();
        }
        self.distance = None;
        let (cancelled, accepted) = self.keeper.accept(Arc::new(goal), now);
        Ok(cancelled.into_iter().chain([accepted]).collect())
    }

    /// Where the joints must be for the tip to be at a point that is a goal; `None` if it is something else, or if
    /// nobody knows how the joints move the tip.
    fn joints_for(&self, goal: &Goal) -> Result<Option<Axes>, ModelError> {
        let (Goal::Point(point), Some(robot), Some(state)) =
            (goal, &self.assembly.kinematics, &self.state)
        else {
            return Ok(None);
        };
        let spec = self.assembly.model.spec();
        let point = &point[..spec.tip.len().min(point.len())];
        let reach = robot.reach(point, &state.position, &self.assembly.limits());
        let tolerance = self.assembly.config.tolerance(spec.reached);
        if !point.iter().all(|part| part.is_finite()) {
            // Target says so.
            return Ok(None);
        }
        if reach.error > tolerance {
            return Err(ModelError::new(
                "goal",
                "point",
                format!(
                    "{:.3} m, {:.3} m out of reach",
                    Numbers(point),
                    Number(reach.error)
                ),
                format!("a point that the tip reaches within {tolerance:.3} m"),
                format!("the joints at {:.2?} come closest", &*reach.position),
            ));
        }
        Ok(Some(reach.position))
    }

    /// The ways to a point that is a goal; `None` if it is something else, or if the model has no map.
    fn route_to(&mut self, goal: &Goal) -> Result<Option<Route>, ModelError> {
        let Assembly {
            model,
            kinematics,
            config,
            ..
        } = &self.assembly;
        let (Goal::Point(point), None, Some(map)) = (goal, kinematics, model.map()) else {
            return Ok(None);
        };
        let spec = model.spec();
        let point = &point[..spec.tip.len().min(point.len())];
        if !point.iter().all(|part| part.is_finite()) {
            // Target says so.
            return Ok(None);
        }
        let refuse = |found, expected, remedy| {
            Err(ModelError::new("goal", "point", found, expected, remedy))
        };
        let route = map.route(point);
        let tolerance = config.tolerance(spec.reached).max(map.spacing());
        if route.gap() > tolerance {
            let away = Number(route.gap());
            return refuse(
                format!(
                    "{:.3} m, {away:.3} m from any place that the model knows",
                    Numbers(point)
                ),
                format!("a point within {tolerance:.3} m of one"),
                format!(
                    "{:.3?} is the nearest; models/recipe/map makes a map of more places",
                    route.nearest()
                ),
            );
        }
        if let Some((_, latent)) = self.estimator.newest() {
            let quantities = self.planner.quantities(latent)?;
            let here: Vec<f32> = spec.tip.iter().map(|index| quantities[*index]).collect();
            if route.knows(&here) && !route.from(&here).is_finite() {
                let here: Vec<f64> = here.into_iter().map(f64::from).collect();
                return refuse(
                    format!(
                        "{:.3} m, where no way is known to from {:.3} m, where the robot is",
                        Numbers(point),
                        Numbers(&here)
                    ),
                    "a point in the same part of the map".to_owned(),
                    "models/recipe/map makes a map of more driving, which hangs together"
                        .to_owned(),
                );
            }
        }
        Ok(Some(route))
    }

    fn check_limits(&self, goal: &Goal) -> Result<(), ModelError> {
        let Goal::Joints(positions) = goal else {
            return Ok(());
        };
        let space = &self.assembly.space;
        let bounded = space.names.iter().zip(space.limits.axes());
        for ((name, limits), position) in bounded.zip(positions.iter()) {
            if !(limits.lower..=limits.upper).contains(position) {
                return Err(ModelError::new(
                    "goal",
                    name,
                    Number(*position).to_string(),
                    format!("{} to {}", Number(limits.lower), Number(limits.upper)),
                    "give a goal inside the joint's limits",
                ));
            }
        }
        Ok(())
    }
}
