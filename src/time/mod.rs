//! Time: stamps, spans and clocks.
//!
//! Takes nothing, gives [`Stamp`] (a point on the session's monotonic time line), [`Span`] (a signed
//! length of time) and the [`Clock`]s that the rest reads: [`WallClock`], [`FastClock`] (simulated) and
//! [`ExternalClock`] (told from outside, by `/clock`). Knows no robot and no thread of its own.

mod clock;
mod external;
mod newest;
mod stamp;

pub use clock::{Clock, Condition, FastClock, WallClock};
pub use external::{ExternalClock, Told};
pub use stamp::{Span, Stamp};
