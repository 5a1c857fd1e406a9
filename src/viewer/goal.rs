//! Where the tip shall go: what the goal says, or what the model's probe reads out of the goal's picture.

use std::sync::Arc;

use crate::robot::{ActionKind, RobotModel};
use crate::sensing::Goal;
use crate::world_model::{Encoder, Head, ModelError, WorldModel};

/// Reads goals on the viewer's own thread, off the line: it has its own workers.
pub(super) struct GoalReader {
    model: Arc<dyn WorldModel>,
    encoder: Box<dyn Encoder>,
    probe: Box<dyn Head>,
}

impl GoalReader {
    /// `None` for a model whose probe reads no tip.
    ///
    /// # Errors
    /// Those of the model.
    pub fn new(model: &Arc<dyn WorldModel>) -> Result<Option<Self>, ModelError> {
        let probe = match model.probe()? {
            Some(probe) if !model.spec().tip.is_empty() => probe,
            _ => return Ok(None),
        };
        Ok(Some(Self {
            encoder: model.encoder()?,
            probe,
            model: model.clone(),
        }))
    }

    /// The tip `[m]` in the latent that `goal` stands for, if it stands for one; a planar probe gives no height.
    fn tip(&mut self, goal: &Goal) -> Result<Option<[f32; 3]>, ModelError> {
        let Some(latent) = self.model.goal_latent(self.encoder.as_mut(), goal)? else {
            return Ok(None);
        };
        let spec = self.model.spec();
        let mut quantities = vec![0.0; spec.quantities.len()];
        self.probe.evaluate(1, &latent, &mut quantities)?;
        let mut tip = [0.0; 3];
        for (slot, index) in tip.iter_mut().zip(&spec.tip) {
            *slot = quantities.get(*index).copied().unwrap_or(f32::NAN);
        }
        Ok(tip.iter().all(|value| value.is_finite()).then_some(tip))
    }
}

/// The tip `[m]` at `goal`; `height` is where a planar probe's tip is drawn.
pub(super) fn tip(
    robot: &RobotModel,
    reader: Option<&mut GoalReader>,
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
            match reader.tip(goal) {
                Ok(tip) => tip.map(|[x, y, z]| [x, y, if planar { height } else { z }]),
                Err(why) => {
                    tracing::warn!("viewer: the goal's tip is not drawn: {why}");
                    None
                }
            }
        }
        Goal::Joints(_) => None,
    }
}
