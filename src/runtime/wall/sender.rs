//! The sender: commands to the sink, and what passed to the observers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::shared::Shared;
use crate::control::Tick;
use crate::runtime::{CommandSink, Event, enter_fifo};

/// How long a tick of a robot that stands still may wait for those who look on.
const LOOK: Duration = Duration::from_millis(50);

pub(super) struct Sender {
    pub(super) shared: Arc<Shared>,
    pub(super) sink: Box<dyn CommandSink>,
    pub(super) commands: rtrb::Consumer<Tick>,
}

impl Sender {
    pub(super) fn run(mut self) {
        self.shared.enrol_sender();
        if let Some(priority) = self.shared.config.priority {
            // The command thread said already why not.
            let _ = enter_fifo(priority.saturating_sub(1));
        }
        loop {
            let last = self.shared.is_over();
            while let Ok(tick) = self.commands.pop() {
                self.pass_on(tick);
            }
            if last {
                return;
            }
            std::thread::park_timeout(LOOK);
        }
    }

    fn pass_on(&mut self, tick: Tick) {
        if tick.due
            && let Err(why) = self.sink.send(&tick.command)
            && !self.shared.sink_failed.swap(true, Ordering::Relaxed)
        {
            tracing::error!("{why}");
        }
        self.shared.publish(&Event::Command(tick.command));
        if let Some(transition) = tick.transition {
            self.shared.publish(&Event::Transition(transition));
        }
    }
}
