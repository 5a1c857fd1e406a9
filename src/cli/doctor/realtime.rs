//! What the operating system grants a command thread, and how punctual it is.

use super::Line;
use crate::evaluation::quantile;
use crate::runtime::{Sleeper, enter_fifo};
use crate::time::{Clock, Span, WallClock};

/// Ticks of the wake test: a second of the default rate.
const TICKS: usize = 200;
/// The share of a tick that a wake may be late for 99 %.
const LATE: f64 = 0.2;
const NO_THREAD: &str = "no thread to try it on";
/// Clock sources whose reading is a slow access to a device.
const SLOW: [&str; 3] = ["hpet", "acpi_pm", "jiffies"];

pub(super) fn clock() -> Line {
    let file = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    let source = std::fs::read_to_string(file).unwrap_or_default();
    let source = source.trim();
    if SLOW.contains(&source) {
        let remedy =
            "boot with clocksource=tsc: every reading of this clock takes a microsecond or more";
        return Line::limited("clock", source, remedy);
    }
    Line::good("clock", source)
}

/// Asks for the class of the command thread.
pub(super) fn fifo(priority: Option<u8>) -> Line {
    let Some(priority) = priority else {
        return Line::limited(
            "fifo",
            "not asked for",
            "runtime.fifo_priority above 0: in the normal class a busy machine makes commands late",
        );
    };
    match on_a_thread(move || enter_fifo(priority)) {
        Some(Ok(())) => Line::good("fifo", format!("granted, priority {priority}")),
        Some(Err(why)) => Line::limited(
            "fifo",
            why,
            "`@realtime - rtprio 95` in /etc/security/limits.d, and your user in that group: without it a busy \
             machine makes commands late",
        ),
        None => Line::limited("fifo", NO_THREAD, "end other programs"),
    }
}

/// Sleeps as the command thread does, in the class that it gets.
pub(super) fn wake(period: Span, priority: Option<u8>) -> Line {
    let Some(late) = on_a_thread(move || lateness(period, priority)) else {
        return Line::limited("wake", NO_THREAD, "end other programs");
    };
    let at = |q| 1e3 * quantile(&late, q).unwrap_or(f64::NAN);
    let found = format!(
        "late by {:.2} ms (median), {:.2} ms (99 %), {:.2} ms (most) of {TICKS} ticks of {:.0} ms",
        at(0.5),
        at(0.99),
        at(1.0),
        period.millis()
    );
    if at(0.99) <= LATE * period.millis() {
        return Line::good("wake", found);
    }
    Line::limited(
        "wake",
        found,
        "end other programs, grant fifo, or run a kernel with PREEMPT_RT",
    )
}

/// How late each wake is `[s]`.
fn lateness(period: Span, priority: Option<u8>) -> Vec<f64> {
    // What is refused here, `fifo` says.
    priority.map(enter_fifo);
    let clock = WallClock::new();
    let sleeper = Sleeper::new(clock.now());
    let mut due = clock.now();
    (0..TICKS)
        .map(|_| {
            due += period;
            sleeper.sleep_until(due);
            (clock.now() - due).secs()
        })
        .collect()
}

/// Does `work` on a thread of its own, whose class it may change.
fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let thread = std::thread::Builder::new()
        .name("doctor".into())
        .spawn(work);
    thread.ok()?.join().ok()
}
