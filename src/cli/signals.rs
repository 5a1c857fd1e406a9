//! Signals that end a verb cleanly.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Failure;
use crate::runtime::ending_signals;

/// SIGINT, SIGTERM and SIGHUP, caught.
pub(super) struct Signals(Arc<AtomicUsize>);

impl Signals {
    pub(super) fn catch() -> Result<Self, Failure> {
        let caught = Arc::new(AtomicUsize::new(0));
        for signal in ending_signals() {
            signal_hook::flag::register_usize(signal, caught.clone(), signal as usize)
                .map_err(|why| Failure::Job(format!("signals can't be caught: {why}")))?;
        }
        Ok(Self(caught))
    }

    pub(super) fn check(&self) -> Result<(), Failure> {
        match self.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            signal => Err(Failure::Interrupted(signal as i32)),
        }
    }
}
