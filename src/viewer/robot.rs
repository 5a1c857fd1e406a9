//! The robot itself: its links where the measured joints put them, or its body where it is seen and was driven; the
//! trail of its tip, the goal's tip.

use rerun::external::re_importer::UrdfTree;
use rerun::external::urdf_rs::{self, Geometry, Joint};
use rerun::{
    Arrows3D, Boxes3D, Capsules3D, CoordinateFrame, Cylinders3D, Ellipsoids3D, EntityPath,
    EntityPathPart, FillMode, Points3D, Quaternion, Radius, TimePoint, Transform3D,
    ViewCoordinates,
};

use super::canvas::Canvas;
use super::colour;
use super::localisation::{self, Localisation};
use super::reader::{Reader, goal_tip};
use super::scene::Scene;
use super::trail::Trail;
use crate::robot::{ActionKind, RobotModel, RobotState};
use crate::runtime::{GoalEvent, GoalPhase};
use crate::sensing::RawImage;

/// The entity that everything in space lies under; its frame is the robot's root frame, or, for a robot that drives,
/// the one that the model's probe reads places in: that of the odometry when the training data began.
pub(super) const WORLD: &str = "world";
/// Lines of planar robots are drawn this much above their true height `[m]`, so that no link hides them.
pub(super) const LIFT: f32 = 0.02;

/// Length of the arrow that says where a robot that drives is heading, and its height `[m]`.
const HEADING: (f32, f32) = (0.32, 0.12);

/// Draws the robot.
pub(super) struct Robot {
    model: RobotModel,
    tree: Option<UrdfTree>,
    joints: Vec<(EntityPath, Option<Joint>)>,
    base: EntityPath,
    tip_entity: EntityPath,
    goal_entity: EntityPath,
    reader: Option<Reader>,
    localisation: Option<Localisation>,
    tip: [f32; 3],
    trail: Trail,
}

impl Robot {
    /// Draws the links at rest. A URDF whose geometry can't be drawn is said, and leaves the rest standing.
    pub fn new(canvas: &mut Canvas, scene: Scene) -> Self {
        let lift = if scene.is_planar() { LIFT } else { 0.0 };
        let reader = scene.reads_pictures.as_ref().map(Reader::new);
        let reader = reader.transpose().unwrap_or_else(|why| {
            tracing::warn!("viewer: goals are not drawn in space: {why}");
            None
        });
        let drives = scene.drives();
        let seen = scene.reads_pictures.as_ref().filter(|_| drives);
        let localisation = seen.map(Localisation::new).transpose();
        let localisation = localisation.unwrap_or_else(|why| {
            tracing::warn!("viewer: the robot is drawn where odometry alone has it: {why}");
            None
        });
        let model = scene.robot;
        let world = EntityPath::from(WORLD);
        canvas.fix(&world, &ViewCoordinates::RIGHT_HAND_Z_UP());
        for entity in ["world/tip", "world/goal"] {
            let raised = Transform3D::from_translation([0.0, 0.0, lift]);
            canvas.fix(&EntityPath::from(entity), &raised);
        }

        let tree = match load(&model, scene.meshes, &world) {
            Ok(tree) => {
                let mut link = |chunk| canvas.chunk(chunk);
                if let Err(why) = tree.emit(&mut link, &TimePoint::STATIC, false) {
                    tracing::warn!(
                        "viewer: robot {}: some geometry is not drawn: {why:#}",
                        model.name
                    );
                }
                fill(canvas, &tree);
                rest(canvas, &tree, &world);
                Some(tree)
            }
            Err(why) => {
                tracing::warn!(
                    "viewer: robot {}: its links are not drawn: {why}",
                    model.name
                );
                None
            }
        };
        let joints = model.space.names.iter().map(|name| {
            let joint = tree.as_ref().and_then(|tree| tree.get_joint_by_name(name));
            let entity = world.clone() / "joints" / EntityPathPart::new(name);
            (entity, joint.cloned())
        });
        let joints = joints.collect();
        let at_rest = vec![0.0; model.space.len()];
        let robot = Self {
            tip: position(&model, &at_rest),
            joints,
            tree,
            base: EntityPath::from("world/base"),
            tip_entity: EntityPath::from("world/tip/measured"),
            goal_entity: EntityPath::from("world/goal/tip"),
            reader: reader.flatten(),
            localisation: localisation.flatten(),
            trail: Trail::new(),
            model,
        };
        if drives {
            robot.draw_heading(canvas);
        } else {
            canvas.fix(
                &robot.base,
                &robot.mount(Transform3D::from_translation([0.0; 3])),
            );
        }
        robot
    }

    /// Where the tip was measured last, by forward kinematics `[m]`.
    pub fn tip(&self) -> [f32; 3] {
        self.tip
    }

    /// Looks where it is in a frame.
    pub fn look(&mut self, frame: &RawImage) {
        if let Some(localisation) = &mut self.localisation {
            localisation.look(frame);
        }
    }

    /// Moves the links to a measured state.
    pub fn draw(&mut self, canvas: &mut Canvas, state: &RobotState) {
        if !state.is_finite() {
            return;
        }
        if self.model.space.kind == ActionKind::BodyTwist {
            self.draw_pose(canvas, state);
        } else {
            self.draw_joints(canvas, state);
            self.tip = position(&self.model, &state.position);
        }
        canvas.draw(
            &self.tip_entity,
            &Points3D::new([self.tip])
                .with_radii([Radius::new_ui_points(4.0)])
                .with_colors([colour::dimmed(colour::MEASURED, 1.0)]),
        );
        self.trail.draw(canvas, state.stamp, self.tip);
    }

    /// Marks where the tip shall go, while it shall: see [`goal::tip`].
    pub fn draw_goal(&mut self, canvas: &mut Canvas, event: &GoalEvent) {
        let tip = match event.phase {
            GoalPhase::Accepted => {
                let height = self.tip[2];
                goal_tip(&self.model, self.reader.as_mut(), &event.goal, height)
            }
            _ => None,
        };
        let marker = Points3D::new(tip)
            .with_radii([Radius::new_ui_points(7.0)])
            .with_colors([colour::dimmed(colour::GOAL, 1.0)])
            .with_labels(["goal"]);
        canvas.draw(&self.goal_entity, &marker);
    }

    fn draw_joints(&mut self, canvas: &mut Canvas, state: &RobotState) {
        let Some(tree) = &self.tree else { return };
        for ((entity, joint), value) in self.joints.iter().zip(state.position.iter()) {
            let Some(joint) = joint else { continue };
            if let Ok(transform) = tree.compute_joint_transform(joint, *value, false) {
                canvas.draw(entity, &transform);
            }
        }
    }

    fn draw_pose(&mut self, canvas: &mut Canvas, state: &RobotState) {
        let [x, y, yaw] = match &mut self.localisation {
            Some(localisation) => localisation.locate(state),
            None => localisation::pose(state),
        };
        let (sine, cosine) = (0.5 * yaw).sin_cos();
        let pose = Transform3D::from_translation([x as f32, y as f32, 0.0]).with_quaternion(
            Quaternion::from_xyzw([0.0, 0.0, sine as f32, cosine as f32]),
        );
        canvas.draw(&self.base, &self.mount(pose));
        self.tip = [x as f32, y as f32, 0.0];
    }

    /// An arrow in the body's frame: where ahead is.
    fn draw_heading(&self, canvas: &mut Canvas) {
        let (length, height) = HEADING;
        let entity = EntityPath::from("world/heading");
        canvas.fix(&entity, &CoordinateFrame::new(self.model.root()));
        canvas.fix(
            &entity,
            &Arrows3D::from_vectors([[length, 0.0, 0.0]])
                .with_origins([[0.0, 0.0, height]])
                .with_radii([Radius::new_ui_points(2.0)])
                .with_colors([colour::dimmed(colour::MEASURED, 1.0)]),
        );
    }

    /// URDF links live in named frames that know nothing of the entity tree; this ties the robot's root to
    /// the world's frame.
    fn mount(&self, pose: Transform3D) -> Transform3D {
        pose.with_parent_frame(format!("tf#/{WORLD}"))
            .with_child_frame(self.model.root())
    }
}

/// Boxes and cylinders come as wire frames: fills them.
fn fill(canvas: &mut Canvas, tree: &UrdfTree) {
    let links = tree.joints().map(|joint| tree.get_joint_child(joint));
    for link in std::iter::once(tree.root()).chain(links) {
        for (entity, visual) in tree.get_visual_geometries(link).unwrap_or_default() {
            let solid = FillMode::Solid;
            match visual.geometry {
                Geometry::Box { .. } => {
                    canvas.fix(&entity, &Boxes3D::update_fields().with_fill_mode(solid));
                }
                Geometry::Cylinder { .. } => {
                    canvas.fix(&entity, &Cylinders3D::update_fields().with_fill_mode(solid));
                }
                Geometry::Sphere { .. } => {
                    canvas.fix(
                        &entity,
                        &Ellipsoids3D::update_fields().with_fill_mode(solid),
                    );
                }
                Geometry::Capsule { .. } => {
                    canvas.fix(&entity, &Capsules3D::update_fields().with_fill_mode(solid));
                }
                Geometry::Mesh { .. } => {}
            }
        }
    }
}

/// Where every joint is before it moves, an entity each: rerun would put all on one, of which only the last
/// survives when a recording is compacted.
fn rest(canvas: &mut Canvas, tree: &UrdfTree, world: &EntityPath) {
    for joint in tree.joints() {
        let entity = world.clone() / "links" / EntityPathPart::new(joint.name.as_str());
        match tree.compute_joint_transform(joint, 0.0, false) {
            Ok(transform) => canvas.fix(&entity, &transform),
            Err(why) => tracing::warn!("viewer: joint {}: not drawn: {why}", joint.name),
        }
    }
}

fn load(
    model: &RobotModel,
    meshes: Option<std::path::PathBuf>,
    world: &EntityPath,
) -> Result<UrdfTree, String> {
    let urdf = urdf_rs::read_from_string(&model.urdf).map_err(|why| why.to_string())?;
    UrdfTree::new(urdf, meshes, Some(world.clone())).map_err(|why| format!("{why:#}"))
}

fn position(model: &RobotModel, joints: &[f64]) -> [f32; 3] {
    let tip = model.tip(joints);
    [tip.x as f32, tip.y as f32, tip.z as f32]
}
