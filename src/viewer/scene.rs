//! What the viewer must know beforehand.

use std::path::PathBuf;
use std::sync::Arc;

use crate::robot::{ActionKind, RobotModel};
use crate::time::Span;
use crate::world_model::{ModelSpec, WorldModel};

/// What stands in a robot's way: an upright box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Obstacle {
    /// Centre `[m]`, in the frame that the model's probe reads places in.
    pub centre: [f32; 3],
    /// Half extents `[m]`.
    pub half: [f32; 3],
}

/// How far around a robot that drives is in view where nothing else says so `[m]`.
const SURROUNDINGS: f32 = 2.0;

/// The fixed things in the picture: the robot, what stands in its way, and the thresholds that plots are read
/// against.
#[derive(Clone)]
pub struct Scene {
    pub(super) robot: RobotModel,
    pub(super) meshes: Option<PathBuf>,
    pub(super) budget: Option<Span>,
    pub(super) model: Option<ModelSpec>,
    pub(super) reads_pictures: Option<Arc<dyn WorldModel>>,
    pub(super) obstacles: Vec<Obstacle>,
}

impl Scene {
    /// A scene with `robot` in it.
    pub fn new(robot: RobotModel) -> Self {
        Self {
            robot,
            meshes: None,
            budget: None,
            model: None,
            reads_pictures: None,
            obstacles: Vec::new(),
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

    /// The world model: what [`with_spec`](Self::with_spec) says, the tip that its probe reads out of a goal's
    /// picture, and, of a robot that drives, the place that it reads out of each frame, since odometry drifts.
    pub fn with_model(self, model: &Arc<dyn WorldModel>) -> Self {
        let mut scene = self.with_spec(model.spec());
        scene.reads_pictures = Some(model.clone());
        scene
    }

    /// What stands around the robot.
    pub fn with_obstacles(mut self, obstacles: Vec<Obstacle>) -> Self {
        self.obstacles = obstacles;
        self
    }

    /// How far from the origin there is something to see `[m]`.
    pub(super) fn reach(&self) -> f32 {
        let robot = &self.robot;
        let own = if self.drives() {
            SURROUNDINGS
        } else {
            let stretched = robot.tip(&vec![0.0; robot.space.len()]);
            stretched.coords.norm().max(0.1) as f32
        };
        let farthest = |obstacle: &Obstacle| {
            let [x, y] = [0, 1].map(|axis| obstacle.centre[axis].abs() + obstacle.half[axis]);
            x.max(y)
        };
        self.obstacles.iter().map(farthest).fold(own, f32::max)
    }

    /// True if the robot is a body that drives around.
    pub(super) fn drives(&self) -> bool {
        self.robot.space.kind == ActionKind::BodyTwist
    }

    /// True if imagined paths carry no height of their own.
    pub(super) fn is_planar(&self) -> bool {
        self.model
            .as_ref()
            .is_some_and(|model| model.tip.len() == 2)
    }
}
