//! The command thread: absolute deadlines, one tick each.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Once};

use super::shared::{PlanSlot, Refused, Sensed, Shared};
use crate::control::{Controller, PlanInForce, Tick, TickInputs};
use crate::robot::Action;
use crate::runtime::{Sleeper, enter_fifo};
use crate::time::{Condition, Span, Stamp};

/// A refused scheduling class is said once a process, not once a session.
static REFUSED: Once = Once::new();
/// Room in the ring to the sender that ticks with a change of state alone may take: none of those may be lost.
const RESERVE: usize = 16;
/// The longest sleep between two looks at a clock that is told its time.
const LOOK: Span = Span::from_nanos(500_000);

pub(super) struct CommandLoop {
    pub(super) shared: Arc<Shared>,
    pub(super) controller: Controller,
    pub(super) sensed: triple_buffer::Output<Sensed>,
    pub(super) plan: triple_buffer::Output<PlanSlot>,
    pub(super) to_sender: rtrb::Producer<Tick>,
    pub(super) to_planner: rtrb::Producer<(Stamp, Action)>,
    /// Jumps of the clock that were seen.
    pub(super) jumps: u64,
}

impl CommandLoop {
    pub(super) fn run(mut self) {
        if let Some(priority) = self.shared.config.priority
            && let Err(why) = enter_fifo(priority)
        {
            REFUSED.call_once(|| tracing::warn!("{why}"));
        }
        let period = self.shared.config.period;
        let sleeper = Sleeper::new(self.shared.clock.now());
        let mut due = self.shared.clock.now() + period;
        let mut last: Option<Stamp> = None;
        while !self.shared.is_over() {
            self.sleep_until(due, &sleeper);
            let now = self.shared.clock.now();
            self.answer(now);
            let (clock, news) = self.tick(now);
            match clock {
                // What lies between then and now is no gap.
                Condition::Jumped => self.count(now, now, None),
                Condition::Runs | Condition::Stands => self.count(now, due, last),
            }
            if news {
                self.shared.wake_sender();
            }
            last = Some(now);
            due += period;
            if due < now {
                due = now + period;
            }
        }
    }

    /// A clock that is told its time is looked at again and again; what is asked meanwhile is answered.
    fn sleep_until(&mut self, due: Stamp, sleeper: &Sleeper) {
        if self.shared.clock.told().is_none() {
            return sleeper.sleep_until(due);
        }
        while !self.shared.is_over() {
            let now = self.shared.clock.now();
            if now >= due {
                return;
            }
            std::thread::sleep((due - now).min(LOOK).to_duration());
            self.answer(now);
        }
    }

    /// Carries out what was asked since the last tick.
    fn answer(&mut self, now: Stamp) {
        while let Some((request, answer)) = self.shared.requests.pop() {
            let done = self.controller.request(request, now).map_err(Refused::By);
            self.show_state();
            // Each answer is asked for once.
            let _ = answer.set(done);
        }
    }

    /// Gives what time does, and whether the sender has something to do at once.
    fn tick(&mut self, now: Stamp) -> (Condition, bool) {
        let sensed = *self.sensed.read();
        let slot = self.plan.read();
        // After the sensors' news: what they have forgotten because of a jump is known to be one.
        let jumps = self.shared.clock.jumps();
        let clock = match std::mem::replace(&mut self.jumps, jumps) == jumps {
            true => self.shared.clock.condition(),
            false => Condition::Jumped,
        };
        let inputs = TickInputs {
            state: sensed.state,
            image: sensed.image,
            finite: slot.delivered.is_none() || slot.finite,
            clock,
            second_commander: self.shared.second_commander.load(Ordering::Acquire),
            sink_failed: self.shared.sink_failed.load(Ordering::Relaxed),
            unheard: self.shared.incumbent.is_some(),
        };
        let plan = slot.delivered.map(|delivered| PlanInForce {
            trajectory: &slot.trajectory,
            delivered,
        });
        let tick = self.controller.tick(now, &inputs, plan);
        if tick.command.is_sent() && self.shared.incumbent.is_none() {
            // A planner that sleeps loses the oldest of five seconds: its history is empty by then.
            let _ = self.to_planner.push((now, tick.command.action));
        }
        if tick.command.limited {
            self.shared.counters.limited.fetch_add(1, Ordering::Relaxed);
        }
        self.show_state();
        if let Some(behind) = self.controller.inputs().behind {
            self.shared.behind.note(behind);
        }
        let (slots, changes) = (self.to_sender.slots(), tick.transition.is_some());
        let passed = (changes || slots > RESERVE) && self.to_sender.push(tick).is_ok();
        if !passed {
            // The sender hangs for seconds: if something was to be sent, that is a sink that failed.
            self.shared.counters.lost.fetch_add(1, Ordering::Relaxed);
            self.shared
                .sink_failed
                .fetch_or(tick.due, Ordering::Relaxed);
        }
        (clock, tick.due || changes)
    }

    fn show_state(&self) {
        let standing = self.controller.standing();
        self.shared.set_state(standing.state, standing.cause);
    }

    fn count(&self, now: Stamp, due: Stamp, last: Option<Stamp>) {
        let counters = &self.shared.counters;
        counters.ticks.fetch_add(1, Ordering::Relaxed);
        if now - due > self.shared.config.period / 2 {
            counters.misses.fetch_add(1, Ordering::Relaxed);
        }
        let gap = last.map_or(Span::ZERO, |last| now - last);
        counters
            .max_gap
            .fetch_max(gap.nanos().max(0) as u64, Ordering::Relaxed);
        counters.gaps.note(now, gap);
        let stamp = (now - Stamp::ZERO).nanos().max(0) as u64;
        counters.ticked.store(stamp, Ordering::Relaxed);
    }
}
