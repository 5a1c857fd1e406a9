//! A piece of joint trajectory: waypoints, and the splines between them.

use crate::robot::Axes;
use crate::time::{Span, Stamp};

/// Positions, velocities and accelerations beyond this mean no joint; below it splines are finite.
const BEYOND: f64 = 1e6;

/// Where the axes are to be, and how they move there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waypoint {
    /// After the chunk's start.
    pub after: Span,
    /// `[rad or m]`.
    pub position: Axes,
    /// `[rad/s or m/s]`; no number at all where it is not said.
    pub velocity: Axes,
    /// `[rad/s^2 or m/s^2]`; no number at all where it is not said.
    pub acceleration: Axes,
}

/// A trajectory to rest: times strictly increase, and whoever follows it stands still at the last waypoint if nothing
/// else comes. One of [`Chunker`](super::Chunker) begins where the axes are and says everything at each waypoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// What waypoints are after.
    pub start: Stamp,
    /// At least one.
    pub waypoints: Vec<Waypoint>,
}

impl Chunk {
    /// Through waypoints that somebody else made, each of as many axes, or what is wrong with them.
    pub fn through(start: Stamp, waypoints: Vec<Waypoint>) -> Result<Self, String> {
        if waypoints.is_empty() {
            return Err("no point at all; expected one or more".to_owned());
        }
        let mut before = Span::from_nanos(-1);
        for (index, point) in waypoints.iter().enumerate() {
            if point.after <= before {
                return Err(format!(
                    "point {index} is {:.9} s after the start; expected 0 or more, and more than the point before",
                    point.after.secs()
                ));
            }
            before = point.after;
            for (what, numbers) in [
                ("positions", &point.position),
                ("velocities", &point.velocity),
                ("accelerations", &point.acceleration),
            ] {
                if !numbers.iter().all(|number| number.abs() <= BEYOND) {
                    return Err(format!(
                        "point {index} has {what} of {numbers:?}; expected finite numbers of a joint's size"
                    ));
                }
            }
        }
        Ok(Self { start, waypoints })
    }

    /// When it is at rest.
    pub fn end(&self) -> Stamp {
        let after = self.waypoints.last().map_or(Span::ZERO, |last| last.after);
        self.start + after
    }

    /// What a follower does at `stamp`, as ros2_control's joint_trajectory_controller reads trajectories: between
    /// neighbouring waypoints a straight line, cubic splines where both say velocities, quintic ones where both say
    /// accelerations, too; at rest at the first waypoint before it is due, and at the last one from then on.
    pub fn at(&self, stamp: Stamp) -> Waypoint {
        let after = stamp - self.start;
        let next = self.waypoints.partition_point(|point| point.after <= after);
        match (next.checked_sub(1), self.waypoints.get(next)) {
            (Some(before), Some(to)) => between(&self.waypoints[before], to, after),
            (before, _) => {
                let position = self.waypoints[before.unwrap_or(0)].position;
                let still = Axes::zeros(position.len());
                Waypoint {
                    after,
                    position,
                    velocity: still,
                    acceleration: still,
                }
            }
        }
    }

    /// The mean velocity over [`from`, `to`), so that velocities of ticks add up to the way.
    pub fn mean_velocity(&self, from: Stamp, to: Stamp) -> Axes {
        let (before, after) = (self.at(from).position, self.at(to).position);
        let length = (to - from).secs();
        Axes::from_fn(before.len(), |axis| (after[axis] - before[axis]) / length)
    }
}

/// The spline from `from` to `to`, which agrees with both in all that both say.
fn between(from: &Waypoint, to: &Waypoint, after: Span) -> Waypoint {
    let whole = (to.after - from.after).secs();
    let t = (after - from.after).secs() / whole;
    let said =
        |numbers: fn(&Waypoint) -> &Axes| !(numbers(from).is_empty() || numbers(to).is_empty());
    let (cubic, quintic) = (
        said(|point| &point.velocity),
        said(|point| &point.acceleration),
    );
    let still = Axes::zeros(from.position.len());
    let mut state = Waypoint {
        after,
        position: still,
        velocity: still,
        acceleration: still,
    };
    for axis in 0..from.position.len() {
        // Polynomials of the part of the time that has passed.
        let (p, q) = (from.position[axis], to.position[axis]);
        let mut c = [p, q - p, 0.0, 0.0, 0.0, 0.0];
        if cubic {
            let (v, w) = (from.velocity[axis] * whole, to.velocity[axis] * whole);
            // What is missing at the end if the start's velocity is kept.
            let (dp, dv) = (q - (p + v), w - v);
            c = [p, v, 3.0 * dp - dv, dv - 2.0 * dp, 0.0, 0.0];
            if quintic {
                let (a, b) = (from.acceleration[axis], to.acceleration[axis]);
                let (a, b) = (a * whole * whole, b * whole * whole);
                let (dp, dv, da) = (dp - 0.5 * a, dv - a, b - a);
                c[2] = 0.5 * a;
                c[3] = 10.0 * dp - 4.0 * dv + 0.5 * da;
                c[4] = -15.0 * dp + 7.0 * dv - da;
                c[5] = 6.0 * dp - 3.0 * dv + 0.5 * da;
            }
        }
        let [c0, c1, c2, c3, c4, c5] = c;
        state.position[axis] = c0 + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * c5))));
        let velocity = c1 + t * (2.0 * c2 + t * (3.0 * c3 + t * (4.0 * c4 + t * 5.0 * c5)));
        state.velocity[axis] = velocity / whole;
        let acceleration = 2.0 * c2 + t * (6.0 * c3 + t * (12.0 * c4 + t * 20.0 * c5));
        state.acceleration[axis] = acceleration / (whole * whole);
    }
    state
}
