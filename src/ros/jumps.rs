//! What is said of a clock that is set: once, and how often, where it is set again and again.

use super::Losses;
use crate::time::{Span, Stamp};

/// So many jumps, each within a second of the last one, are no simulation that is set now and then.
const MANY: u64 = 10;

/// Jumps of `/clock`, said when a spell of them begins, when it goes on, and when it is over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jumps(Losses);

impl Jumps {
    /// It jumped by `step` to `told`; `now` is wall time. What there is to say of it.
    pub fn jumped(&mut self, step: Span, told: Stamp, now: Stamp) -> Option<String> {
        self.0.lose(now);
        match self.0.count() {
            1 => Some(format!(
                "/clock jumped by {step} to {told}; a robot that moves is stopped, ~/resume goes on"
            )),
            MANY => Some(format!(
                "/clock jumps to and fro, {MANY} times by now, last by {step} to {told}: expected one publisher of \
                 one time; `ros2 topic info -v /clock` lists them. Further jumps are counted"
            )),
            _ => None,
        }
    }

    /// It was told to go on, at `now` of wall time. What there is to say once that is so for a second.
    pub fn ran_on(&mut self, now: Stamp) -> Option<String> {
        let count = self.0.over(now).filter(|count| *count > 1)?;
        Some(format!(
            "/clock jumped {count} times; for a second now it has run on"
        ))
    }
}
