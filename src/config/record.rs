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
