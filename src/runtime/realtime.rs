//! What the operating system grants a command thread: a scheduling class, absolute sleeps.

use nix::sys::time::TimeSpec;
use nix::time::{ClockId, ClockNanosleepFlags, clock_gettime, clock_nanosleep};
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};

use crate::time::{Span, Stamp};

/// Asks for FIFO scheduling of the calling thread; an error says what was refused. Ordinary users usually
/// may not: the thread then runs in the normal class, and lateness is up to the machine's load.
pub fn enter_fifo(priority: u8) -> Result<(), String> {
    let value =
        thread_priority::ThreadPriorityValue::try_from(priority).map_err(|why| why.to_string())?;
    set_thread_priority_and_policy(
        thread_native_id(),
        ThreadPriority::Crossplatform(value),
        ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo),
    )
    .map_err(|why| {
        format!("no FIFO scheduling ({why:?}); grant it with an rtprio limit or CAP_SYS_NICE")
    })
}

/// Sleeps to absolute stamps of a [`WallClock`](crate::time::WallClock), free of drift.
#[derive(Clone, Copy, Debug)]
pub struct Sleeper {
    /// CLOCK_MONOTONIC minus session time.
    offset: Span,
}

impl Sleeper {
    /// A sleeper for the clock that reads `now` at this moment.
    pub fn new(now: Stamp) -> Self {
        Self {
            offset: Span::from_nanos(monotonic_nanos()) - (now - Stamp::ZERO),
        }
    }

    /// Returns at `stamp` or, if that is past, at once. A signal doesn't cut the sleep short.
    pub fn sleep_until(&self, stamp: Stamp) {
        let target = (stamp - Stamp::ZERO + self.offset).nanos();
        let target = TimeSpec::new(target / 1_000_000_000, target % 1_000_000_000);
        while clock_nanosleep(
            ClockId::CLOCK_MONOTONIC,
            ClockNanosleepFlags::TIMER_ABSTIME,
            &target,
        ) == Err(nix::errno::Errno::EINTR)
        {}
    }
}

fn monotonic_nanos() -> i64 {
    clock_gettime(ClockId::CLOCK_MONOTONIC)
        .map_or(0, |now| now.tv_sec() * 1_000_000_000 + now.tv_nsec())
}
