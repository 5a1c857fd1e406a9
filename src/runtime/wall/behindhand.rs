//! How a robot last did not follow, from the command thread to whoever asks.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::control::Behind;
use crate::robot::ActionSpace;
use crate::time::Span;

/// Written in ticks: three words, each read for itself.
pub(super) struct Behindhand {
    /// Names and units of the positions of the axes.
    axes: Vec<(String, String)>,
    axis: AtomicUsize,
    /// Bits of a number; zero: never.
    way: AtomicU64,
    /// `[ns]`
    lasting: AtomicU64,
}

impl Behindhand {
    pub(super) fn of(space: &ActionSpace) -> Self {
        let units = space.units.iter().map(|unit| unit.trim_end_matches("/s"));
        let axes = space.names.iter().cloned().zip(units.map(str::to_owned));
        Self {
            axes: axes.collect(),
            axis: AtomicUsize::new(0),
            way: AtomicU64::new(0),
            lasting: AtomicU64::new(0),
        }
    }

    pub(super) fn note(&self, behind: Behind) {
        self.axis.store(behind.axis, Ordering::Relaxed);
        self.way.store(behind.way.to_bits(), Ordering::Relaxed);
        let lasting = behind.lasting.nanos().max(0) as u64;
        self.lasting.store(lasting, Ordering::Relaxed);
    }

    /// Empty if it always followed.
    pub(super) fn sentence(&self) -> String {
        let way = f64::from_bits(self.way.load(Ordering::Relaxed));
        match self.axes.get(self.axis.load(Ordering::Relaxed)) {
            Some((name, unit)) if way > 0.0 => {
                let lasting = Span::from_nanos(self.lasting.load(Ordering::Relaxed) as i64);
                format!(
                    "{name} is more than {way:.2} {unit} behind what it was sent, and fell farther behind for {:.2} s",
                    lasting.secs()
                )
            }
            _ => String::new(),
        }
    }
}
