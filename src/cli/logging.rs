//! What is logged, and where to.

use std::io::IsTerminal;

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

/// Logs warnings and errors to stderr. `node`: the name of the ROS 2 node that the process is, unless told
/// otherwise: its `--log-level` counts, and what is said goes to `/rosout` as well, from INFO on.
pub(super) fn start(node: Option<&str>) {
    let asked = node.and_then(asked);
    let filter = match asked {
        None => "warn".to_owned(),
        Some(Level::ERROR) => "error".to_owned(),
        Some(level) => format!("warn,forerun={level}"),
    };
    let screen = fmt::layer()
        .with_writer(std::io::stderr)
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_filter(EnvFilter::new(filter));
    let subscriber = tracing_subscriber::registry().with(screen);
    #[cfg(feature = "ros")]
    let subscriber =
        subscriber.with(node.map(|_| crate::ros::RosoutLayer::new(asked.unwrap_or(Level::INFO))));
    // A subscriber that is there already belongs to whoever called this.
    let _ = subscriber.try_init();
}

#[cfg(feature = "ros")]
fn asked(node: &str) -> Option<Level> {
    crate::ros::log_level(&crate::ros::arguments(), node)
}

#[cfg(not(feature = "ros"))]
fn asked(_: &str) -> Option<Level> {
    None
}
