//! The parameter records of all rooms, gathered and checked.

use std::collections::{BTreeMap, BTreeSet};

use super::brief::brief;
use super::tree::Tree;
use super::{ConfigError, Default, Record, Value, Violation, likeness, nearest};

/// A set of parameter records with distinct names, each with a default that its own record allows.
#[derive(Clone, Debug)]
pub struct Schema {
    records: Vec<Record>,
    index: BTreeMap<&'static str, usize>,
    others: BTreeSet<&'static str>,
    options: &'static [&'static str],
}

impl Schema {
    /// Gathers the records of several rooms, in order. Refuses names that occur twice, names that are also the
    /// group of another (`a` and `a.b`), and defaults outside their own range or choices.
    pub fn gather(rooms: &[&[Record]]) -> Result<Self, ConfigError> {
        let records: Vec<Record> = rooms.iter().flat_map(|room| room.iter().copied()).collect();
        let mut index = BTreeMap::new();
        let mut groups = BTreeSet::new();
        let mut violations = Vec::new();
        for (position, record) in records.iter().enumerate() {
            let bad = |what| Violation::BadRecord {
                name: record.name,
                what,
            };
            if record.name.split('.').any(str::is_empty) {
                violations.push(bad("the name has an empty part"));
            }
            if index.insert(record.name, position).is_some() {
                violations.push(bad("two rooms declare this name"));
            }
            let dots = record.name.match_indices('.');
            groups.extend(dots.map(|(dot, _)| &record.name[..dot]));
            let numeric = matches!(record.default, Default::Integer(_) | Default::Double(_));
            if record.range.is_some() != numeric {
                violations.push(bad("numbers need a range, and only numbers have one"));
            }
            if record.accept(&Value::from(record.default)).is_err() {
                violations.push(bad("the default is not allowed by its own record"));
            }
        }
        violations.extend(
            records
                .iter()
                .filter(|record| groups.contains(record.name))
                .map(|record| Violation::BadRecord {
                    name: record.name,
                    what: "the name is also the group of another parameter",
                }),
        );
        ConfigError::check("parameter records", violations)?;
        Ok(Self {
            records,
            index,
            others: BTreeSet::new(),
            options: &[],
        })
    }

    /// With what the command line takes beside parameters, e.g. `--model NAME`: for those who look for it here.
    pub fn beside(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    /// The records for which `read` is true. The others stay known by name: a file may set them, for whoever
    /// else reads it; an override may not.
    pub fn only(&self, read: impl Fn(&Record) -> bool) -> Self {
        let (records, left): (Vec<Record>, Vec<Record>) = self
            .records
            .iter()
            .copied()
            .partition(|record| read(record));
        let names = records.iter().map(|record| record.name);
        let others = self.others.iter().copied();
        Self {
            index: names.enumerate().map(|(at, name)| (name, at)).collect(),
            others: others
                .chain(left.iter().map(|record| record.name))
                .collect(),
            records,
            options: self.options,
        }
    }

    /// With more records behind its own.
    pub fn and(&self, more: &[Record]) -> Result<Self, ConfigError> {
        Ok(Self {
            others: self.others.clone(),
            options: self.options,
            ..Self::gather(&[&self.records, more])?
        })
    }

    /// All records, in the order of gathering.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The record of that name.
    pub fn record(&self, name: &str) -> Option<&Record> {
        self.position(name)
            .and_then(|position| self.records.get(position))
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The known name most like `name`, by whole name or, for a name without its group, by last part.
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        let by_either = |known: &str| {
            let last = known.rsplit('.').next().unwrap_or(known);
            likeness(name, known).max(0.99 * likeness(name, last))
        };
        nearest(self.records.iter().map(|record| record.name), by_either)
    }

    /// True for a parameter that somebody else reads.
    pub(super) fn is_other(&self, name: &str) -> bool {
        self.others.contains(name)
    }

    pub(super) fn unknown(&self, name: &str) -> Violation {
        if let Some(name) = self.others.get(name) {
            return Violation::NotReadHere { name };
        }
        let mut options = self.options.iter();
        if let Some(option) = options.find(|option| is_called(option, name)) {
            let name = brief(name);
            return Violation::AnOption { name, option };
        }
        Violation::Unknown {
            name: brief(name),
            nearest: self.nearest(name),
        }
    }
}

/// True if `option`, e.g. `--model NAME`, is `--` and this name.
fn is_called(option: &str, name: &str) -> bool {
    let word = option
        .split(' ')
        .next()
        .and_then(|word| word.strip_prefix("--"));
    word == Some(name)
}

impl Record {
    /// `value` as this record's type, if the record allows it. A whole number is accepted where a real one is
    /// expected; nothing else is converted.
    pub fn accept(&self, value: &Value) -> Result<Value, Violation> {
        let wrong_type = || Violation::WrongType {
            name: self.name,
            found: brief(&value.to_string()),
            expected: Value::from(self.default).kind(),
        };
        let accepted = match (self.default, value) {
            (Default::Bool(_), Value::Bool(_))
            | (Default::Integer(_), Value::Integer(_))
            | (Default::Text(_), Value::Text(_)) => value.clone(),
            (Default::Double(_), Value::Integer(number)) => Value::Double(*number as f64),
            (Default::Double(_), Value::Double(number)) if number.is_finite() => value.clone(),
            _ => return Err(wrong_type()),
        };
        match &accepted {
            Value::Integer(number) => self.within_range(*number as f64)?,
            Value::Double(number) => self.within_range(*number)?,
            Value::Text(word) => {
                if !self.choices.is_empty() && !self.choices.contains(&word.as_str()) {
                    return Err(Violation::NotAChoice {
                        name: self.name,
                        found: brief(word),
                        choices: self.choices,
                    });
                }
            }
            Value::Bool(_) => {}
        }
        Ok(accepted)
    }

    /// Reads `text`, e.g. from a command line, as a parameter file would be read behind the name, and checks it.
    pub fn parse(&self, text: &str) -> Result<Value, Violation> {
        match Tree::parse(text) {
            Ok(Some(Tree::Value(value))) => self.accept(&value),
            Ok(tree) => Err(Violation::WrongType {
                name: self.name,
                found: tree.unwrap_or(Tree::Null).to_string(),
                expected: Value::from(self.default).kind(),
            }),
            Err(no_yaml) => {
                let (name, text, why) = (self.name, brief(text), no_yaml.why);
                let why = format!("{name}: found {text:?}, which is no YAML: {why}");
                Err(Violation::Malformed(why))
            }
        }
    }

    fn within_range(&self, found: f64) -> Result<(), Violation> {
        let Some((lowest, highest)) = self.range else {
            return Ok(());
        };
        if (lowest..=highest).contains(&found) {
            return Ok(());
        }
        Err(Violation::OutOfRange {
            name: self.name,
            found,
            lowest,
            highest,
            unit: self.unit,
            consequence: if found < lowest {
                self.too_low
            } else {
                self.too_high
            },
        })
    }
}
