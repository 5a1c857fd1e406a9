//! Parameters as ROS 2 sees them.

use r2r::rcl_interfaces::msg::{
    FloatingPointRange, IntegerRange, ParameterDescriptor, ParameterValue,
};

use crate::config::{Record, Value};

/// During what the parameters that are read at the start can't change, and what to do.
pub(super) const AT_THE_START: &str =
    "while the node runs; give it at the start, by -p or in a parameter file";

// `rcl_interfaces/msg/ParameterType`.
pub(super) const NOT_SET: u8 = 0;
const BOOL: u8 = 1;
const INTEGER: u8 = 2;
const DOUBLE: u8 = 3;
const STRING: u8 = 4;

/// A value as a message.
pub(super) fn message(value: &Value) -> ParameterValue {
    let mut message = ParameterValue {
        type_: kind(value),
        ..ParameterValue::default()
    };
    match value {
        Value::Bool(value) => message.bool_value = *value,
        Value::Integer(value) => message.integer_value = *value,
        Value::Double(value) => message.double_value = *value,
        Value::Text(value) => message.string_value.clone_from(value),
    }
    message
}

/// A message as a value; `None` if it is not set or a list.
pub(super) fn value(message: ParameterValue) -> Option<Value> {
    match message.type_ {
        BOOL => Some(Value::Bool(message.bool_value)),
        INTEGER => Some(Value::Integer(message.integer_value)),
        DOUBLE => Some(Value::Double(message.double_value)),
        STRING => Some(Value::Text(message.string_value)),
        _ => None,
    }
}

/// Whether a node's parameter may change now; `own`: it is read at the node's start, `vacant`: no model is loaded.
pub(super) fn may_change(record: &Record, own: bool, vacant: bool) -> Result<(), &'static str> {
    match record.live {
        true => Ok(()),
        false if own => Err(AT_THE_START),
        false if vacant => Ok(()),
        false => Err("while a model is loaded; `ros2 lifecycle set` deactivate and cleanup first"),
    }
}

/// What `ros2 param describe` shows: unit and consequences are the additional constraints.
pub(super) fn descriptor(record: &Record, may_change: bool) -> ParameterDescriptor {
    let default = Value::from(record.default);
    let mut descriptor = ParameterDescriptor {
        name: record.name.to_owned(),
        type_: kind(&default),
        description: record.description.to_owned(),
        additional_constraints: constraints(record),
        read_only: !may_change,
        ..ParameterDescriptor::default()
    };
    match (record.range, default) {
        (Some((low, high)), Value::Integer(_)) => {
            descriptor.integer_range = vec![IntegerRange {
                from_value: low as i64,
                to_value: high as i64,
                step: 1,
            }];
        }
        (Some((low, high)), _) => {
            descriptor.floating_point_range = vec![FloatingPointRange {
                from_value: low,
                to_value: high,
                step: 0.0,
            }];
        }
        (None, _) => {}
    }
    descriptor
}

fn constraints(record: &Record) -> String {
    let choices = record.choices.join(", ");
    let parts = [
        ("unit", record.unit),
        ("one of", choices.as_str()),
        ("too low", record.too_low),
        ("too high", record.too_high),
    ];
    let parts = parts.iter().filter(|part| !part.1.is_empty());
    let parts: Vec<String> = parts
        .map(|(what, text)| format!("{what}: {text}"))
        .collect();
    parts.join("; ")
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Bool(_) => BOOL,
        Value::Integer(_) => INTEGER,
        Value::Double(_) => DOUBLE,
        Value::Text(_) => STRING,
    }
}
