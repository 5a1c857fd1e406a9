//! The commands of the last moments.

use std::collections::VecDeque;

use super::ControlConfig;
use crate::robot::{Action, Axes};
use crate::time::Stamp;

/// As many as a measurement can't show yet; takes room once.
pub(super) struct History {
    commands: VecDeque<(Stamp, Action)>,
}

impl History {
    pub(super) fn new(config: &ControlConfig) -> Self {
        let window = config.delay + config.thresholds.state;
        let ticks = window.nanos() / config.period.nanos().max(1);
        Self {
            commands: VecDeque::with_capacity(ticks.clamp(0, 4096) as usize + 2),
        }
    }

    /// Remembers `action`, and forgets the oldest if there is no room.
    pub(super) fn remember(&mut self, now: Stamp, action: Action) {
        if self.commands.len() == self.commands.capacity() {
            self.commands.pop_front();
        }
        self.commands.push_back((now, action));
    }

    /// When motion was last commanded, as far as is remembered.
    pub(super) fn last_motion(&self) -> Option<Stamp> {
        let moving = |command: &&(Stamp, Action)| command.1.max_abs() > 0.0;
        self.commands
            .iter()
            .rev()
            .find(moving)
            .map(|(stamp, _)| *stamp)
    }

    /// Adds the integral of the commands over `since`..`now` to `travel`.
    pub(super) fn advance(&self, travel: &mut Axes, since: Stamp, now: Stamp) {
        let mut from = since;
        let mut held: Option<&Action> = None;
        for (stamp, action) in &self.commands {
            if *stamp > since {
                if let Some(held) = held {
                    travel.advance(held, (*stamp - from).secs());
                }
                from = *stamp;
            }
            held = Some(action);
        }
        if let Some(held) = held {
            travel.advance(held, (now - from).secs());
        }
    }
}
