//! What is done while braking.

use crate::robot::{Action, LimiterState};
use crate::time::Stamp;

/// A behaviour that brings the robot to rest. It runs inside the tick: no allocation, no lock, no system call.
pub trait Backup: Send {
    /// What to ask for at `now`; the limits come after it.
    fn action(&mut self, now: Stamp, limiter: &LimiterState) -> Action;
}

/// Asks for rest; the limits make it a bounded deceleration.
#[derive(Clone, Copy, Debug, Default)]
pub struct BoundedDeceleration;

impl Backup for BoundedDeceleration {
    fn action(&mut self, _now: Stamp, limiter: &LimiterState) -> Action {
        Action::zeros(limiter.command.len())
    }
}
