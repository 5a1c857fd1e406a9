//! Where a message's time comes from.

use crate::config::{ConfigError, Parameters, Record};

/// Where a message's time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StampSource {
    /// Its header.
    #[default]
    Header,
    /// When it arrived.
    Receipt,
}

/// The record behind [`StampSource`], and those of ROS time.
pub const PARAMETERS: &[Record] = &[
    Record::text("stamp_source", "header", &["header", "receipt"]).about(
        "where a message's time comes from: its header, or its receipt (drivers that don't stamp)",
    ),
    Record::text("image_transport", "raw", &["raw", "compressed"])
        .about("how pictures come: raw on `image`, or as JPEG or PNG on `image/compressed`"),
    Record::boolean("use_sim_time", false).about(
        "time is what `/clock` says: sensors, plans and command ticks follow the simulation",
    ),
    Record::double("stale_clock", 0.5, (0.02, 60.0), "s of wall time")
        .about("how long `/clock` may stand before the robot is stopped")
        .beyond(
            "stops at every hiccup of the simulation",
            "drives on without a simulation",
        ),
];

impl StampSource {
    /// Reads `stamp_source`.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        Ok(match parameters.text("stamp_source")? {
            "receipt" => Self::Receipt,
            _ => Self::Header,
        })
    }
}
