//! What the viewer must know beforehand.

use std::path::PathBuf;

use crate::robot::RobotModel;
use crate::time::Span;
use crate::world_model::ModelSpec;

/// The fixed things in the picture: the robot, and the thresholds that plots are read against.
#[derive(Clone, Debug)]
pub struct Scene {
    pub(super) robot: RobotModel,
    pub(super) meshes: Option<PathBuf>,
    pub(super) budget: Option<Span>,
    pub(super) model: Option<ModelSpec>,
}

impl Scene {
    /// A scene with `robot` in it.
    pub fn new(robot: RobotModel) -> Self {
        Self {
            robot,
            meshes: None,
            budget: None,
            model: None,
        }
    }

    /// The folder that relative mesh paths in the URDF start from; without it meshes are not drawn.
    pub fn with_meshes(mut self, folder: PathBuf) -> Self {
        self.meshes = Some(folder);
        self
    }

    /// How long a plan may take: the line that plan times are read against.
    pub fn with_budget(mut self, budget: Span) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The world model: its name, its thresholds for "there" and for surprise, and whether its probe reads a
    /// planar tip (x, y) or one in space.
    pub fn with_model(mut self, model: &ModelSpec) -> Self {
        self.model = Some(model.clone());
        self
    }

    /// True if imagined paths carry no height of their own.
    pub(super) fn is_planar(&self) -> bool {
        self.model
            .as_ref()
            .is_some_and(|model| model.tip.len() == 2)
    }
}
