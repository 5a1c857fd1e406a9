//! Why weights cannot be packed.

use std::fmt;

use super::pack::DEEPEST;

/// Why weights cannot be taken.
#[derive(Clone, Debug, PartialEq)]
pub enum KernelError {
    /// A slice has another length than the shape says.
    Length {
        /// The slice.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length by the shape.
        expected: usize,
    },
    /// More products a sum than 32 bits hold.
    Deep {
        /// Products a sum.
        depth: usize,
    },
    /// A weight, scale or bias that is not finite.
    NotFinite {
        /// What is not.
        what: &'static str,
        /// Its output column.
        column: usize,
    },
    /// A weight that is no whole multiple, -128 to 127, of its column's scale.
    NoCode {
        /// Its output column.
        column: usize,
        /// The weight.
        weight: f32,
        /// The column's scale.
        scale: f32,
    },
    /// A combination that no kernel computes.
    Unsupported(&'static str),
}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length {
                what,
                found,
                expected,
            } => write!(f, "{what}: {found} numbers, expected {expected}"),
            Self::Deep { depth } => write!(
                f,
                "{depth} products a sum, at most {DEEPEST} are exact in 32 bits: use f32"
            ),
            Self::NotFinite { what, column } => {
                write!(f, "{what} of output column {column} is not finite")
            }
            Self::NoCode {
                column,
                weight,
                scale,
            } => write!(
                f,
                "weight {weight} of output column {column} is no multiple, -128 to 127, of its scale {scale}"
            ),
            Self::Unsupported(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for KernelError {}
