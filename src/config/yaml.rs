//! ROS 2 parameter files: `NODE: ros__parameters: {...}`, nested or dotted.

use std::collections::BTreeSet;

use super::brief::brief;
use super::tree::{NoYaml, Tree};
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
    let tree = Tree::parse(text).map_err(|NoYaml { line, why }| {
        Violation::Malformed(format!("is no YAML: {why}")).at(Some(line))
    })?;
    let Some(tree) = tree else {
        return Ok(Vec::new());
    };
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
    for entry in entries {
        let name = entry.name;
        if name == SECTION {
            out.push((path.clone(), entry.tree));
        } else {
            let separator = if path.is_empty() || path.ends_with('/') || name.starts_with('/') {
                ""
            } else {
                "/"
            };
            let place = format!("{path}{separator}{name}");
            find_sections((place, entry.line), entry.tree, out)?;
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
                for entry in entries {
                    let dot = if prefix.is_empty() { "" } else { "." };
                    let name = format!("{prefix}{dot}{}", entry.name);
                    self.flatten((name, entry.line), entry.tree)?;
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
