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

/// The record behind [`StampSource`].
pub const PARAMETERS: &[Record] = &[
    Record::text("stamp_source", "header", &["header", "receipt"]).about(
        "where a message's time comes from: its header, or its receipt (drivers that don't stamp)",
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
