//! A complete, validated set of values.

use std::path::Path;
use std::sync::Arc;

use super::{ConfigError, Record, Schema, Value, Violation, yaml};

/// The largest parameter file read `[bytes]`.
const LARGEST: u64 = 1 << 20;

/// One value for every record of a [`Schema`], each allowed by its record. Values change only by making a new
/// set of an old one: as a whole, or not at all.
#[derive(Clone, Debug)]
pub struct Parameters {
    schema: Arc<Schema>,
    values: Vec<Value>,
}

impl Parameters {
    /// Every parameter at its default.
    pub fn defaults(schema: Arc<Schema>) -> Self {
        let values = schema.records().iter();
        let values = values.map(|record| record.default.into()).collect();
        Self { schema, values }
    }

    /// These, and more records at their defaults.
    pub fn and(&self, more: &[Record]) -> Result<Self, ConfigError> {
        let schema = Arc::new(self.schema.and(more)?);
        let mut values = self.values.clone();
        values.extend(more.iter().map(|record| Value::from(record.default)));
        Ok(Self { schema, values })
    }

    /// The records behind the values.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Every record and its value, in the schema's order.
    pub fn iter(&self) -> impl Iterator<Item = (&Record, &Value)> {
        self.schema.records().iter().zip(&self.values)
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(self.schema.position(name)?)
    }

    /// The value of a parameter that is `true` or `false`.
    pub fn boolean(&self, name: &'static str) -> Result<bool, ConfigError> {
        match self.get(name) {
            Some(Value::Bool(value)) => Ok(*value),
            found => Err(self.not_of_type(name, found, "true or false")),
        }
    }

    /// The value of a whole number.
    pub fn integer(&self, name: &'static str) -> Result<i64, ConfigError> {
        match self.get(name) {
            Some(Value::Integer(value)) => Ok(*value),
            found => Err(self.not_of_type(name, found, "a whole number")),
        }
    }

    /// The value of a whole number that is not negative.
    pub fn count(&self, name: &'static str) -> Result<usize, ConfigError> {
        let value = self.integer(name)?;
        usize::try_from(value).map_err(|_| {
            self.not_of_type(
                name,
                Some(&Value::Integer(value)),
                "a number of things, 0 or more",
            )
        })
    }

    /// The value of a real number.
    pub fn double(&self, name: &'static str) -> Result<f64, ConfigError> {
        match self.get(name) {
            Some(Value::Double(value)) => Ok(*value),
            found => Err(self.not_of_type(name, found, "a finite number")),
        }
    }

    /// The value of a text.
    pub fn text(&self, name: &'static str) -> Result<&str, ConfigError> {
        match self.get(name) {
            Some(Value::Text(value)) => Ok(value),
            found => Err(self.not_of_type(name, found, "text")),
        }
    }

    /// True for a parameter of ROS's own that nothing here reads: not the least about that topic or clock.
    pub fn is_passed_over(&self, name: &str) -> bool {
        let about = |known: &Record| match name.rsplit_once('.') {
            Some((group, _)) => known
                .name
                .rsplit_once('.')
                .is_some_and(|(of, _)| of == group),
            None => known.name == name,
        };
        yaml::is_ros_own(name) && !self.schema.records().iter().any(about)
    }

    fn not_of_type(
        &self,
        name: &'static str,
        found: Option<&Value>,
        expected: &'static str,
    ) -> ConfigError {
        let violation = match found {
            None => self.schema.unknown(name),
            Some(value) => Violation::WrongType {
                name,
                found: value.to_string(),
                expected,
            },
        };
        ConfigError::one("typed configuration", violation)
    }

    /// This set with `changes` applied in order. `origin` names their source in errors.
    pub fn with(&self, origin: &str, changes: &[(String, Value)]) -> Result<Self, ConfigError> {
        self.with_allowed(origin, changes, |_| true)
    }

    /// As [`with`](Self::with), for what runs already: a parameter that may not change now is refused unless its
    /// value stays the same.
    pub fn with_allowed(
        &self,
        origin: &str,
        changes: &[(String, Value)],
        may_change: impl Fn(&Record) -> bool,
    ) -> Result<Self, ConfigError> {
        let mut next = self.clone();
        let mut violations = Vec::new();
        for (name, value) in changes {
            let Some((position, record)) = self.slot(name) else {
                violations.push(self.schema.unknown(name));
                continue;
            };
            match record.accept(value) {
                Err(violation) => violations.push(violation),
                Ok(value) if self.values.get(position) != Some(&value) && !may_change(record) => {
                    violations.push(Violation::NotLive { name: record.name });
                }
                Ok(value) => {
                    if let Some(slot) = next.values.get_mut(position) {
                        *slot = value;
                    }
                }
            }
        }
        ConfigError::check(origin, violations)?;
        Ok(next)
    }

    fn slot(&self, name: &str) -> Option<(usize, &Record)> {
        let position = self.schema.position(name)?;
        Some((position, self.schema.records().get(position)?))
    }

    /// This set with `NAME=VALUE` texts applied in order, as `--set` gives them.
    pub fn with_overrides<T: AsRef<str>>(
        &self,
        origin: &str,
        overrides: &[T],
    ) -> Result<Self, ConfigError> {
        let mut changes = Vec::new();
        let mut violations = Vec::new();
        for text in overrides.iter().map(AsRef::as_ref) {
            let Some((name, value)) = text.split_once('=') else {
                violations.push(Violation::Malformed(format!(
                    "found {text:?}, expected NAME=VALUE, e.g. planner.candidates=16"
                )));
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            match self.schema.record(name) {
                None => violations.push(self.schema.unknown(name)),
                Some(record) => match record.parse(value) {
                    Ok(value) => changes.push((name.to_owned(), value)),
                    Err(violation) => violations.push(violation),
                },
            }
        }
        ConfigError::check(origin, violations)?;
        self.with(origin, &changes)
    }

    /// This set with the sections for `node` of a ROS 2 parameter file applied in file order. `node` is a full
    /// name (`/left/forerun`), or a bare one, which fits in any namespace. What only others read is passed over.
    pub fn with_yaml(&self, origin: &str, text: &str, node: &str) -> Result<Self, ConfigError> {
        let mut changes =
            yaml::read(text, node).map_err(|violation| ConfigError::one(origin, violation))?;
        changes.retain(|(name, _)| !self.is_passed_over(name) && !self.schema.is_other(name));
        self.with(origin, &changes)
    }

    /// As [`with_yaml`](Self::with_yaml), from a file.
    pub fn with_yaml_file(&self, path: &Path, node: &str) -> Result<Self, ConfigError> {
        let origin = path.display().to_string();
        let refuse = |why: String| ConfigError::one(&origin, Violation::Malformed(why));
        let found = path
            .metadata()
            .map_err(|why| refuse(format!("can't be read: {why}")))?;
        // A pipe would be waited for, for ever.
        if !found.is_file() || found.len() > LARGEST {
            return Err(refuse(format!(
                "expected a plain file of at most {LARGEST} bytes"
            )));
        }
        let text =
            std::fs::read_to_string(path).map_err(|why| refuse(format!("can't be read: {why}")))?;
        self.with_yaml(&origin, &text, node)
    }

    /// What differs from `earlier`, as it is here.
    pub fn differences(&self, earlier: &Self) -> impl Iterator<Item = (&Record, &Value)> {
        self.iter()
            .filter(|(record, value)| earlier.get(record.name) != Some(value))
    }
}
