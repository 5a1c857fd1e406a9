//! Tests of `config`.

mod files;
mod number;
mod overrides;
mod plain;
mod rooms;
mod scalars;
mod schema;

use std::sync::Arc;

use forerun::config::{Default, Parameters, Record, Schema};

/// One record of every type.
pub const RECORDS: &[Record] = &[
    record("planner.candidates", Default::Integer(8), Some((4.0, 64.0))),
    record("planner.method", Default::Text("sampling"), None),
    record("control.rate", Default::Double(200.0), Some((20.0, 1000.0))),
    Record {
        live: true,
        ..record("planner.seed", Default::Integer(0), Some((0.0, 9e15)))
    },
    record("autostart", Default::Bool(false), None),
    record("model.path.folder", Default::Text("models/arm"), None),
];

pub const fn record(name: &'static str, default: Default, range: Option<(f64, f64)>) -> Record {
    Record {
        name,
        description: "what it does",
        unit: "Hz",
        default,
        range,
        choices: &[],
        too_low: "it is slow",
        too_high: "it is dear",
        live: false,
    }
}

pub fn defaults() -> Parameters {
    Parameters::defaults(Arc::new(
        Schema::gather(&[RECORDS]).expect("a sound schema"),
    ))
}
