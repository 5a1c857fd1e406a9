//! Time of a call.

use std::time::{Duration, Instant};

/// Seconds of processor time of this thread: other work on the machine doesn't count, where a clock on the wall
/// would count it.
fn processor_time() -> f64 {
    #[repr(C)]
    struct Time {
        seconds: i64,
        nanoseconds: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut Time) -> i32;
    }
    const THREAD: i32 = 3;
    let mut time = Time {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the C library's function, with a `timespec` to write to.
    let failed = unsafe { clock_gettime(THREAD, &raw mut time) };
    assert_eq!(failed, 0, "a clock of the thread");
    time.seconds as f64 + time.nanoseconds as f64 * 1e-9
}

/// Least time of a call, seconds: over windows of about half a millisecond.
pub fn least(mut call: impl FnMut()) -> f64 {
    call();
    let once = processor_time();
    call();
    let calls = (5e-4 / (processor_time() - once).max(1e-8)).clamp(1.0, 1e5) as u32;
    let (start, mut best) = (Instant::now(), f64::INFINITY);
    while start.elapsed() < Duration::from_millis(150) {
        let window = processor_time();
        for _ in 0..calls {
            call();
        }
        best = best.min((processor_time() - window) / f64::from(calls));
    }
    best
}
