//! A goal in the form that imagination can measure distances to.

use crate::sensing::Goal;
use crate::world_model::{ModelError, ModelSpec, WantedQuantity};

/// What the planner steers towards.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A latent `[D]`: distance by the model's metric.
    Latent(Vec<f32>),
    /// Values of single probe quantities.
    Quantities(WantedTarget),
}

/// Values wanted of the probe's quantities; distance is their scaled Euclidean norm `[model steps]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WantedTarget(Vec<WantedQuantity>);

impl WantedTarget {
    /// What is wanted.
    pub fn wanted(&self) -> &[WantedQuantity] {
        &self.0
    }
}

impl Target {
    /// The target for `goal`, whose latent, if it has one, is what
    /// [`WorldModel::goal_latent`](crate::world_model::WorldModel::goal_latent) gave. `speeds` `[U]`: full speed
    /// of every axis; `point_scale`: how far the tip moves in a model step at full speed `[m]`.
    ///
    /// # Errors
    /// A goal without a latent that the model's probe can't measure, by name.
    pub fn new(
        spec: &ModelSpec,
        goal: &Goal,
        latent: Option<Vec<f32>>,
        speeds: &[f64],
        point_scale: f64,
    ) -> Result<Self, ModelError> {
        if let Some(latent) = latent {
            if latent.len() != spec.latent_len {
                return Err(refuse(
                    spec,
                    "goal latent",
                    format!("{} numbers", latent.len()),
                    format!("{}", spec.latent_len),
                ));
            }
            return Ok(Self::Latent(latent));
        }
        let wanted = match goal {
            Goal::Joints(positions) => joints(spec, positions, speeds)?,
            Goal::Point(point) => tip(spec, point, point_scale)?,
            Goal::Image(_) | Goal::Latent(_) => {
                return Err(refuse(
                    spec,
                    "goal",
                    "an image or latent that the model has no latent for".to_owned(),
                    "a latent".to_owned(),
                ));
            }
        };
        let finite = |wanted: &WantedQuantity| wanted.value.is_finite() && wanted.scale > 0.0;
        if !wanted.iter().all(finite) {
            return Err(refuse(
                spec,
                "goal",
                format!("{goal:?}"),
                "finite numbers".to_owned(),
            ));
        }
        Ok(Self::Quantities(WantedTarget(wanted)))
    }
}

fn joints(
    spec: &ModelSpec,
    positions: &[f64],
    speeds: &[f64],
) -> Result<Vec<WantedQuantity>, ModelError> {
    if positions.len() != spec.axes_len() || speeds.len() != spec.axes_len() {
        return Err(refuse(
            spec,
            "goal joints",
            format!("{} positions", positions.len()),
            format!("{} ({})", spec.axes_len(), spec.axes.join(", ")),
        ));
    }
    let wanted = spec.axes.iter().zip(positions).zip(speeds);
    let wanted = wanted.map(|((name, value), speed)| {
        let index = spec.quantities.iter().position(|known| known.name == *name);
        let index = index.ok_or_else(|| {
            refuse(
                spec,
                "probe quantities",
                quantities(spec),
                format!("one named {name}, the joint that the goal places"),
            )
        })?;
        Ok(WantedQuantity {
            index,
            value: *value as f32,
            scale: (speed * spec.period.secs()) as f32,
        })
    });
    wanted.collect()
}

fn tip(spec: &ModelSpec, point: &[f64; 3], scale: f64) -> Result<Vec<WantedQuantity>, ModelError> {
    if spec.tip.is_empty() || spec.tip.iter().any(|index| *index >= spec.quantities.len()) {
        return Err(refuse(
            spec,
            "probe quantities",
            quantities(spec),
            "the tip's coordinates".to_owned(),
        ));
    }
    let coordinates = spec.tip.iter().zip(point);
    Ok(coordinates
        .map(|(index, value)| WantedQuantity {
            index: *index,
            value: *value as f32,
            scale: scale as f32,
        })
        .collect())
}

fn quantities(spec: &ModelSpec) -> String {
    let names: Vec<&str> = spec.quantities.iter().map(|q| q.name.as_str()).collect();
    format!("[{}]", names.join(", "))
}

fn refuse(spec: &ModelSpec, field: &str, found: String, expected: String) -> ModelError {
    ModelError::new(
        &spec.name,
        field,
        found,
        expected,
        "give another goal, or choose a model that can measure it",
    )
}
