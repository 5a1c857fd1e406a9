//! What a node is managed by: how it makes a session, and ends it.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Imagination, RosSource, StatusObserver};
use crate::config::Parameters;
use crate::runtime::{CommandSink, Incumbent, Operator, WallSession};

/// What a session gets from its node.
pub struct Ports {
    /// Sensor topics.
    pub source: RosSource,
    /// The command topic; in the shadow of somebody else, nothing.
    pub sink: Box<dyn CommandSink>,
    /// Who that is: an input of the session.
    pub incumbent: Option<Arc<Incumbent>>,
    /// Publishes transitions: give it to the session's observers.
    pub observer: StatusObserver,
    /// Publishes what is imagined: give it to the session's observers.
    pub imagination: Imagination,
    /// True while somebody else publishes commands for the same robot: an input of the supervisor.
    pub second_commander: Arc<AtomicBool>,
    /// As they are now.
    pub parameters: Parameters,
}

/// Loads the model and starts a session in state Inactive, which is what *configure* means; an error leaves
/// nothing behind.
pub type Configure =
    Box<dyn FnMut(Ports) -> Result<Box<dyn Session>, Box<dyn Error + Send + Sync>> + Send>;

/// A session that a node can end.
pub trait Session: Send {
    /// Who is told what to do.
    fn operator(&self) -> Arc<dyn Operator>;
    /// Ends every thread and frees the model.
    fn end(self: Box<Self>);
}

impl Session for WallSession {
    fn operator(&self) -> Arc<dyn Operator> {
        Self::operator(self)
    }

    fn end(self: Box<Self>) {
        self.stop();
    }
}
