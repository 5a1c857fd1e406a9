//! The largest of the last few seconds.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::time::{Span, Stamp};

/// Seconds that are looked back on.
const SECONDS: usize = 5;
/// A bucket is its second, and in the low bits its largest value [us]: twelve days at most.
const VALUE: u32 = 40;

/// The largest span of the last five seconds: noted by one thread, without a lock, and read by any.
#[derive(Debug, Default)]
pub struct Window([AtomicU64; SECONDS]);

impl Window {
    /// Takes a span that was measured at `now`.
    pub fn note(&self, now: Stamp, span: Span) {
        let second = second(now);
        let value = (span.nanos().max(0) as u64 / 1000).min((1 << VALUE) - 1);
        let Some(bucket) = self.0.get(second as usize % SECONDS) else {
            return;
        };
        // A bucket that is as old as the ring is long begins anew: a later second makes a larger number.
        bucket.fetch_max(second << VALUE | value, Ordering::Relaxed);
    }

    /// The largest one, in whole microseconds; zero if there was none.
    pub fn largest(&self, now: Stamp) -> Span {
        let oldest = (second(now) + 1).saturating_sub(SECONDS as u64);
        let buckets = self.0.iter().map(|bucket| bucket.load(Ordering::Relaxed));
        let young = buckets.filter(|bucket| bucket >> VALUE >= oldest);
        let value = young.map(|bucket| bucket & ((1 << VALUE) - 1)).max();
        Span::from_nanos(value.unwrap_or(0) as i64 * 1000)
    }
}

/// Whole seconds, counted from one: an unused bucket is of second zero.
fn second(now: Stamp) -> u64 {
    1 + ((now - Stamp::ZERO).nanos().max(0) as u64) / 1_000_000_000
}
