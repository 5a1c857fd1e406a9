//! Places in an embedded robot's room with something between them, photographed for the examination.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::cli::Failure;
use crate::cli::terminal::say;
use crate::embedded::{Embodiment, ROVER_RADIUS, Room, RoverParameters, Ways};
use crate::evaluation::check::{BlockedPair, Push, Report};
use crate::robot::{Axes, RobotState};
use crate::sensing::{Observation, convert};
use crate::world_model::WorldModel;

/// Pairs of places.
const PAIRS: usize = 200;
/// Places with a pair each, in turn.
const STARTS: usize = 20;
/// Pairs lie so far apart in a straight line `[m]`, a narrow band, so that it says little of their way, which is so
/// much longer.
const APART: (f64, f64) = (0.6, 1.2);
const DETOUR: f64 = 1.3;
/// Pushes against walls and boxes, begun so far from them `[m]` and held so many steps.
const PUSHES: usize = 60;
const BEFORE: (f64, f64) = (0.05, 0.2);
const STEPS: usize = 5;

/// Judges what the model knows of the walls of the room that `embodiment` is in, if it is in one.
///
/// # Errors
/// Those of the model and the camera's pictures.
pub fn examine_walls(
    embodiment: &Embodiment,
    model: &dyn WorldModel,
    report: &mut Report,
) -> Result<(), Failure> {
    let Embodiment::Rover(rover) = embodiment else {
        return Ok(());
    };
    let room = rover.room();
    let mut photographer = Photographer {
        embodiment: embodiment.clone(),
        model,
        shots: 0,
    };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    report.judge_ways(model, &pairs(&room, &mut rng, &mut photographer)?)?;
    if model.spec().tip.len() < 2 {
        say(format_args!(
            "no leak: the package has no probe that tells the place of the body"
        ));
        return Ok(());
    }
    let pushes = pushes(&room, rover, &mut rng, &mut photographer)?;
    Ok(report.judge_leak(model, &pushes)?)
}

struct Photographer<'a> {
    embodiment: Embodiment,
    model: &'a dyn WorldModel,
    shots: u64,
}

impl Photographer<'_> {
    fn shoot(&mut self, place: [f64; 2], yaw: f64) -> Result<Observation, Failure> {
        self.shots += 1;
        let picture = self
            .embodiment
            .photograph(&[place[0], place[1], yaw], self.shots);
        let mut image = Vec::new();
        if let Some(spec) = self.model.spec().image {
            convert(&picture, &spec, &mut image).map_err(|why| Failure::Job(why.to_string()))?;
        }
        Ok(Observation {
            image,
            velocity: Axes::zeros(2),
            state: RobotState::default(),
            ..Observation::default()
        })
    }
}

fn place(rng: &mut ChaCha8Rng) -> [f64; 2] {
    [rng.random_range(-2.0..2.0), rng.random_range(-2.0..2.0)]
}

fn heading(rng: &mut ChaCha8Rng) -> f64 {
    rng.random_range(-std::f64::consts::PI..std::f64::consts::PI)
}

fn pairs(
    room: &Room,
    rng: &mut ChaCha8Rng,
    photographer: &mut Photographer<'_>,
) -> Result<Vec<BlockedPair>, Failure> {
    let mut pairs = Vec::new();
    while pairs.len() < PAIRS {
        let from = place(rng);
        if room.clearance(from, ROVER_RADIUS) <= 0.0 {
            continue;
        }
        let ways = Ways::from(room, from, ROVER_RADIUS);
        let seen = photographer.shoot(from, heading(rng))?;
        let mut mine = 0;
        for _ in 0..2000 {
            let to = place(rng);
            let straight = (from[0] - to[0]).hypot(from[1] - to[1]);
            let apart = (APART.0..APART.1).contains(&straight);
            let blocked = ways.to(to).filter(|way| *way >= DETOUR * straight);
            let Some(way) = blocked.filter(|_| apart) else {
                continue;
            };
            pairs.push(BlockedPair {
                from: seen.clone(),
                to: photographer.shoot(to, heading(rng))?,
                straight,
                way,
            });
            mine += 1;
            if mine == PAIRS / STARTS {
                break;
            }
        }
    }
    Ok(pairs)
}

fn pushes(
    room: &Room,
    rover: &RoverParameters,
    rng: &mut ChaCha8Rng,
    photographer: &mut Photographer<'_>,
) -> Result<Vec<Push>, Failure> {
    let spec = photographer.model.spec();
    let speed = Embodiment::Rover(rover.clone())
        .kind()
        .robot()?
        .space
        .limits
        .axes()[0]
        .velocity;
    let action = [speed as f32, 0.0].repeat(spec.action_block);
    let mut pushes = Vec::new();
    while pushes.len() < PUSHES {
        let (from, yaw) = (place(rng), heading(rng));
        let ahead = |way: f64| [from[0] + way * yaw.cos(), from[1] + way * yaw.sin()];
        let free = |way: f64| room.clearance(ahead(way), ROVER_RADIUS) > 0.0;
        // Head on enough to be stopped, not turned aside.
        let before = (0..40)
            .map(|step| 0.01 * f64::from(step))
            .find(|way| !free(*way));
        let stopped = before.filter(|way| {
            let deeper = room.clearance(ahead(way + 0.1), ROVER_RADIUS);
            (BEFORE.0..BEFORE.1).contains(way) && deeper < -0.09
        });
        if let Some(way) = stopped.filter(|_| free(0.0)) {
            let stop = ahead(way);
            pushes.push(Push {
                from: photographer.shoot(from, yaw)?,
                stop,
                into: into(room, stop),
                action: action.clone(),
                steps: STEPS,
            });
        }
    }
    Ok(pushes)
}

/// The direction in which what blocks a body at `place` comes nearest, of length 1.
fn into(room: &Room, place: [f64; 2]) -> [f64; 2] {
    let clearance = |dx: f64, dy: f64| room.clearance([place[0] + dx, place[1] + dy], ROVER_RADIUS);
    let apart = 1e-4;
    let x = clearance(-apart, 0.0) - clearance(apart, 0.0);
    let y = clearance(0.0, -apart) - clearance(0.0, apart);
    [x, y].map(|along| along / x.hypot(y))
}
