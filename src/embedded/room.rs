//! Rooms drawn from a number: walls and boxes that block a disc, and that parry finds the contacts with.

use parry2d_f64::math::{Pose, Vector};
use parry2d_f64::query::contact;
use parry2d_f64::shape::{Ball, Cuboid};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::seed::mix;

/// Half of the room's inner side `[m]`.
pub const HALF: f64 = 2.0;
/// Half the thickness of walls `[m]`.
const WALL: f64 = 0.05;
/// Width of the door in the wall across the room `[m]`.
const DOOR: (f64, f64) = (0.9, 1.3);
/// Least way left free beside a box `[m]`.
const WAY: f64 = 0.5;
/// Boxes on the floor.
const BOXES: usize = 2;
/// How deep a disc may be in what it touches, by rounding `[m]`.
const TOUCH: f64 = 1e-9;
/// Boxes drawn before giving up on a place for one.
const DRAWS: usize = 1000;
/// Times that contacts are resolved one after another: a disc in a corner needs two.
const ROUNDS: usize = 4;

/// A box on the floor, or a part of a wall: centre and half extents `[m]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Centre `[m]`.
    pub centre: [f64; 2],
    /// Half extents `[m]`.
    pub half: [f64; 2],
}

/// Four outer walls, a wall across with a door in it, and boxes.
#[derive(Clone, Debug)]
pub struct Room {
    blocks: Vec<Block>,
}

impl Room {
    /// The room that `layout` stands for: the same number, the same room.
    pub fn drawn(layout: u64) -> Self {
        Self::with_boxes(layout, 0)
    }

    /// The same with its boxes where the number `boxes` puts them; 0: where the layout does.
    pub fn with_boxes(layout: u64, boxes: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(layout);
        let outside = HALF + WALL;
        let mut blocks: Vec<Block> = [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)]
            .map(|(x, y)| Block {
                centre: [x * outside, y * outside],
                half: if x == 0.0 {
                    [HALF + 2.0 * WALL, WALL]
                } else {
                    [WALL, HALF + 2.0 * WALL]
                },
            })
            .into();
        let turned: bool = rng.random();
        let place = |along: f64, across: f64| {
            if turned {
                [across, along]
            } else {
                [along, across]
            }
        };
        let at = rng.random_range(-0.5..0.5);
        let door = rng.random_range(DOOR.0..DOOR.1);
        let middle = rng.random_range(-1.2..1.2);
        for (low, high) in [(-HALF, middle - door / 2.0), (middle + door / 2.0, HALF)] {
            if high > low {
                blocks.push(Block {
                    centre: place(at, (low + high) / 2.0),
                    half: place(WALL, (high - low) / 2.0),
                });
            }
        }
        if boxes > 0 {
            rng = ChaCha8Rng::seed_from_u64(mix(layout, boxes));
        }
        for _ in 0..BOXES {
            for _ in 0..DRAWS {
                let half = [rng.random_range(0.15..0.3), rng.random_range(0.15..0.3)];
                let centre = [0, 1].map(|axis| {
                    let free = HALF - half[axis] - WAY;
                    rng.random_range(-free..free)
                });
                let block = Block { centre, half };
                let in_the_door = block.gap_to(place(at, middle)) < 0.9;
                if !in_the_door && blocks.iter().all(|other| block.gap(other) >= WAY) {
                    blocks.push(block);
                    break;
                }
            }
        }
        Self { blocks }
    }

    /// Everything that blocks.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// How far a disc of `radius` at `centre` is from what blocks `[m]`; negative: how deep it is in it.
    pub fn clearance(&self, centre: [f64; 2], radius: f64) -> f64 {
        let gaps = self.blocks.iter().map(|block| block.gap_to(centre));
        gaps.fold(f64::INFINITY, f64::min) - radius
    }

    /// True if a disc of `radius` at `centre` is inside the room, in nothing that blocks. Touching is no fault.
    pub fn is_free(&self, centre: [f64; 2], radius: f64) -> bool {
        let inside = centre.iter().all(|along| along.abs() < HALF);
        inside && self.clearance(centre, radius) > -TOUCH
    }

    /// Where a disc of `radius` that would be at `centre` is pushed to by what it touches, and whether it touches
    /// anything.
    pub(super) fn resolve(&self, centre: [f64; 2], radius: f64) -> ([f64; 2], bool) {
        let disc = Ball::new(radius);
        let mut centre = Vector::new(centre[0], centre[1]);
        let mut touches = false;
        for _ in 0..ROUNDS {
            let mut pushed = false;
            for block in &self.blocks {
                let shape = Cuboid::new(Vector::new(block.half[0], block.half[1]));
                let at = Pose::from_translation(Vector::new(block.centre[0], block.centre[1]));
                let found = contact(&at, &shape, &Pose::from_translation(centre), &disc, 0.0);
                // Between a disc and a box contacts are always defined.
                let Ok(Some(found)) = found else { continue };
                centre += found.normal1 * -found.dist;
                pushed |= found.dist < -1e-9;
                touches = true;
            }
            if !pushed {
                break;
            }
        }
        ([centre.x, centre.y], touches)
    }
}

impl Block {
    /// Distance from `point` `[m]`; negative inside.
    pub fn gap_to(&self, point: [f64; 2]) -> f64 {
        let out = [0, 1].map(|axis| (point[axis] - self.centre[axis]).abs() - self.half[axis]);
        let beyond = out.map(|out| out.max(0.0));
        beyond[0].hypot(beyond[1]) + out[0].max(out[1]).min(0.0)
    }

    /// Free space between two `[m]`, at most 0 if they overlap.
    fn gap(&self, other: &Self) -> f64 {
        let sum = Self {
            centre: self.centre,
            half: [0, 1].map(|axis| self.half[axis] + other.half[axis]),
        };
        sum.gap_to(other.centre)
    }
}
