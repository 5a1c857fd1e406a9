//! The sensors' thread: messages to observations, newest wins.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::shared::{Sensed, Shared};
use crate::runtime::{Event, SensorSource, enter_fifo};
use crate::sensing::{Complaints, Message, Synchronizer};

/// How long the source may let it wait: then the session may be over.
const LONGEST: Duration = Duration::from_millis(20);

pub(super) struct SensorLoop {
    pub(super) shared: Arc<Shared>,
    pub(super) source: Box<dyn SensorSource>,
    pub(super) synchronizer: Synchronizer,
    pub(super) sensed: triple_buffer::Input<Sensed>,
    pub(super) complaints: Complaints,
}

impl SensorLoop {
    pub(super) fn run(mut self) {
        if let Some(priority) = self.shared.config.priority {
            // The command thread said already why not.
            let _ = enter_fifo(priority.saturating_sub(2));
        }
        let mut messages = Vec::new();
        while !self.shared.is_over() {
            messages.clear();
            if let Err(why) = self.source.poll(self.shared.clock.now(), &mut messages) {
                // Nothing arrives any more: the inputs go stale, and control stops the robot.
                tracing::error!("{why}");
                return;
            }
            for message in &messages {
                self.absorb(message);
            }
            if !messages.is_empty() {
                self.hand_over();
            }
            if !self.shared.frames.is_empty() {
                self.shared.wake_planner();
            }
            self.source.wait(LONGEST);
        }
    }

    fn absorb(&mut self, message: &Message) {
        let absorbed = self.synchronizer.absorb(message);
        if let Message::Image(image) = message {
            self.shared.publish(&Event::Frame(image.clone()));
        }
        match absorbed {
            Ok(observation) => {
                if !matches!(message, Message::Image(_))
                    && let Some(state) = self.synchronizer.state()
                {
                    self.shared.publish(&Event::State(*state));
                }
                if let Some(observation) = observation {
                    let counters = &self.shared.counters;
                    counters.images.fetch_add(1, Ordering::Relaxed);
                    let skew = (observation.stamp - observation.state.stamp).abs();
                    counters.skews.note(self.shared.clock.now(), skew);
                    self.shared.frames.force_push(observation);
                }
            }
            Err(why) => {
                self.shared.counters.refused.fetch_add(1, Ordering::Relaxed);
                if self.complaints.is_new(why.kind()) {
                    tracing::warn!("{why}");
                }
                self.shared.note().refusal = why.to_string();
            }
        }
    }

    fn hand_over(&mut self) {
        let sensed = Sensed {
            state: self.synchronizer.state().copied(),
            image: self.synchronizer.frame(),
        };
        self.sensed.write(sensed);
        {
            let (now, counters) = (self.shared.clock.now(), &self.shared.counters);
            let mut note = self.shared.note();
            if let Some(last) = note.last_image.filter(|last| sensed.image != Some(*last)) {
                counters.image_ages.note(now, now - last);
            }
            let stamp = sensed.state.map(|state| state.stamp);
            if let Some(last) = note.last_state.filter(|last| stamp != Some(last.stamp)) {
                counters.state_ages.note(now, now - last.stamp);
            }
            note.last_state = sensed.state;
            note.last_image = sensed.image;
        }
    }
}
