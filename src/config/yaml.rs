//! ROS 2 parameter files: `NODE: ros__parameters: {...}`, nested or dotted.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Value, Violation};

const SECTION: &str = "ros__parameters";

/// The parameters that the file's sections for `node` set, in file order, by dotted name.
///
/// A section belongs to `node` if its name does, part by part, where `*` is any part and `**` any number of them
/// (`forerun`, `/left/forerun`, `/**`). A file with sections for other nodes only is refused.
pub(super) fn read(text: &str, node: &str) -> Result<Vec<(String, Value)>, Violation> {
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
    };
    let tree: Tree = serde_saphyr::from_str_with_options(text, options)
        .map_err(|why| Violation::Malformed(format!("is no YAML: {why}")))?;
    let mut sections = Vec::new();
    find_sections(String::new(), tree, &mut sections).map_err(Violation::Malformed)?;
    let found: Vec<String> = sections.iter().map(|section| section.0.clone()).collect();
    let mut values = Vec::new();
    let mut any = false;
    for (name, content) in sections {
        if !fits(&name, node) {
            continue;
        }
        any = true;
        let mut section = Vec::new();
        flatten(String::new(), content, &mut section).map_err(Violation::Malformed)?;
        let mut seen = BTreeSet::new();
        if let Some((name, _)) = section.iter().find(|entry| !seen.insert(entry.0.as_str())) {
            return Err(Violation::Twice { name: name.clone() });
        }
        values.append(&mut section);
    }
    if any {
        Ok(values)
    } else {
        Err(Violation::NoSection {
            node: node.to_owned(),
            found,
        })
    }
}

/// True for parameters that ROS 2 gives every node: passed over where nothing reads them.
pub fn is_ros_own(name: &str) -> bool {
    name == "use_sim_time" || name.starts_with("qos_overrides.")
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

fn find_sections(path: String, tree: Tree, out: &mut Vec<(String, Tree)>) -> Result<(), String> {
    let Tree::Map(entries) = tree else {
        let place = if path.is_empty() { "the file" } else { &path };
        return Err(format!(
            "{place}: found {tree}, expected NODE: {{{SECTION}: {{NAME: VALUE}}}}"
        ));
    };
    for (key, value) in entries {
        if key == SECTION {
            out.push((path.clone(), value));
        } else {
            let separator = if path.is_empty() || path.ends_with('/') || key.starts_with('/') {
                ""
            } else {
                "/"
            };
            find_sections(format!("{path}{separator}{key}"), value, out)?;
        }
    }
    Ok(())
}

fn flatten(prefix: String, tree: Tree, out: &mut Vec<(String, Value)>) -> Result<(), String> {
    match tree {
        Tree::Map(entries) => {
            for (key, value) in entries {
                let dot = if prefix.is_empty() { "" } else { "." };
                flatten(format!("{prefix}{dot}{key}"), value, out)?;
            }
            Ok(())
        }
        Tree::Value(value) => {
            out.push((prefix, value));
            Ok(())
        }
        // An empty section sets nothing.
        Tree::Null if prefix.is_empty() => Ok(()),
        Tree::Null | Tree::List => Err(format!("{prefix}: found {tree}, expected one value")),
    }
}

/// YAML as parameter files use it; maps keep their order.
enum Tree {
    Null,
    Value(Value),
    List,
    Map(Vec<(String, Tree)>),
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Value(value) => write!(f, "{value}"),
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
