//! A topic that is advertised when there is something to say on it.

use r2r::{Publisher, QosProfile, WrappedTypesupport};

use super::RosError;
use super::spin::Caller;

/// A publisher, from the first message on.
pub(super) struct Topic<T: WrappedTypesupport> {
    name: &'static str,
    qos: QosProfile,
    spinner: Caller,
    publisher: Option<Publisher<T>>,
}

impl<T: WrappedTypesupport + 'static> Topic<T> {
    /// Nothing yet.
    pub(super) fn new(spinner: &Caller, name: &'static str, qos: QosProfile) -> Self {
        Self {
            name,
            qos,
            spinner: spinner.clone(),
            publisher: None,
        }
    }

    /// Sends `message`; the first time it waits for a spin.
    pub(super) fn publish(&mut self, message: &T) -> Result<(), RosError> {
        let lost = |why: r2r::Error| {
            RosError::during(&format!("topic {} can't be published", self.name), why)
        };
        if self.publisher.is_none() {
            let (name, qos) = (self.name, self.qos.clone());
            let made = self
                .spinner
                .call(move |node, _| node.create_publisher(name, qos))?;
            self.publisher = Some(made.map_err(lost)?);
        }
        match &self.publisher {
            Some(publisher) => publisher.publish(message).map_err(lost),
            None => Ok(()),
        }
    }
}
