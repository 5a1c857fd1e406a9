//! Where a body that drives is in the world: its odometry, kept in place by what the probe reads out of each frame.
//! In REP-105's words, the transform from `map` to `odom`.

use std::f64::consts::{PI, TAU};
use std::sync::Arc;

use super::reader::{Place, Reader};
use crate::robot::RobotState;
use crate::sensing::{Message, OdometryMessage, RawImage, SensingError, Synchronizer};
use crate::world_model::{ModelError, WorldModel};

/// What a frame's reading counts: the probe's noise averages out over five frames, and wheels slip slowly.
const GAIN: f64 = 0.2;

/// x `[m]`, y `[m]`, yaw `[rad]`.
pub(super) type Pose = [f64; 3];

/// Keeps the place of the odometry's frame in the world.
pub(super) struct Localisation {
    reader: Reader,
    synchronizer: Synchronizer,
    /// Of the odometry's frame in the world's; `None` before the first frame.
    origin: Option<Pose>,
    refused: bool,
}

impl Localisation {
    /// `None` for a model whose probe reads no place.
    ///
    /// # Errors
    /// Those of the model.
    pub fn new(model: &Arc<dyn WorldModel>) -> Result<Option<Self>, ModelError> {
        let spec = model.spec();
        Ok(Reader::new(model)?.map(|reader| Self {
            reader,
            synchronizer: Synchronizer::new(spec.action_kind, spec.axes.clone(), spec.image),
            origin: None,
            refused: false,
        }))
    }

    /// Where a body is that its odometry measured at `state`.
    pub fn locate(&mut self, state: &RobotState) -> Pose {
        let odometry = OdometryMessage {
            stamp: state.stamp,
            pose: pose(state),
            twist: [0, 1].map(|axis| state.velocity.get(axis).copied().unwrap_or(0.0)),
        };
        if let Err(why) = self.synchronizer.absorb(&Message::Odometry(odometry)) {
            self.refuse(&why);
        }
        match self.origin {
            Some(origin) => compose(origin, pose(state)),
            None => pose(state),
        }
    }

    /// Looks at a frame.
    pub fn look(&mut self, frame: &RawImage) {
        let observation = match self.synchronizer.absorb(&Message::Image(frame.clone())) {
            Ok(Some(observation)) => observation,
            // Odometry may come a moment later.
            Ok(None) | Err(SensingError::NoState(_)) => return,
            Err(why) => return self.refuse(&why),
        };
        match self.reader.look(&observation) {
            Ok(Some(place)) => self.correct(&place, pose(&observation.state)),
            Ok(None) => {}
            Err(why) => self.refuse(&why),
        }
    }

    fn correct(&mut self, place: &Place, odometry: Pose) {
        let yaw = place.yaw.map_or(odometry[2], f64::from);
        let seen = [f64::from(place.tip[0]), f64::from(place.tip[1]), yaw];
        self.origin = Some(match self.origin {
            None => origin(seen, odometry),
            Some(old) => {
                // Blended where the body is: about a far origin, noise of the heading would swing it around.
                let believed = compose(old, odometry);
                let error = [0, 1, 2].map(|part| seen[part] - believed[part]);
                let error = [error[0], error[1], wrapped(error[2])];
                let blended = [0, 1, 2].map(|part| believed[part] + GAIN * error[part]);
                origin(blended, odometry)
            }
        });
    }

    /// Says once why a body is drawn where odometry alone has it.
    fn refuse(&mut self, why: &dyn std::fmt::Display) {
        if !self.refused {
            self.refused = true;
            tracing::warn!(
                "viewer: a frame doesn't say where the robot is, odometry alone does: {why}; further ones are not \
                 mentioned"
            );
        }
    }
}

/// The pose that a body's odometry measured.
pub(super) fn pose(state: &RobotState) -> Pose {
    [0, 1, 2].map(|part| state.position.get(part).copied().unwrap_or(0.0))
}

/// `inner`, given in the frame at `outer`.
fn compose(outer: Pose, inner: Pose) -> Pose {
    let (sin, cos) = outer[2].sin_cos();
    [
        outer[0] + cos * inner[0] - sin * inner[1],
        outer[1] + sin * inner[0] + cos * inner[1],
        wrapped(outer[2] + inner[2]),
    ]
}

/// The frame in which a body at `seen` has the pose `inner`.
fn origin(seen: Pose, inner: Pose) -> Pose {
    let turned = compose([0.0, 0.0, seen[2] - inner[2]], inner);
    [
        seen[0] - turned[0],
        seen[1] - turned[1],
        wrapped(seen[2] - inner[2]),
    ]
}

/// An angle in -pi..pi.
fn wrapped(angle: f64) -> f64 {
    (angle + PI).rem_euclid(TAU) - PI
}
