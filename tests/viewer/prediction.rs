//! What a model says of the future that came: the reference for what is drawn of the future.

use std::sync::{Arc, Mutex};

use forerun::cli::Lab;
use forerun::robot::{CommandLog, RobotModel, RobotState};
use forerun::runtime::{Event, Observer};
use forerun::sensing::{JointMessage, Message, Synchronizer};
use forerun::time::Stamp;

/// Keeps every event.
#[derive(Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<Event>>>);

impl Observer for Notes {
    fn observe(&mut self, event: &Event) {
        self.0.lock().expect("notes").push(event.clone());
    }
}

impl Notes {
    /// How far the tip that the model predicts `steps` model steps after each frame, under the commands that
    /// were sent then, lay from where it was then, by forward kinematics of the joint states `[m]`.
    pub fn prediction_errors(&self, lab: &Lab, steps: i64) -> Vec<f64> {
        let events = self.0.lock().expect("notes");
        let states: Vec<RobotState> = events
            .iter()
            .filter_map(|event| match event {
                Event::State(state) => Some(*state),
                _ => None,
            })
            .collect();
        let mut sent = CommandLog::new(lab.robot.space.len(), events.len());
        for event in events.iter() {
            if let Event::Command(command) = event
                && command.is_sent()
            {
                sent.push(command.stamp, command.action);
            }
        }
        let model = lab.model();
        let spec = model.spec();
        let mut dynamics = model.dynamics().expect("dynamics");
        let mut probe = model.probe().expect("a probe").expect("a probe");
        let mut row = vec![0.0; spec.row_len()];
        let mut quantities = vec![0.0; spec.quantities.len()];
        let mut errors = Vec::new();
        for (stamp, mut latent) in latents(lab, &events) {
            let mut next = latent.clone();
            for step in 0..steps {
                let from = stamp + spec.period * step;
                sent.action_row(from, from + spec.period, spec.action_block, &mut row);
                dynamics.step(1, &latent, &row, &mut next).expect("a step");
                latent.copy_from_slice(&next);
            }
            probe
                .evaluate(1, &latent, &mut quantities)
                .expect("quantities");
            if let Some([x, y]) = tip(&lab.robot, &states, stamp + spec.period * steps) {
                let [told_x, told_y] = [0, 1].map(|axis| f64::from(quantities[spec.tip[axis]]));
                errors.push((told_x - x).hypot(told_y - y));
            }
        }
        errors
    }
}

/// Every frame's latent, encoded anew.
fn latents(lab: &Lab, events: &[Event]) -> Vec<(Stamp, Vec<f32>)> {
    let spec = lab.model().spec();
    let names: Arc<[String]> = lab.robot.space.names.clone().into();
    let mut synchronizer = Synchronizer::new(spec.action_kind, names.to_vec(), spec.image);
    let mut encoder = lab.model().encoder().expect("an encoder");
    let mut latents = Vec::new();
    for event in events {
        let message = match event {
            Event::State(state) => Message::Joints(JointMessage {
                stamp: state.stamp,
                names: names.clone(),
                position: state.position.to_vec(),
                velocity: state.velocity.to_vec(),
            }),
            Event::Frame(frame) => Message::Image(frame.clone()),
            _ => continue,
        };
        if let Ok(Some(observation)) = synchronizer.absorb(&message) {
            let mut latent = vec![0.0; spec.latent_len];
            encoder
                .update(&[], &[], &observation, &mut latent)
                .expect("a latent");
            latents.push((observation.stamp, latent));
        }
    }
    latents
}

/// Where the tip was, interpolated; `None` outside of what was measured.
fn tip(robot: &RobotModel, states: &[RobotState], stamp: Stamp) -> Option<[f64; 2]> {
    let next = states.partition_point(|state| state.stamp < stamp);
    let (before, after) = (states.get(next.checked_sub(1)?)?, states.get(next)?);
    let ratio = (stamp - before.stamp).secs() / (after.stamp - before.stamp).secs();
    let position: Vec<f64> = before
        .position
        .iter()
        .zip(after.position.iter())
        .map(|(a, b)| a + ratio * (b - a))
        .collect();
    let tip = robot.tip(&position);
    Some([tip.x, tip.y])
}
