//! Why a model can't be used.

use std::path::PathBuf;

/// A refusal, in five parts: where, what, found, expected, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {field}: found {found}, expected {expected}; {remedy}", file.display())]
pub struct ModelError {
    /// The file (or the package's folder) at fault.
    pub file: PathBuf,
    /// The field, tensor or node at fault.
    pub field: String,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
    /// What to do next.
    pub remedy: String,
}

impl ModelError {
    /// An error about `field` of `file`.
    pub fn new(
        file: impl Into<PathBuf>,
        field: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            field: field.into(),
            found: found.into(),
            expected: expected.into(),
            remedy: remedy.into(),
        }
    }

    /// Refuses a buffer of the wrong length: a caller's mistake, told instead of panicking.
    pub fn check_len(file: &str, field: &str, found: usize, expected: usize) -> Result<(), Self> {
        if found == expected {
            return Ok(());
        }
        Err(Self::new(
            file,
            field,
            format!("{found} numbers"),
            format!("{expected}"),
            "give what the model's spec says",
        ))
    }

    /// Refuses numbers that aren't finite.
    pub(super) fn check_finite(file: &str, field: &str, values: &[f32]) -> Result<(), Self> {
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(index) => Err(Self::new(
                file,
                field,
                format!("{} at index {index}", values[index]),
                "finite numbers",
                "look at what produced them",
            )),
        }
    }
}
