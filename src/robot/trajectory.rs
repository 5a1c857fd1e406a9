//! Stamped knots and what lies between them.

use serde::{Deserialize, Serialize};

use super::Action;
use crate::time::Stamp;

/// How a [`Trajectory`] reads between two knots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The earlier knot holds until the next one.
    Hold,
    /// A straight line.
    #[default]
    Linear,
    /// A Catmull-Rom cubic through the knots, its tangents one-sided at the ends.
    Cubic,
}

/// One control point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Knot {
    /// When the action is due.
    pub stamp: Stamp,
    /// The action, SI units.
    pub action: Action,
}

/// A commanded motion: knots with strictly increasing stamps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectory {
    knots: Vec<Knot>,
    interpolation: Interpolation,
}

impl Trajectory {
    /// A trajectory through `knots`, or `None` unless their stamps strictly increase.
    pub fn new(knots: Vec<Knot>, interpolation: Interpolation) -> Option<Self> {
        let ordered = knots.windows(2).all(|pair| pair[0].stamp < pair[1].stamp);
        ordered.then_some(Self {
            knots,
            interpolation,
        })
    }

    /// Replaces the content by `other`'s, keeping this one's memory.
    pub fn copy_from(&mut self, other: &Trajectory) {
        self.knots.clear();
        self.knots.extend_from_slice(&other.knots);
        self.interpolation = other.interpolation;
    }

    /// The knots, stamps strictly increasing.
    pub fn knots(&self) -> &[Knot] {
        &self.knots
    }

    /// How it reads between knots.
    pub fn interpolation(&self) -> Interpolation {
        self.interpolation
    }

    /// The first knot's stamp.
    pub fn start(&self) -> Option<Stamp> {
        self.knots.first().map(|knot| knot.stamp)
    }

    /// The last knot's stamp.
    pub fn end(&self) -> Option<Stamp> {
        self.knots.last().map(|knot| knot.stamp)
    }

    /// The action due at `stamp`: the first knot's before the start, `None` past the end or without knots.
    /// Allocates nothing.
    pub fn sample(&self, stamp: Stamp) -> Option<Action> {
        let next = self.knots.partition_point(|knot| knot.stamp <= stamp);
        if next == 0 {
            return self.knots.first().map(|knot| knot.action);
        }
        let from = &self.knots[next - 1];
        let Some(to) = self.knots.get(next) else {
            return (from.stamp == stamp).then_some(from.action);
        };
        let ratio = (stamp - from.stamp).secs() / (to.stamp - from.stamp).secs();
        Some(match self.interpolation {
            Interpolation::Hold => from.action,
            Interpolation::Linear => Action::from_fn(from.action.len(), |axis| {
                from.action[axis] + ratio * (to.action[axis] - from.action[axis])
            }),
            Interpolation::Cubic => self.cubic(next, ratio),
        })
    }

    /// Catmull-Rom between knots `next - 1` and `next` at `ratio` in 0..1, for knots that need not be
    /// evenly spaced.
    fn cubic(&self, next: usize, ratio: f64) -> Action {
        let (from, to) = (&self.knots[next - 1], &self.knots[next]);
        let before = if next >= 2 {
            &self.knots[next - 2]
        } else {
            from
        };
        let after = self.knots.get(next + 1).unwrap_or(to);
        let length = (to.stamp - from.stamp).secs();
        let slope = |a: &Knot, b: &Knot, axis: usize| {
            let span = (b.stamp - a.stamp).secs();
            if span > 0.0 {
                (b.action[axis] - a.action[axis]) / span * length
            } else {
                0.0
            }
        };
        let (t, t2, t3) = (ratio, ratio * ratio, ratio * ratio * ratio);
        Action::from_fn(from.action.len(), |axis| {
            (2.0 * t3 - 3.0 * t2 + 1.0) * from.action[axis]
                + (t3 - 2.0 * t2 + t) * slope(before, to, axis)
                + (-2.0 * t3 + 3.0 * t2) * to.action[axis]
                + (t3 - t2) * slope(from, after, axis)
        })
    }
}
