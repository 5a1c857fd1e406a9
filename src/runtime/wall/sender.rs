//! The sender: commands to the sink, and what passed to the observers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::command::Outgoing;
use super::shared::Shared;
use crate::runtime::{CommandSink, Event, enter_fifo};

pub(super) struct Sender {
    pub(super) shared: Arc<Shared>,
    pub(super) sink: Box<dyn CommandSink>,
    pub(super) commands: rtrb::Consumer<Outgoing>,
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
            while let Ok(outgoing) = self.commands.pop() {
                self.pass_on(outgoing);
            }
            if last {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    fn pass_on(&mut self, outgoing: Outgoing) {
        if outgoing.command.is_sent()
            && let Err(why) = self.sink.send(&outgoing.command)
            && !self.shared.sink_failed.swap(true, Ordering::Relaxed)
        {
            tracing::error!("{why}");
        }
        self.shared.publish(&Event::Command(outgoing.command));
        if let Some(transition) = outgoing.transition {
            self.shared.publish(&Event::Transition(transition));
        }
    }
}
