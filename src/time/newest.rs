//! The newest of what one thread writes and many read: nobody waits for anybody.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering, fence};

/// So many may be written while one is read; after more the reader takes a newer one.
const SLOTS: usize = 4;

/// The newest value, as numbers. Each is written beside those before it, so a writer that is interrupted holds no reader
/// up. A slot is whole if it has the same number before and after it was read: Boehm, "Can seqlocks get along with
/// programming language memory models?" (MSPC 2012).
#[derive(Debug)]
pub(super) struct Newest<const N: usize> {
    slots: [Slot<N>; SLOTS],
    /// How many were written.
    count: AtomicU64,
}

#[derive(Debug)]
struct Slot<const N: usize> {
    /// Which one is in it; 0 while it is written.
    number: AtomicU64,
    value: [AtomicI64; N],
}

impl<const N: usize> Newest<N> {
    /// Nothing was written yet.
    pub(super) fn new() -> Self {
        let slot = |_| Slot {
            number: AtomicU64::new(0),
            value: std::array::from_fn(|_| AtomicI64::new(0)),
        };
        Self {
            slots: std::array::from_fn(slot),
            count: AtomicU64::new(0),
        }
    }

    /// To be called by one thread.
    pub(super) fn write(&self, value: [i64; N]) {
        let number = self.count.load(Ordering::Relaxed) + 1;
        let slot = self.slot(number);
        slot.number.store(0, Ordering::Relaxed);
        fence(Ordering::Release);
        for (place, value) in slot.value.iter().zip(value) {
            place.store(value, Ordering::Relaxed);
        }
        slot.number.store(number, Ordering::Release);
        self.count.store(number, Ordering::Release);
    }

    /// `None` before the first was written.
    pub(super) fn read(&self) -> Option<[i64; N]> {
        loop {
            let number = self.count.load(Ordering::Acquire);
            if number == 0 {
                return None;
            }
            let slot = self.slot(number);
            let before = slot.number.load(Ordering::Acquire);
            let value = std::array::from_fn(|place| slot.value[place].load(Ordering::Relaxed));
            fence(Ordering::Acquire);
            let after = slot.number.load(Ordering::Relaxed);
            if (before, after) == (number, number) {
                return Some(value);
            }
        }
    }

    fn slot(&self, number: u64) -> &Slot<N> {
        &self.slots[(number % SLOTS as u64) as usize]
    }
}
