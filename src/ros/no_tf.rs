//! In place of `tf`, without the feature: no other frame is known.

use std::sync::Arc;

use r2r::builtin_interfaces::msg::Time;

use super::frames::Then;
use super::spin::Caller;
use super::unheard::Ear;
use super::{Desk, Errand, Inbox, RosError};
use crate::time::Clock;

/// Hears of no transforms.
#[derive(Clone)]
pub(super) struct Listener(Arc<dyn Fn(Errand) + Send + Sync>);

impl Listener {
    /// Subscribes nothing.
    pub(super) fn start(
        _: &Caller,
        desk: &Desk,
        _: (&Arc<dyn Clock>, &Arc<Inbox>),
        _: &str,
    ) -> Result<(Self, Vec<Ear>), RosError> {
        Ok((Self(Arc::new(desk.counter())), Vec::new()))
    }

    /// Refuses.
    pub(super) fn place(&self, _: [f64; 3], _: (&str, &Time), _: Arc<str>, then: Then) {
        (self.0)(then(Err("transform it first".to_owned())));
    }
}
