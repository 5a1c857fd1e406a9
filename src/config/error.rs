//! What can be wrong with a set of parameters.

use std::fmt;

use super::Number;

/// Everything that is wrong with a set of changes. Nothing of the set was applied.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct ConfigError {
    /// Where the changes came from: a file, `--set`, `parameter records`.
    pub origin: String,
    /// At least one.
    pub violations: Vec<Violation>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: nothing applied", self.origin)?;
        for violation in &self.violations {
            write!(f, "\n  {violation}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong: which parameter, what was found, what is expected, what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Violation {
    /// No such parameter.
    #[error("{name}: unknown parameter; {}", suggestion(*.nearest))]
    Unknown {
        /// As it was written.
        name: String,
        /// The known name most like it.
        nearest: Option<&'static str>,
    },
    /// A parameter that only others read.
    #[error("{name}: nothing here reads it; other verbs or nodes do")]
    NotReadHere {
        /// The parameter.
        name: &'static str,
    },
    /// A parameter that one section of a file sets twice, e.g. nested and dotted.
    #[error("{name}: set twice in one section; keep one")]
    Twice {
        /// The parameter.
        name: String,
    },
    /// A parameter that means nothing with what another one says.
    #[error(
        "{name}: means nothing with {with}: {found:?}; set {with}: {wanted}, or leave {name} out"
    )]
    OutOfPlace {
        /// The parameter.
        name: &'static str,
        /// The other one.
        with: &'static str,
        /// What that says.
        found: String,
        /// What it would have to say.
        wanted: &'static str,
    },
    /// An option of the command line, taken for a parameter.
    #[error("{name}: an option of the command line, no parameter; give {option} before --ros-args")]
    AnOption {
        /// As it was written.
        name: String,
        /// With what it takes, e.g. `--model NAME`.
        option: &'static str,
    },
    /// A value of another type.
    #[error("{name}: found {found}, expected {expected}")]
    WrongType {
        /// The parameter.
        name: &'static str,
        /// As it was written.
        found: String,
        /// The type.
        expected: &'static str,
    },
    /// A number outside the range.
    #[error(
        "{name}: found {}, expected {} to {}{}{}",
        Number(*.found), Number(*.lowest), Number(*.highest), spaced(.unit), reason(.consequence)
    )]
    OutOfRange {
        /// The parameter.
        name: &'static str,
        /// The number.
        found: f64,
        /// Smallest allowed.
        lowest: f64,
        /// Largest allowed.
        highest: f64,
        /// Unit of all three.
        unit: &'static str,
        /// What such a value would lead to.
        consequence: &'static str,
    },
    /// A word that is not among the allowed ones.
    #[error("{name}: found {found:?}, expected one of {}", .choices.join(", "))]
    NotAChoice {
        /// The parameter.
        name: &'static str,
        /// The word.
        found: String,
        /// The allowed ones.
        choices: &'static [&'static str],
    },
    /// A change of a parameter that can't change now.
    #[error("{name}: can't change {when}")]
    NotLive {
        /// The parameter.
        name: &'static str,
        /// During what it can't, and what to do.
        when: &'static str,
    },
    /// Text that can't be read as parameters at all.
    #[error("{0}")]
    Malformed(String),
    /// A file that has sections for other nodes only.
    #[error("no section for node {node}; found: {}; name the section {node} or /**", listed(.found))]
    NoSection {
        /// The node.
        node: String,
        /// The sections that are there.
        found: Vec<String>,
    },
    /// Any of these, in a file.
    #[error("line {line}: {violation}")]
    At {
        /// Where; the first is 1.
        line: u64,
        /// What.
        violation: Box<Violation>,
    },
    /// A parameter record that contradicts itself or another one.
    #[error("record {name}: {what}")]
    BadRecord {
        /// The parameter.
        name: &'static str,
        /// What is wrong.
        what: &'static str,
    },
}

impl Violation {
    /// In line `line` of a file.
    pub(super) fn at(self, line: Option<u64>) -> Self {
        match line {
            Some(line) => Self::At {
                line,
                violation: Box::new(self),
            },
            None => self,
        }
    }
}

impl ConfigError {
    pub(crate) fn check(origin: &str, violations: Vec<Violation>) -> Result<(), Self> {
        if violations.is_empty() {
            return Ok(());
        }
        Err(Self {
            origin: origin.to_owned(),
            violations,
        })
    }

    /// What is wrong, in one line.
    pub fn reasons(&self) -> String {
        let reasons: Vec<String> = self.violations.iter().map(Violation::to_string).collect();
        reasons.join("; ")
    }

    /// True if a file was read that has sections for other nodes only, and nothing else is wrong.
    pub fn is_no_section(&self) -> bool {
        matches!(self.violations[..], [Violation::NoSection { .. }])
    }

    pub(super) fn one(origin: &str, violation: Violation) -> Self {
        Self {
            origin: origin.to_owned(),
            violations: vec![violation],
        }
    }
}

fn suggestion(nearest: Option<&'static str>) -> String {
    match nearest {
        Some(name) => format!("did you mean {name}?"),
        None => "nothing known is like it".to_owned(),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn spaced(unit: &str) -> String {
    if unit.is_empty() {
        String::new()
    } else {
        format!(" {unit}")
    }
}

fn reason(consequence: &str) -> String {
    if consequence.is_empty() {
        String::new()
    } else {
        format!(": {consequence}")
    }
}
