//! Shortest ways through a room, on a grid.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Room;
use super::room::HALF;

/// Cells from one side of the room to the other.
const CELLS: i32 = 80;
/// Width of a cell `[m]`.
const CELL: f64 = 2.0 * HALF / CELLS as f64;
/// Steps to neighbours in sixteen directions: a way comes out at most 3 % too long.
const STEPS: [(i32, i32); 16] = [
    (1, 0),
    (-1, 0),
    (0, 1),
    (0, -1),
    (1, 1),
    (1, -1),
    (-1, 1),
    (-1, -1),
    (2, 1),
    (2, -1),
    (-2, 1),
    (-2, -1),
    (1, 2),
    (1, -2),
    (-1, 2),
    (-1, -2),
];

/// The shortest ways of a disc from one place to all others (Dijkstra's).
#[derive(Clone, Debug)]
pub struct Ways {
    /// Micrometres by cell; `u64::MAX` where it can't get.
    lengths: Vec<u64>,
}

impl Ways {
    /// Ways of a disc of `radius` `[m]` from the place `from` `[m]`.
    pub fn from(room: &Room, from: [f64; 2], radius: f64) -> Self {
        let cells = (0..CELLS).flat_map(|y| (0..CELLS).map(move |x| (x, y)));
        let free: Vec<bool> = cells
            .map(|cell| room.clearance(middle(cell), radius) > 0.0)
            .collect();
        let mut lengths = vec![u64::MAX; free.len()];
        let mut waiting = BinaryHeap::new();
        if let Some(start) = index(cell(from)) {
            lengths[start] = 0;
            waiting.push((Reverse(0), cell(from)));
        }
        while let Some((Reverse(length), here)) = waiting.pop() {
            if index(here).is_none_or(|at| lengths[at] < length) {
                continue;
            }
            for (dx, dy) in STEPS {
                let next = (here.0 + dx, here.1 + dy);
                let Some(at) = index(next).filter(|at| free[*at]) else {
                    continue;
                };
                let way = f64::from(dx).hypot(f64::from(dy)) * CELL;
                let longer = length + (1e6 * way) as u64;
                if longer < lengths[at] {
                    lengths[at] = longer;
                    waiting.push((Reverse(longer), next));
                }
            }
        }
        Self { lengths }
    }

    /// Places on the way to the place `to`, one every `spacing` `[m]`, neither end among them; `None` if there is no
    /// way.
    pub fn places(&self, to: [f64; 2], spacing: f64) -> Option<Vec<[f64; 2]>> {
        let mut here = cell(to);
        let mut left = self.to(to)?;
        let mut due = left - spacing;
        let mut places = Vec::new();
        // Back along the way that lengths were added up on.
        while left > 0.0 {
            let before = STEPS.iter().filter_map(|(dx, dy)| {
                let next = (here.0 - dx, here.1 - dy);
                let length = index(next).map(|at| self.lengths[at])?;
                let length = (length < u64::MAX).then_some(1e-6 * length as f64)?;
                Some((
                    length + f64::from(*dx).hypot(f64::from(*dy)) * CELL,
                    length,
                    next,
                ))
            });
            let (_, length, next) = before.min_by(|a, b| a.0.total_cmp(&b.0))?;
            (here, left) = (next, length);
            if left <= due && left > 0.0 {
                places.push(middle(here));
                due = left - spacing;
            }
        }
        places.reverse();
        Some(places)
    }

    /// The way's length to the place `to` `[m]`; `None` if there is none.
    pub fn to(&self, to: [f64; 2]) -> Option<f64> {
        let length = index(cell(to)).map(|at| self.lengths[at])?;
        (length < u64::MAX).then_some(1e-6 * length as f64)
    }
}

fn cell(place: [f64; 2]) -> (i32, i32) {
    let at = |value: f64| ((value + HALF) / CELL).floor() as i32;
    (at(place[0]), at(place[1]))
}

fn middle((x, y): (i32, i32)) -> [f64; 2] {
    let at = |index: i32| (f64::from(index) + 0.5) * CELL - HALF;
    [at(x), at(y)]
}

fn index((x, y): (i32, i32)) -> Option<usize> {
    let inside = (0..CELLS).contains(&x) && (0..CELLS).contains(&y);
    inside.then_some((y * CELLS + x) as usize)
}
