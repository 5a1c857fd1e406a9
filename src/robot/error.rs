//! Why a robot's description can't be used.

use std::path::{Path, PathBuf};

/// A refusal of a URDF, in five parts: where, what, found, expected, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {field}: found {found}, expected {expected}; {remedy}", file.display())]
pub struct RobotError {
    /// The URDF, or `URDF text` if it came from no file.
    pub file: PathBuf,
    /// The joint and attribute, the link or the line at fault.
    pub field: String,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
    /// What to do next.
    pub remedy: String,
}

/// A [`RobotError`] that doesn't know its file yet.
#[derive(Debug)]
pub(super) struct Fault {
    field: String,
    found: String,
    expected: String,
    remedy: String,
}

impl Fault {
    pub(super) fn new(
        field: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            found: found.into(),
            expected: expected.into(),
            remedy: remedy.into(),
        }
    }

    pub(super) fn of(self, file: &Path) -> RobotError {
        RobotError {
            file: file.to_owned(),
            field: self.field,
            found: self.found,
            expected: self.expected,
            remedy: self.remedy,
        }
    }
}
