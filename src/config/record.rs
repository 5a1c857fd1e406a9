//! One parameter: type, default, range, unit, consequence.

/// A parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Double(f64),
    /// Text.
    Text(String),
}

/// What a parameter is. Each room declares its own as `pub const PARAMETERS: &[Record]`; `cli` gathers them.
///
/// ```
/// use forerun::config::Record;
/// const RATE: Record = Record::double("control.rate", 200.0, (20.0, 1000.0), "Hz")
///     .about("command ticks a second")
///     .beyond("jerky motion", "wasted processor time");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Dotted name, e.g. `planner.candidates`.
    pub name: &'static str,
    /// What it does, one line.
    pub description: &'static str,
    /// Unit, empty if it has none.
    pub unit: &'static str,
    /// Type and default.
    pub default: Default,
    /// Smallest and largest allowed value, for numbers.
    pub range: Option<(f64, f64)>,
    /// Allowed words, for text; empty: any.
    pub choices: &'static [&'static str],
    /// What happens when it is too low.
    pub too_low: &'static str,
    /// What happens when it is too high.
    pub too_high: &'static str,
    /// True if it may change while running.
    pub live: bool,
}

/// A default, in a form that a `const` can hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Double(f64),
    /// Text.
    Text(&'static str),
}

impl Record {
    /// A real number.
    pub const fn double(
        name: &'static str,
        default: f64,
        range: (f64, f64),
        unit: &'static str,
    ) -> Self {
        Self::new(name, Default::Double(default), Some(range), unit)
    }

    /// A whole number.
    pub const fn integer(
        name: &'static str,
        default: i64,
        range: (i64, i64),
        unit: &'static str,
    ) -> Self {
        let range = (range.0 as f64, range.1 as f64);
        Self::new(name, Default::Integer(default), Some(range), unit)
    }

    /// `true` or `false`.
    pub const fn boolean(name: &'static str, default: bool) -> Self {
        Self::new(name, Default::Bool(default), None, "")
    }

    /// Text: one of `choices`, or anything if there are none.
    pub const fn text(
        name: &'static str,
        default: &'static str,
        choices: &'static [&'static str],
    ) -> Self {
        Self {
            choices,
            ..Self::new(name, Default::Text(default), None, "")
        }
    }

    const fn new(
        name: &'static str,
        default: Default,
        range: Option<(f64, f64)>,
        unit: &'static str,
    ) -> Self {
        Self {
            name,
            description: "",
            unit,
            default,
            range,
            choices: &[],
            too_low: "",
            too_high: "",
            live: false,
        }
    }

    /// Says what it does, one line.
    pub const fn about(self, description: &'static str) -> Self {
        Self {
            description,
            ..self
        }
    }

    /// Says what happens when it is too low, and when it is too high.
    pub const fn beyond(self, too_low: &'static str, too_high: &'static str) -> Self {
        Self {
            too_low,
            too_high,
            ..self
        }
    }

    /// May change while running.
    pub const fn live(self) -> Self {
        Self { live: true, ..self }
    }
}

impl Value {
    /// The name of its type, as a message would say it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Double(_) => "a finite number",
            Self::Text(_) => "text",
        }
    }
}

/// As in YAML: a real number keeps its decimal point or exponent, text is quoted.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Double(value) if value.is_nan() => f.write_str(".nan"),
            Self::Double(value) if value.is_infinite() => {
                f.write_str(if *value > 0.0 { ".inf" } else { "-.inf" })
            }
            Self::Double(value) => write!(f, "{value:?}"),
            // JSON's strings are YAML's double-quoted ones.
            Self::Text(value) => f.write_str(&serde_json::Value::from(value.as_str()).to_string()),
        }
    }
}

impl From<Default> for Value {
    fn from(default: Default) -> Self {
        match default {
            Default::Bool(value) => Self::Bool(value),
            Default::Integer(value) => Self::Integer(value),
            Default::Double(value) => Self::Double(value),
            Default::Text(value) => Self::Text(value.to_owned()),
        }
    }
}
