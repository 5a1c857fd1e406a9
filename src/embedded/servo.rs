//! Velocity servos: dead time, first-order lag, exact limits.

use std::collections::VecDeque;

use super::Rig;
use super::plant::STEP;
use crate::robot::{Action, Axes, AxisLimits};
use crate::time::{Span, Stamp};

/// Parts of a step in which commands may change.
pub(super) const PARTS: i64 = 5;
/// One of them.
pub(super) const PART: Span = Span::from_nanos(STEP.nanos() / PARTS);

/// Joints under velocity command, integrated on a fixed grid of 1 ms.
#[derive(Clone, Debug)]
pub(super) struct Servo {
    limits: Vec<AxisLimits>,
    lag: f64,
    dead_time: Span,
    timeout: Span,
    commands: VecDeque<(Stamp, Action)>,
    /// Integrated up to here.
    pub(super) now: Stamp,
    /// Joint positions `[rad]`.
    pub(super) position: Axes,
    /// Joint velocities `[rad/s]`.
    pub(super) velocity: Axes,
}

impl Servo {
    pub(super) fn new(limits: &[AxisLimits], rig: &Rig) -> Self {
        let zeros = Axes::zeros(limits.len());
        Self {
            limits: limits.to_vec(),
            lag: rig.lag,
            dead_time: rig.dead_time,
            timeout: rig.command_timeout,
            commands: VecDeque::new(),
            now: Stamp::ZERO,
            position: zeros,
            velocity: zeros,
        }
    }

    /// Puts the joints to rest at `position`, forgetting commands on their way.
    pub(super) fn place(&mut self, position: Axes) {
        self.position = position;
        self.velocity = Axes::zeros(position.len());
        self.commands.clear();
    }

    /// Takes a command sent at `stamp`; one that is not finite is a command to stand still.
    pub(super) fn command(&mut self, stamp: Stamp, action: Action) {
        let action = if action.is_finite() {
            action
        } else {
            Action::zeros(action.len())
        };
        self.commands.push_back((stamp, action));
    }

    /// Integrates 1 ms.
    pub(super) fn step(&mut self) {
        let wanted = self.in_force();
        for (axis, limits) in self.limits.iter().enumerate() {
            let wanted = wanted
                .get(axis)
                .copied()
                .unwrap_or(0.0)
                .clamp(-limits.velocity, limits.velocity);
            let pull = (wanted - self.velocity[axis]) / self.lag;
            let pull = pull.clamp(-limits.acceleration, limits.acceleration);
            self.velocity[axis] += pull * PART.secs();
            let moved = self.position[axis] + self.velocity[axis] * PART.secs();
            self.position[axis] = moved.clamp(limits.lower, limits.upper);
            if moved != self.position[axis] {
                self.velocity[axis] = 0.0;
            }
        }
        self.now += PART;
    }

    /// The command that acts now.
    fn in_force(&mut self) -> Action {
        let acting = self.now - self.dead_time;
        while self.commands.get(1).is_some_and(|next| next.0 <= acting) {
            self.commands.pop_front();
        }
        match self.commands.front() {
            Some((stamp, action)) if *stamp <= acting && acting - *stamp <= self.timeout => *action,
            _ => Action::zeros(self.position.len()),
        }
    }
}
