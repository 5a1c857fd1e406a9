//! Where a rover may be sent in its room, and along which places.

use super::rover::ROVER_RADIUS;
use super::{Room, Ways};
use crate::robot::Axes;

/// Free space beside it on a way along subgoals `[m]`.
const BERTH: f64 = 0.1;
/// Way between two subgoals `[m]`.
const SPACING: f64 = 0.6;

/// Whether the shortest way from `here` to a pose is at least `detour` times the straight line.
pub(super) fn goals(room: &Room, here: &Axes, detour: f64) -> Box<dyn Fn(&Axes) -> bool> {
    if detour <= 1.0 {
        return Box::new(|_| true);
    }
    let here = [here[0], here[1]];
    let ways = Ways::from(room, here, ROVER_RADIUS);
    Box::new(move |goal| {
        let straight = (goal[0] - here[0]).hypot(goal[1] - here[1]);
        let way = ways.to([goal[0], goal[1]]);
        way.is_some_and(|way| way >= detour * straight)
    })
}

/// Poses on a short way from the one to the other, heading along it: with room to turn, where there is such a way.
pub(super) fn route(room: &Room, from: &Axes, to: &Axes) -> Vec<Axes> {
    let (from, to) = ([from[0], from[1]], [to[0], to[1]]);
    let along = |berth| Ways::from(room, from, ROVER_RADIUS + berth).places(to, SPACING);
    let places = along(BERTH).or_else(|| along(0.0)).unwrap_or_default();
    let after = places.iter().skip(1).chain([&to]);
    let headed = places.iter().zip(after).map(|(here, next)| {
        let heading = (next[1] - here[1]).atan2(next[0] - here[0]);
        Axes::from_fn(3, |part| [here[0], here[1], heading][part])
    });
    headed.collect()
}
