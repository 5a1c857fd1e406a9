//! Names on the graph as rcl reckons them from `--ros-args`: known here before a node exists.

use super::args::options;

const TOPIC: &str = "rostopic://";
const SERVICE: &str = "rosservice://";

/// A remapping rule, `[NODE:][rostopic://|rosservice://]FROM:=TO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule<'a> {
    /// The last part of the name of the one node that it is for.
    node: Option<&'a str>,
    /// What kind of names it is for.
    scheme: Option<&'a str>,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
}

impl<'a> Rule<'a> {
    pub(super) fn parse(rule: &'a str) -> Option<Self> {
        let (whole, to) = rule.split_once(":=")?;
        let (scheme, from) = schemed(whole);
        let (node, (scheme, from)) = match (scheme, from.split_once(':')) {
            (None, Some((node, from))) => (Some(node), schemed(from)),
            _ => (None, (scheme, from)),
        };
        Some(Self {
            node,
            scheme,
            from,
            to,
        })
    }

    /// True if it is for the node that is called `node`, without its namespace.
    fn is_for(&self, node: &str) -> bool {
        self.node.is_none_or(|whom| whom == node)
    }

    /// True if the node that it is for, if it says one, is named as rcl expects it, and so is what kind it is for.
    pub(super) fn is_addressed_soundly(&self) -> bool {
        self.node.is_none_or(is_token) && (self.scheme.is_none() || !self.from.starts_with("__"))
    }
}

/// The scheme before a name, and the name.
fn schemed(name: &str) -> (Option<&str>, &str) {
    let rest = |scheme| name.strip_prefix(scheme).map(|rest| (Some(scheme), rest));
    rest(TOPIC).or(rest(SERVICE)).unwrap_or((None, name))
}

/// The rules among `args`, in their order.
fn rules(args: &[String]) -> impl Iterator<Item = Rule<'_>> {
    let given = options(args).filter(|(flag, _)| ["-r", "--remap"].contains(flag));
    given.filter_map(|(_, rule)| Rule::parse(rule?))
}

/// The rules for the node with the full name `node`, but for those that name it.
pub(super) fn rules_for<'a>(args: &'a [String], node: &str) -> impl Iterator<Item = Rule<'a>> {
    let own = last(node);
    rules(args).filter(move |rule| rule.is_for(own) && !rule.from.starts_with("__"))
}

/// The full name of the node that is called `node` unless `-r __node:=` and `-r __ns:=` say otherwise. As in rcl, a rule
/// for one node counts under `node` if it renames it, and under its new name if it gives a namespace.
pub fn node_name(args: &[String], node: &str) -> String {
    let rule = |node: &str, keys: &[&str]| {
        let told = rules(args).find(|rule| rule.is_for(node) && keys.contains(&rule.from));
        told.map(|rule| rule.to)
    };
    let name = rule(node, &["__node", "__name"]).unwrap_or(node);
    let namespace = rule(name, &["__ns"]).unwrap_or("/");
    format!("{}/{name}", namespace.trim_end_matches('/'))
}

/// The full name under which `topic` (`image`, `~/goal/pose`, `/clock`) of the node with the full name `node` appears on
/// the graph: the first remapping rule (`-r from:=to`, `--remap from:=to`) counts that is for this node, for topics and
/// for this name in full.
pub fn topic_name(args: &[String], node: &str, topic: &str) -> String {
    renamed(args, node, topic).unwrap_or_else(|| expanded(topic, node))
}

/// What the rules make of `topic`, if one is for it.
pub(super) fn renamed(args: &[String], node: &str, topic: &str) -> Option<String> {
    let full = expanded(topic, node);
    rules_for(args, node)
        .filter(|rule| rule.scheme != Some(SERVICE))
        .find(|rule| expanded(rule.from, node) == full)
        .map(|rule| expanded(rule.to, node))
}

/// The full name of `name`, which may be relative or, with `~/`, private, for the node with the full name `node`.
pub(super) fn expanded(name: &str, node: &str) -> String {
    match name.strip_prefix("~/") {
        Some(private) => format!("{node}/{private}"),
        None if name.starts_with('/') => name.to_owned(),
        None => format!("{}/{name}", namespace(node).trim_end_matches('/')),
    }
}

/// `name` of a parameter without the node that it may be for, `NODE:NAME`; `None` if that is another one than the node
/// with the full name `node`.
pub(super) fn addressed<'a>(name: &'a str, node: &str) -> Option<&'a str> {
    match name.split_once(':') {
        Some((whom, name)) => (whom == last(node)).then_some(name),
        None => Some(name),
    }
}

/// The namespace of the node with the full name `node`.
fn namespace(node: &str) -> &str {
    match node.rsplit_once('/') {
        Some((namespace, _)) if !namespace.is_empty() => namespace,
        _ => "/",
    }
}

/// The name of the node with the full name `node`, without its namespace.
fn last(node: &str) -> &str {
    node.rsplit('/').next().unwrap_or(node)
}

/// The logger of the node with this full name, as ROS names it: `left.forerun`.
pub(super) fn logger(node: &str) -> String {
    node.trim_start_matches('/').replace('/', ".")
}

/// An absolute, relative or private name.
pub(super) fn is_name(name: &str) -> bool {
    let relative = name.strip_prefix("~/").or(name.strip_prefix('/'));
    relative.unwrap_or(name).split('/').all(is_token)
}

/// A part of a name.
pub(super) fn is_token(token: &str) -> bool {
    let mut letters = token.chars();
    let first = letters.next();
    first.is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
