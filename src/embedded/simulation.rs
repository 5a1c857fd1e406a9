//! An embedded robot as sensor source, command sink and task, whatever it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Rig;
use super::camera::{Camera, Shot};
use super::light::Lighting;
use super::plant::{Plant, STEP, Scene};
use super::seed::{GOAL, LIGHT, NOISE, RECORDED_LIGHT, RECORDED_NOISE, START, mix};
use super::studio::Studio;
use crate::control::Command;
use crate::robot::{Axes, RobotState};
use crate::runtime::{CommandSink, Episode, PortError, SensorSource, Task, Truth};
use crate::sensing::{Goal, Message};
use crate::time::{Span, Stamp};

/// Goals drawn from a start before giving up, and starts before giving up altogether.
const DRAWS: usize = 1000;
const STARTS: usize = 100;

struct Simulation {
    plant: Box<dyn Plant>,
    rig: Rig,
    seed: u64,
    camera: Camera,
    lighting: Lighting,
    state_period: Span,
    state_due: Stamp,
    samples: u64,
    goal: Axes,
}

/// The sensors' half of an embedded robot.
pub struct Source {
    simulation: Arc<Mutex<Simulation>>,
    studio: Studio,
    shots: Vec<Shot>,
}
/// The actuators' half.
pub struct Sink(Arc<Mutex<Simulation>>);
/// The examiner's half.
pub struct EmbeddedTask {
    simulation: Arc<Mutex<Simulation>>,
    studio: Studio,
}

/// The three halves of a robot that is `plant` and looks like `scene`.
pub(super) fn start(
    mut plant: Box<dyn Plant>,
    scene: Arc<dyn Scene>,
    rig: Rig,
    seed: u64,
) -> (Source, Sink, EmbeddedTask) {
    let studio = Studio::new(scene, &rig);
    let rest = plant.pose(0.0);
    let noise = mix(seed, RECORDED_NOISE);
    plant.place(&rest, noise);
    let simulation = Simulation {
        goal: rest,
        plant,
        camera: Camera::new(&rig),
        lighting: Lighting::new(mix(seed, RECORDED_LIGHT), &rig),
        state_period: Span::from_secs(1.0 / rig.state_rate.clamp(1.0, 1000.0)),
        state_due: Stamp::ZERO,
        samples: 0,
        seed: noise,
        rig,
    };
    let simulation = Arc::new(Mutex::new(simulation));
    let source = Source {
        simulation: simulation.clone(),
        studio: studio.clone(),
        shots: Vec::new(),
    };
    let sink = Sink(simulation.clone());
    (source, sink, EmbeddedTask { simulation, studio })
}

impl Simulation {
    /// Integrates up to `now` on the fixed grid, taking frames and measuring where they are due; what arrived by
    /// then is appended.
    fn advance(&mut self, now: Stamp, messages: &mut Vec<Message>, shots: &mut Vec<Shot>) {
        while self.plant.now() + STEP <= now {
            let here = self.plant.now();
            if here >= self.state_due {
                self.measure(messages);
            }
            if self.camera.due < here + STEP {
                let pose = self.plant.pose((self.camera.due - here).secs());
                self.camera.capture(pose, &self.lighting, self.seed);
            }
            self.plant.step();
        }
        while let Some(shot) = self.camera.arrived(now) {
            shots.push(shot);
        }
    }

    fn measure(&mut self, messages: &mut Vec<Message>) {
        self.state_due += self.state_period;
        self.samples += 1;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 0x6a6f_696e);
        rng.set_stream(self.samples);
        self.plant.measure(&mut rng, messages);
    }

    /// Places the robot where there is a goal for it, and draws one.
    fn draw_start_and_goal(&mut self, seed: u64) -> Result<Axes, PortError> {
        let mut rng = ChaCha8Rng::seed_from_u64(mix(seed, START));
        let mut drawn = Err(PortError("embedded robot: no start was drawn".to_owned()));
        for _ in 0..STARTS {
            let start = self.plant.draw(&mut rng)?;
            self.plant.place(&start, self.seed);
            drawn = self.draw_goal(seed);
            if drawn.is_ok() {
                break;
            }
        }
        drawn
    }

    /// A goal at least `apart` from where it is.
    fn draw_goal(&mut self, seed: u64) -> Result<Axes, PortError> {
        let mut rng = ChaCha8Rng::seed_from_u64(mix(seed, GOAL));
        let here = self.plant.pose(0.0);
        let suits = self.plant.goals(&here);
        for _ in 0..DRAWS {
            let goal = self.plant.draw(&mut rng)?;
            if self.plant.distance(&here, &goal) >= self.rig.apart && suits(&goal) {
                self.goal = goal;
                return Ok(goal);
            }
        }
        Err(PortError(format!(
            "embedded robot: none of {DRAWS} goals lies {} m away from it, or behind what it was to; lower `apart` or `detour`",
            self.rig.apart
        )))
    }

    fn truth(&self) -> Truth {
        let error = self.plant.distance(&self.plant.pose(0.0), &self.goal);
        let still = self.plant.speed() < self.rig.still;
        Truth {
            error,
            at_goal: error < self.rig.tolerance && still,
            contacts: self.plant.contacts(),
        }
    }
}

impl EmbeddedTask {
    fn episode(&self, goal: &Axes, seed: u64) -> Episode {
        let (description, point) = {
            let simulation = lock(&self.simulation);
            let plant = &simulation.plant;
            let point = simulation.rig.points.then(|| plant.placed(goal));
            (plant.describe(goal), point)
        };
        let goal = match point {
            Some(point) => Goal::Point(point),
            None => Goal::Image(self.studio.portrait(goal, seed)),
        };
        Episode { goal, description }
    }

    /// What is really so, as last integrated: joint positions `[rad]` and velocities `[rad/s]`, or x `[m]`, y
    /// `[m]`, yaw `[rad]` and the body's twist `[m/s, rad/s]`.
    pub fn state(&self) -> RobotState {
        lock(&self.simulation).plant.state()
    }

    /// The goal's pose: joint positions `[rad]`, or x `[m]`, y `[m]`, yaw `[rad]`.
    pub fn goal(&self) -> Axes {
        lock(&self.simulation).goal
    }
}

impl SensorSource for Source {
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        lock(&self.simulation).advance(now, messages, &mut self.shots);
        let (studio, shots) = (&self.studio, &mut self.shots);
        messages.extend(
            shots
                .drain(..)
                .map(|shot| Message::Image(studio.develop(&shot))),
        );
        Ok(())
    }
}

impl CommandSink for Sink {
    fn send(&mut self, command: &Command) -> Result<(), PortError> {
        lock(&self.0).plant.command(command.stamp, command.action);
        Ok(())
    }
}

impl Task for EmbeddedTask {
    fn reset(&mut self, seed: u64) -> Result<Episode, PortError> {
        let goal = {
            let mut simulation = lock(&self.simulation);
            simulation.seed = mix(seed, NOISE);
            simulation.lighting = Lighting::new(mix(seed, LIGHT), &simulation.rig);
            simulation.camera.clear();
            simulation.draw_start_and_goal(seed)?
        };
        Ok(self.episode(&goal, seed))
    }

    fn next_goal(&mut self, seed: u64) -> Result<Episode, PortError> {
        let goal = lock(&self.simulation).draw_goal(seed)?;
        Ok(self.episode(&goal, seed))
    }

    fn subgoals(&mut self) -> Vec<Goal> {
        let (poses, seed) = {
            let simulation = lock(&self.simulation);
            let here = simulation.plant.pose(0.0);
            let route = simulation.plant.route(&here, &simulation.goal);
            (route, simulation.seed)
        };
        let portraits = (1..).zip(&poses);
        portraits
            .map(|(number, pose)| {
                Goal::Image(self.studio.portrait(pose, seed.wrapping_add(number)))
            })
            .collect()
    }

    fn truth(&mut self, _now: Stamp) -> Truth {
        lock(&self.simulation).truth()
    }

    fn hold(&self) -> f64 {
        lock(&self.simulation).rig.hold
    }

    fn time_limit(&self) -> f64 {
        lock(&self.simulation).rig.time_limit
    }
}

/// A panic elsewhere leaves the robot's numbers whole: they are used on.
fn lock(simulation: &Mutex<Simulation>) -> MutexGuard<'_, Simulation> {
    simulation.lock().unwrap_or_else(PoisonError::into_inner)
}
