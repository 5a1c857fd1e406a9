//! A complete, validated set of values.

use std::path::Path;
use std::sync::Arc;

use super::brief::brief;
use super::{ConfigError, Record, Schema, Value, Violation, read_plain, yaml};

/// The largest parameter file read `[bytes]`.
const LARGEST: u64 = 1 << 20;

/// One value for every record of a [`Schema`], each allowed by its record. Values change only by making a new
/// set of an old one: as a whole, or not at all.
#[derive(Clone, Debug)]
pub struct Parameters {
    schema: Arc<Schema>,
    values: Vec<Value>,
    /// Which an override named, be it with its default.
    named: Vec<bool>,
}

impl Parameters {
    /// Every parameter at its default.
    pub fn defaults(schema: Arc<Schema>) -> Self {
        let values = schema.records().iter();
        let values: Vec<Value> = values.map(|record| record.default.into()).collect();
        Self {
            named: vec![false; values.len()],
            schema,
            values,
        }
    }

    /// These, and more records at their defaults.
    pub fn and(&self, more: &[Record]) -> Result<Self, ConfigError> {
        let schema = Arc::new(self.schema.and(more)?);
        let (mut values, mut named) = (self.values.clone(), self.named.clone());
        values.extend(more.iter().map(|record| Value::from(record.default)));
        named.resize(values.len(), false);
        Ok(Self {
            schema,
            values,
            named,
        })
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

    /// True if somebody wants `name` to be what it is: an override named it, or it is not at its default.
    pub fn is_wanted(&self, name: &str) -> bool {
        self.slot(name).is_some_and(|(position, record)| {
            let value = self.values.get(position);
            self.named.get(position) == Some(&true) || value != Some(&record.default.into())
        })
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
        self.with_allowed(origin, changes, |_| Ok(()))
    }

    /// As [`with`](Self::with), for what runs already: a parameter that may not change now is refused, with during
    /// what it may not, unless its value stays the same.
    pub fn with_allowed(
        &self,
        origin: &str,
        changes: &[(String, Value)],
        may_change: impl Fn(&Record) -> Result<(), &'static str>,
    ) -> Result<Self, ConfigError> {
        let changes = changes.iter().map(|(name, value)| (name, value, None));
        self.changed(origin, changes, may_change)
    }

    /// With `changes` applied: name, value, line of a file.
    fn changed<'a>(
        &self,
        origin: &str,
        changes: impl Iterator<Item = (&'a String, &'a Value, Option<u64>)>,
        may_change: impl Fn(&Record) -> Result<(), &'static str>,
    ) -> Result<Self, ConfigError> {
        let mut next = self.clone();
        let mut violations = Vec::new();
        for (name, value, line) in changes {
            let Some((position, record)) = self.slot(name) else {
                violations.push(self.schema.unknown(name).at(line));
                continue;
            };
            match record.accept(value) {
                Err(violation) => violations.push(violation.at(line)),
                Ok(value) => {
                    if self.values.get(position) != Some(&value)
                        && let Err(when) = may_change(record)
                    {
                        let name = record.name;
                        violations.push(Violation::NotLive { name, when }.at(line));
                    } else if let Some(slot) = next.values.get_mut(position) {
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
                    "found {:?}, expected NAME=VALUE, e.g. planner.candidates=16",
                    brief(text)
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
        let mut next = self.with(origin, &changes)?;
        for (name, _) in &changes {
            let named = self.schema.position(name);
            if let Some(named) = named.and_then(|position| next.named.get_mut(position)) {
                *named = true;
            }
        }
        Ok(next)
    }

    /// This set with the sections for `node` of a ROS 2 parameter file applied in file order. `node` is a full
    /// name (`/left/forerun`), or a bare one, which fits in any namespace. What only others read is passed over.
    pub fn with_yaml(&self, origin: &str, text: &str, node: &str) -> Result<Self, ConfigError> {
        let settings =
            yaml::read(text, node).map_err(|violation| ConfigError::one(origin, violation))?;
        // Who reads nothing of topics shares its section with a node that may.
        let all_shared = !self.has_topics();
        let meant = |setting: &&yaml::Setting| {
            let passed_over = self.is_passed_over(&setting.name, setting.shared || all_shared);
            if passed_over {
                tracing::debug!(
                    "{origin}: line {}: {} is not read here",
                    setting.line,
                    setting.name
                );
            }
            !passed_over && !self.schema.is_other(&setting.name)
        };
        let changes = settings.iter().filter(meant);
        let changes = changes.map(|setting| (&setting.name, &setting.value, Some(setting.line)));
        self.changed(origin, changes, |_| Ok(()))
    }

    /// As [`with_yaml`](Self::with_yaml), from a file.
    pub fn with_yaml_file(&self, path: &Path, node: &str) -> Result<Self, ConfigError> {
        let origin = path.display().to_string();
        let refuse = |why: String| ConfigError::one(&origin, Violation::Malformed(why));
        let bytes = read_plain(path, LARGEST).map_err(|why| refuse(why.to_string()))?;
        let text = String::from_utf8(bytes)
            .map_err(|why| refuse(format!("is no text: {}", why.utf8_error())))?;
        self.with_yaml(&origin, &text, node)
    }

    /// What differs from `earlier`, as it is here.
    pub fn differences(&self, earlier: &Self) -> impl Iterator<Item = (&Record, &Value)> {
        self.iter()
            .filter(|(record, value)| earlier.get(record.name) != Some(value))
    }
}
