//! Values that threads share and replace whole.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The value: a panic elsewhere leaves it usable.
pub(super) fn hold<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
