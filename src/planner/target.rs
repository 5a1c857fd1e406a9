//! A goal in the form that imagination can measure distances to.

use std::f32::consts::PI;
use std::sync::Arc;

use crate::robot::ActionKind;
use crate::sensing::Goal;
use crate::world_model::{ModelError, ModelSpec, Route, WantedQuantity};

/// Closer to a point it has no direction `[model steps]`: some errors of a probe.
const AT: f32 = 0.5;
/// A body that turns is restless up to here, and on its way from twice as far `[model steps]`. What counts as there lies
/// between: beside a point that it can't drive to sideways it must turn to come nearer.
const SETTLED: f32 = 0.3;
/// Distance over which turning first loses its worth `[model steps]`.
const CLOSE: f32 = 2.0;
/// A way by a map is longer than it need be: it leads from place to place. So much of it counts for nothing, a hindrance
/// for more `[model steps]`.
const SLACK: f32 = 1.0;
/// Where a map knows no way, there is something in between: farther than it seems by so much `[model steps]`.
const OFF: f32 = 20.0;

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
pub struct WantedTarget {
    wanted: Vec<WantedQuantity>,
    way: Way,
    /// The ways to it that a map knows.
    route: Option<Arc<Route>>,
}

/// How the way to a point is measured.
#[derive(Clone, Debug, Default, PartialEq)]
enum Way {
    #[default]
    Straight,
    Turn(Turn),
    /// Through joint space, to positions that bring the tip there.
    Joints(Vec<WantedQuantity>),
}

/// How a body that can't go aside turns to a point.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Turn {
    /// Index of the yaw `[rad]`.
    yaw: usize,
    /// Indices of the coordinates in the plane.
    place: [usize; 2],
    /// Where it goes, in the plane `[m]`.
    point: [f32; 2],
    /// Yaw that full speed changes in a model step `[rad]`, > 0.
    scale: f32,
}

impl WantedTarget {
    /// What is wanted.
    pub fn wanted(&self) -> &[WantedQuantity] {
        &self.wanted
    }

    /// From quantities `[Y]` to what is wanted `[model steps]`.
    pub fn distance(&self, here: &[f32]) -> f32 {
        norm(&self.wanted, here, |wanted| wanted.value)
    }

    /// Between quantities `[Y]`, as far as they are wanted, and with a body on wheels turning where it is there
    /// `[model steps]`.
    pub fn motion(&self, before: &[f32], here: &[f32]) -> f32 {
        let moved = |wanted: &[_]| norm(wanted, here, |wanted| before[wanted.index]);
        match &self.way {
            Way::Straight => moved(&self.wanted),
            Way::Joints(joints) => moved(joints),
            Way::Turn(turn) => {
                let yaw = here[turn.yaw] - before[turn.yaw];
                let yaw = (yaw + PI).rem_euclid(2.0 * PI) - PI;
                let unrest = (2.0 - self.distance(here) / SETTLED).clamp(0.0, 1.0);
                moved(&self.wanted).hypot(unrest * yaw / turn.scale)
            }
        }
    }

    /// The distance along the way `[model steps]`: through joint space; or straight, but no less than the way that a map
    /// knows around what stands in between.
    pub fn to_go(&self, here: &[f32]) -> f32 {
        let direct = self.direct(here);
        let Some(route) = &self.route else {
            return direct;
        };
        let mut place = [0.0; 3];
        for (coordinate, wanted) in place.iter_mut().zip(&self.wanted) {
            *coordinate = here[wanted.index];
        }
        let way = route.from(&place[..self.wanted.len().min(3)]);
        let scale = self.wanted.first().map_or(1.0, |wanted| wanted.scale);
        if way.is_finite() {
            direct.max(way / scale - SLACK)
        } else {
            direct + OFF
        }
    }

    /// Through joint space; or straight, and of a body on wheels the turn that comes first: at full speed, until it
    /// heads for the point or away from it. It counts close by: there the point has no direction yet, far away there is
    /// time to turn on the way.
    fn direct(&self, here: &[f32]) -> f32 {
        let distance = self.distance(here);
        let turn = match &self.way {
            Way::Straight => return distance,
            Way::Joints(joints) => return norm(joints, here, |wanted| wanted.value),
            Way::Turn(turn) => turn,
        };
        let [dx, dy] = [0, 1].map(|part| turn.point[part] - here[turn.place[part]]);
        let aside = (dy.atan2(dx) - here[turn.yaw]).rem_euclid(PI);
        let counts = (distance - AT).max(0.0) / (distance + AT) * (-distance / CLOSE).exp();
        distance + counts * aside.min(PI - aside) / turn.scale
    }
}

fn norm(wanted: &[WantedQuantity], here: &[f32], from: impl Fn(&WantedQuantity) -> f32) -> f32 {
    let squares = wanted.iter().map(|wanted| {
        let difference = (here[wanted.index] - from(wanted)) / wanted.scale;
        difference * difference
    });
    squares.sum::<f32>().sqrt()
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
        let (wanted, way) = match goal {
            Goal::Joints(positions) => (joints(spec, positions, speeds)?, Way::Straight),
            Goal::Point(point) => {
                let turn = turn(spec, point, speeds).map_or(Way::Straight, Way::Turn);
                (tip(spec, point, point_scale)?, turn)
            }
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
        Ok(Self::Quantities(WantedTarget {
            wanted,
            way,
            route: None,
        }))
    }

    /// The same, by way of joint space: the tip is there when the joints are at `positions`. Straight on if the model's
    /// probe doesn't read them all.
    #[must_use]
    pub fn by_joints(self, spec: &ModelSpec, positions: &[f64], speeds: &[f64]) -> Self {
        match (self, joints(spec, positions, speeds)) {
            (Self::Quantities(target), Ok(joints)) => Self::Quantities(WantedTarget {
                way: Way::Joints(joints),
                ..target
            }),
            (target, _) => target,
        }
    }

    /// The same, along the ways to it that a map knows.
    #[must_use]
    pub fn along(self, route: Route) -> Self {
        match self {
            Self::Quantities(target) => Self::Quantities(WantedTarget {
                route: Some(Arc::new(route)),
                ..target
            }),
            latent => latent,
        }
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

/// `None` for what need not turn, and for a probe that doesn't read the yaw.
fn turn(spec: &ModelSpec, point: &[f64; 3], speeds: &[f64]) -> Option<Turn> {
    let (&[x, y, ..], &[_, angular]) = (spec.tip.as_slice(), speeds) else {
        return None;
    };
    let scale = (angular * spec.period.secs()) as f32;
    let yaw = spec.quantities.iter().position(|known| known.name == "yaw");
    let drives = spec.action_kind == ActionKind::BodyTwist && scale > 0.0;
    yaw.filter(|_| drives).map(|yaw| Turn {
        yaw,
        place: [x, y],
        point: [point[0] as f32, point[1] as f32],
        scale,
    })
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
