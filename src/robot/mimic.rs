//! Joints that move with another one: grippers' second fingers, parallel links, rear wheels.

use urdf_rs::{Joint, Mimic};

use super::AxisLimits;
use super::error::Fault;
use super::joints::FARTHEST;

/// Where a joint is, given the action axes: `multiplier` times an axis' position, plus `offset` `[rad or m]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Follower {
    pub(super) axis: usize,
    multiplier: f64,
    offset: f64,
}

impl Follower {
    /// The joint that is the axis itself.
    pub(super) fn leader(axis: usize) -> Self {
        Self {
            axis,
            multiplier: 1.0,
            offset: 0.0,
        }
    }

    /// `joint`, which mimics one of those that are commanded, `names`.
    pub(super) fn of(joint: &Joint, mimic: &Mimic, names: &[String]) -> Result<Self, Fault> {
        let (multiplier, offset) = (mimic.multiplier.unwrap_or(1.0), mimic.offset.unwrap_or(0.0));
        let refuse = |field: &str, found: String, expected: String, remedy: &str| {
            Fault::new(
                format!("joint {}: mimic {field}", joint.name),
                found,
                expected,
                remedy,
            )
        };
        for (field, value) in [("multiplier", multiplier), ("offset", offset)] {
            if !(-FARTHEST..=FARTHEST).contains(&value) {
                return Err(refuse(
                    field,
                    format!("{value:?}"),
                    format!("{:?} to {FARTHEST:?}", -FARTHEST),
                    "write the real joint's",
                ));
            }
        }
        let axis = names.iter().position(|name| *name == mimic.joint);
        let axis = axis.ok_or_else(|| {
            refuse(
                "joint",
                mimic.joint.clone(),
                format!("a joint that is commanded itself: {}", names.join(", ")),
                "name the one that leads, or make this one fixed",
            )
        })?;
        Ok(Self {
            axis,
            multiplier,
            offset,
        })
    }

    /// The joint's position, of the axes'.
    pub(super) fn at(&self, position: &[f64]) -> f64 {
        let leader = position.get(self.axis).copied().unwrap_or(0.0);
        self.multiplier * leader + self.offset
    }

    /// Bounds of the leading axis under which the joint `name`, with bounds of its own, keeps to these.
    pub(super) fn bound(
        &self,
        leader: AxisLimits,
        own: AxisLimits,
        name: &str,
    ) -> Result<AxisLimits, Fault> {
        let factor = self.multiplier.abs();
        let (lower, upper) = match self.multiplier {
            0.0 if own.lower <= self.offset && self.offset <= own.upper => {
                (f64::NEG_INFINITY, f64::INFINITY)
            }
            0.0 => (f64::INFINITY, f64::NEG_INFINITY),
            multiplier => {
                let ends = [own.lower, own.upper].map(|end| (end - self.offset) / multiplier);
                (ends[0].min(ends[1]), ends[0].max(ends[1]))
            }
        };
        let bounds = AxisLimits {
            lower: leader.lower.max(lower),
            upper: leader.upper.min(upper),
            velocity: leader.velocity.min(own.velocity / factor),
            acceleration: leader.acceleration.min(own.acceleration / factor),
            deceleration: leader.deceleration.min(own.deceleration / factor),
            jerk: leader.jerk.min(own.jerk / factor),
        };
        if bounds.lower < bounds.upper {
            return Ok(bounds);
        }
        Err(Fault::new(
            format!("joint {name}: limit"),
            format!(
                "{:?} to {:?}, times {} plus {}",
                own.lower, own.upper, self.multiplier, self.offset
            ),
            format!(
                "room within {:?} to {:?} of the joint that it mimics",
                leader.lower, leader.upper
            ),
            "write the real joint's",
        ))
    }
}
