//! What the model's probe reads out of pictures: where the goal is, and where a body that drives is.

use std::sync::Arc;

use crate::robot::{ActionKind, RobotModel};
use crate::sensing::{Goal, Observation};
use crate::world_model::{Encoder, Head, ModelError, WorldModel};

/// The name of the probe's heading.
const YAW: &str = "yaw";

/// Reads pictures on the viewer's own thread, off the line: it has its own workers.
pub(super) struct Reader {
    model: Arc<dyn WorldModel>,
    encoder: Box<dyn Encoder>,
    probe: Box<dyn Head>,
    yaw: Option<usize>,
}

/// A place `[m]`, where a planar probe gives no height, and a heading `[rad]` where the probe gives one.
pub(super) struct Place {
    pub tip: [f32; 3],
    pub yaw: Option<f32>,
}

impl Reader {
    /// `None` for a model whose probe reads no tip.
    ///
    /// # Errors
    /// Those of the model.
    pub fn new(model: &Arc<dyn WorldModel>) -> Result<Option<Self>, ModelError> {
        let probe = match model.probe()? {
            Some(probe) if !model.spec().tip.is_empty() => probe,
            _ => return Ok(None),
        };
        let mut quantities = model.spec().quantities.iter();
        Ok(Some(Self {
            encoder: model.encoder()?,
            probe,
            yaw: quantities.position(|quantity| quantity.name == YAW),
            model: model.clone(),
        }))
    }

    /// What is seen in `observation`.
    pub fn look(&mut self, observation: &Observation) -> Result<Option<Place>, ModelError> {
        let mut latent = vec![0.0; self.model.spec().latent_len];
        self.encoder.update(&[], &[], observation, &mut latent)?;
        self.read(&latent)
    }

    /// What is seen in the latent that `goal` stands for, if it stands for one.
    fn goal(&mut self, goal: &Goal) -> Result<Option<Place>, ModelError> {
        match self.model.goal_latent(self.encoder.as_mut(), goal)? {
            Some(latent) => self.read(&latent),
            None => Ok(None),
        }
    }

    /// `None` if the probe says nothing finite.
    fn read(&mut self, latent: &[f32]) -> Result<Option<Place>, ModelError> {
        let spec = self.model.spec();
        let mut quantities = vec![0.0; spec.quantities.len()];
        self.probe.evaluate(1, latent, &mut quantities)?;
        let value = |index: usize| quantities.get(index).copied().unwrap_or(f32::NAN);
        let mut tip = [0.0; 3];
        for (slot, index) in tip.iter_mut().zip(&spec.tip) {
            *slot = value(*index);
        }
        let yaw = self.yaw.map(value);
        let finite = tip.iter().chain(&yaw).all(|value| value.is_finite());
        Ok(finite.then_some(Place { tip, yaw }))
    }
}

/// The tip `[m]` at `goal`; `height` is where a planar probe's tip is drawn.
pub(super) fn goal_tip(
    robot: &RobotModel,
    reader: Option<&mut Reader>,
    goal: &Goal,
    height: f32,
) -> Option<[f32; 3]> {
    match goal {
        Goal::Point(point) => Some(point.map(|value| value as f32)),
        Goal::Joints(joints) if robot.space.kind != ActionKind::BodyTwist => {
            let tip = robot.tip(joints);
            Some([tip.x as f32, tip.y as f32, tip.z as f32])
        }
        Goal::Image(_) | Goal::Latent(_) => {
            let reader = reader?;
            let planar = reader.model.spec().tip.len() == 2;
            match reader.goal(goal) {
                Ok(place) => place
                    .map(|Place { tip: [x, y, z], .. }| [x, y, if planar { height } else { z }]),
                Err(why) => {
                    tracing::warn!("viewer: the goal's tip is not drawn: {why}");
                    None
                }
            }
        }
        Goal::Joints(_) => None,
    }
}
