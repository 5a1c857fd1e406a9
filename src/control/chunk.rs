//! A piece of joint trajectory: waypoints, and the splines between them.

use crate::robot::Axes;
use crate::time::{Span, Stamp};

/// Where the axes are to be, and how they move there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waypoint {
    /// After the chunk's start.
    pub after: Span,
    /// `[rad or m]`.
    pub position: Axes,
    /// `[rad/s or m/s]`.
    pub velocity: Axes,
    /// `[rad/s^2 or m/s^2]`.
    pub acceleration: Axes,
}

/// A trajectory from where the axes are to rest. The first waypoint is the start itself, times strictly increase, the
/// last waypoint is at rest: whoever follows it stands still at its end if nothing else comes.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// When the first waypoint is due.
    pub start: Stamp,
    /// At least one.
    pub waypoints: Vec<Waypoint>,
}

impl Chunk {
    /// When it is at rest.
    pub fn end(&self) -> Stamp {
        let after = self.waypoints.last().map_or(Span::ZERO, |last| last.after);
        self.start + after
    }

    /// What a follower does at `stamp`: quintic splines through position, velocity and acceleration of neighbouring
    /// waypoints, as ros2_control's joint_trajectory_controller reads them. The first waypoint before the start, the
    /// last one past the end.
    pub fn at(&self, stamp: Stamp) -> Waypoint {
        let after = stamp - self.start;
        let next = self.waypoints.partition_point(|point| point.after <= after);
        let Some(to) = self.waypoints.get(next) else {
            let last = self.waypoints[self.waypoints.len() - 1];
            return Waypoint { after, ..last };
        };
        match next {
            0 => Waypoint { after, ..*to },
            _ => between(&self.waypoints[next - 1], to, after),
        }
    }
}

/// The quintic from `from` to `to`, which agrees with both in position, velocity and acceleration.
fn between(from: &Waypoint, to: &Waypoint, after: Span) -> Waypoint {
    let (whole, t) = ((to.after - from.after).secs(), (after - from.after).secs());
    let mut state = Waypoint { after, ..*from };
    for axis in 0..from.position.len() {
        let (p, v, a) = (
            from.position[axis],
            from.velocity[axis],
            from.acceleration[axis],
        );
        // What is missing at the end if the start's acceleration is kept.
        let dp = to.position[axis] - (p + (v + 0.5 * a * whole) * whole);
        let dv = (to.velocity[axis] - (v + a * whole)) * whole;
        let da = (to.acceleration[axis] - a) * whole * whole;
        let c3 = (10.0 * dp - 4.0 * dv + 0.5 * da) / whole.powi(3);
        let c4 = (-15.0 * dp + 7.0 * dv - da) / whole.powi(4);
        let c5 = (6.0 * dp - 3.0 * dv + 0.5 * da) / whole.powi(5);
        state.position[axis] = p + t * (v + t * (0.5 * a + t * (c3 + t * (c4 + t * c5))));
        state.velocity[axis] = v + t * (a + t * (3.0 * c3 + t * (4.0 * c4 + t * 5.0 * c5)));
        state.acceleration[axis] = a + t * (6.0 * c3 + t * (12.0 * c4 + t * 20.0 * c5));
    }
    state
}
