//! Numbers in sentences.

use std::fmt;

/// From here on a number is written with an exponent.
const LARGE: f64 = 1e9;
/// Below, too, where no precision is asked for.
const SMALL: f64 = 1e-5;

/// A number as a sentence says it: `1e300`, not three hundred digits. Takes a sign and a precision, as f64 does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        let large = size.is_finite() && size >= LARGE;
        let small = size > 0.0 && size < SMALL && f.precision().is_none();
        if large || small {
            fmt::LowerExp::fmt(&self.0, f)
        } else {
            fmt::Display::fmt(&self.0, f)
        }
    }
}

/// Several of them: `[0.1, 1e300]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers<'a>(pub &'a [f64]);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, value) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            fmt::Display::fmt(&Number(*value), f)?;
        }
        f.write_str("]")
    }
}
