//! Time: stamps, spans and clocks.
//!
//! Takes nothing, gives [`Stamp`] (a point on the session's monotonic time line), [`Span`] (a signed
//! length of time) and the [`Clock`]s that the rest reads: [`WallClock`], [`FastClock`] (simulated) and
//! [`ExternalClock`] (fed from outside, e.g. by ROS). Knows no robot and no thread of its own.

mod clock;
mod stamp;

pub use clock::{Clock, ExternalClock, FastClock, WallClock};
pub use stamp::{Span, Stamp};
