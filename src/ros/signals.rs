//! A clean stop on SIGINT, SIGTERM and SIGHUP: neither rcl nor r2r installs a handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::iterator::Signals;

use super::RosError;
use crate::runtime::ending_signals;

/// Signals closer together than this are one wish, told by several: a terminal and a service manager tell every
/// process, and `ros2 launch` tells its own once more.
const ONE_WISH: Duration = Duration::from_secs(1);

/// A flag that the first SIGINT, SIGTERM or SIGHUP raises. One that comes more than a second later ends the process at once,
/// with status 1.
pub fn stop_on_signals() -> Result<Arc<AtomicBool>, RosError> {
    let caught = |why| RosError::during("signals can't be caught", why);
    let mut signals = Signals::new(ending_signals()).map_err(caught)?;
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    let listen = move || {
        let mut first: Option<Instant> = None;
        for _ in signals.forever() {
            let first = *first.get_or_insert_with(Instant::now);
            if first.elapsed() > ONE_WISH {
                signal_hook::low_level::exit(1);
            }
            raised.store(true, Ordering::Release);
        }
    };
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread.spawn(listen).map_err(caught)?;
    Ok(flag)
}

/// True once the flag is raised.
pub fn stopped(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Acquire)
}
