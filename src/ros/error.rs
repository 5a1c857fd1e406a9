//! Why ROS can't be used.

/// What went wrong on the ROS side, and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum RosError {
    /// The caller's mistake: arguments, parameters, a second node of the same name. Exit status 2.
    #[error("{0}")]
    Usage(String),
    /// ROS or the machine failed. Exit status 1.
    #[error("{0}")]
    Failed(String),
    /// No session could be made: what the one who makes them said.
    #[error("{0}")]
    Unconfigured(Box<dyn std::error::Error + Send + Sync>),
}

impl RosError {
    /// An r2r error, with what was being done.
    pub(super) fn during(doing: &str, why: impl std::fmt::Display) -> Self {
        Self::Failed(format!("{doing}: {why}"))
    }
}
