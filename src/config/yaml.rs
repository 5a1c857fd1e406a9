//! ROS 2 parameter files: `NODE: ros__parameters: {...}`, nested or dotted.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use serde_saphyr::Spanned;

use super::brief::brief;
use super::{Value, Violation};

const SECTION: &str = "ros__parameters";

/// A parameter that a file sets.
pub(super) struct Setting {
    /// Dotted.
    pub(super) name: String,
    pub(super) value: Value,
    /// Of the name's last part.
    pub(super) line: u64,
    /// The section names no node, but all or some.
    pub(super) shared: bool,
}

/// The parameters that the file's sections for `node` set, in file order.
///
/// A section belongs to `node` if its name does, part by part, where `*` is any part and `**` any number of them
/// (`forerun`, `/left/forerun`, `/**`). A file with sections for other nodes only is refused. No error repeats the file.
pub(super) fn read(text: &str, node: &str) -> Result<Vec<Setting>, Violation> {
    if text
        .lines()
        .all(|line| line.trim_start().starts_with('#') || line.trim().is_empty())
    {
        return Ok(Vec::new());
    }
    // Only `true` and `false` are booleans: `no` and `on` stay words, as in YAML 1.2. What is not finite is
    // refused later, by the parameter's name.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    };
    let tree: Tree = serde_saphyr::from_str_with_options(text, options).map_err(|why| {
        let line = why.location().map(|place| place.line());
        Violation::Malformed(format!("is no YAML: {}", brief(&why.to_string()))).at(line)
    })?;
    let mut sections = Vec::new();
    find_sections((String::new(), 1), tree, &mut sections)?;
    let found: Vec<String> = sections.iter().map(|section| brief(&section.0)).collect();
    let mut settings = Vec::new();
    let mut any = false;
    for (name, content) in sections {
        if !fits(&name, node) {
            continue;
        }
        any = true;
        let last = name.rsplit('/').next().unwrap_or_default();
        let mut section = Section {
            shared: last.contains('*'),
            settings: Vec::new(),
        };
        section.flatten((String::new(), 1), content)?;
        let mut seen = BTreeSet::new();
        let mut again = section
            .settings
            .iter()
            .filter(|setting| !seen.insert(&setting.name));
        if let Some(twice) = again.next() {
            let name = brief(&twice.name);
            return Err(Violation::Twice { name }.at(Some(twice.line)));
        }
        settings.append(&mut section.settings);
    }
    if any {
        Ok(settings)
    } else {
        Err(Violation::NoSection {
            node: node.to_owned(),
            found,
        })
    }
}

/// True if `section` names `node`; a bare node fits in any namespace.
fn fits(section: &str, node: &str) -> bool {
    let section: Vec<&str> = section.trim_start_matches('/').split('/').collect();
    match node.strip_prefix('/') {
        Some(full) => fits_parts(&section, &full.split('/').collect::<Vec<_>>()),
        None => section
            .last()
            .is_some_and(|last| [node, "*", "**"].contains(last)),
    }
}

fn fits_parts(section: &[&str], node: &[&str]) -> bool {
    match (section.split_first(), node.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            fits_parts(rest, node)
                || node
                    .split_first()
                    .is_some_and(|(_, node)| fits_parts(section, node))
        }
        (Some((part, section)), Some((name, node))) => {
            (*part == "*" || part == name) && fits_parts(section, node)
        }
        _ => false,
    }
}

/// A name that begins in a line.
type Place = (String, u64);

fn find_sections(
    (path, line): Place,
    tree: Tree,
    out: &mut Vec<(String, Tree)>,
) -> Result<(), Violation> {
    let Tree::Map(entries) = tree else {
        let place = if path.is_empty() { "the file" } else { &path };
        let place = brief(place);
        let why = format!("{place}: found {tree}, expected NODE: {{{SECTION}: {{NAME: VALUE}}}}");
        return Err(Violation::Malformed(why).at(Some(line)));
    };
    for (key, value) in entries {
        if key.value == SECTION {
            out.push((path.clone(), value));
        } else {
            let separator = if path.is_empty() || path.ends_with('/') || key.value.starts_with('/')
            {
                ""
            } else {
                "/"
            };
            let place = format!("{path}{separator}{}", key.value);
            find_sections((place, key.referenced.line()), value, out)?;
        }
    }
    Ok(())
}

/// What one section sets.
struct Section {
    shared: bool,
    settings: Vec<Setting>,
}

impl Section {
    fn flatten(&mut self, (prefix, line): Place, tree: Tree) -> Result<(), Violation> {
        match tree {
            Tree::Map(entries) => {
                for (key, value) in entries {
                    let dot = if prefix.is_empty() { "" } else { "." };
                    let name = format!("{prefix}{dot}{}", key.value);
                    self.flatten((name, key.referenced.line()), value)?;
                }
                Ok(())
            }
            Tree::Value(value) => {
                self.settings.push(Setting {
                    name: prefix,
                    value,
                    line,
                    shared: self.shared,
                });
                Ok(())
            }
            // An empty section sets nothing.
            Tree::Null if prefix.is_empty() => Ok(()),
            Tree::Null | Tree::List => {
                let why = format!("{}: found {tree}, expected one value", brief(&prefix));
                Err(Violation::Malformed(why).at(Some(line)))
            }
        }
    }
}

/// YAML as parameter files use it; maps keep their order.
enum Tree {
    Null,
    Value(Value),
    List,
    Map(Vec<(Spanned<String>, Tree)>),
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Value(value) => f.write_str(&brief(&value.to_string())),
            Self::List => f.write_str("a list"),
            Self::Map(_) => f.write_str("a group"),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, a number, text or a group of them")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Value(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Value(Value::Integer(value)))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Tree, E> {
        i64::try_from(value)
            .map(|value| Tree::Value(Value::Integer(value)))
            .map_err(|_| E::custom(format!("whole number {value} is above {}", i64::MAX)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Value(Value::Double(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Value(Value::Text(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        while items.next_element::<Tree>()?.is_some() {}
        Ok(Tree::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Tree::Map(map))
    }
}
