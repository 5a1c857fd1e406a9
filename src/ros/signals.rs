//! A clean stop on SIGINT and SIGTERM: neither rcl nor r2r installs a handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

use super::RosError;

/// A flag that the first SIGINT or SIGTERM raises; a second signal ends the process at once, with status 1.
pub fn stop_on_signals() -> Result<Arc<AtomicBool>, RosError> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 1, flag.clone())
            .and_then(|_| signal_hook::flag::register(signal, flag.clone()))
            .map_err(|why| RosError::during("signals can't be caught", why))?;
    }
    Ok(flag)
}

/// True once the flag is raised.
pub fn stopped(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Acquire)
}
