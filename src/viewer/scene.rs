//! What the viewer must know beforehand.

use std::path::PathBuf;
use std::sync::Arc;

use crate::robot::RobotModel;
use crate::time::Span;
use crate::world_model::{ModelSpec, WorldModel};

/// The fixed things in the picture: the robot, and the thresholds that plots are read against.
#[derive(Clone)]
pub struct Scene {
    pub(super) robot: RobotModel,
    pub(super) meshes: Option<PathBuf>,
    pub(super) budget: Option<Span>,
    pub(super) model: Option<ModelSpec>,
    pub(super) reads_goals: Option<Arc<dyn WorldModel>>,
}

impl Scene {
    /// A scene with `robot` in it.
    pub fn new(robot: RobotModel) -> Self {
        Self {
            robot,
            meshes: None,
            budget: None,
            model: None,
            reads_goals: None,
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

    /// What the world model says of itself: its name, its thresholds for "there" and for surprise, and whether
    /// its probe reads a planar tip (x, y) or one in space.
    pub fn with_spec(mut self, spec: &ModelSpec) -> Self {
        self.model = Some(spec.clone());
        self
    }

    /// The world model: what [`with_spec`](Self::with_spec) says, and the tip that its probe reads out of a
    /// goal's picture.
    pub fn with_model(self, model: &Arc<dyn WorldModel>) -> Self {
        let mut scene = self.with_spec(model.spec());
        scene.reads_goals = Some(model.clone());
        scene
    }

    /// True if imagined paths carry no height of their own.
    pub(super) fn is_planar(&self) -> bool {
        self.model
            .as_ref()
            .is_some_and(|model| model.tip.len() == 2)
    }
}
