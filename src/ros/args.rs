//! What `--ros-args` says, for the answers that r2r doesn't give.

use std::path::Path;

use crate::config::{ConfigError, Parameters};

/// The process's arguments; what is no text is replaced, for nothing here could be it.
pub fn arguments() -> Vec<String> {
    std::env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect()
}

/// `parameters` with what `--ros-args` says, in its order: `--params-file FILE` and `-p NAME:=VALUE`. `node`: the
/// node's name, unless `-r __node:=` says otherwise. A file without a section for the node changes nothing, as
/// in ROS, but is warned about; ROS's own parameters are passed over.
///
/// For everything that is asked of a node; read here, not from rcl, because Fast DDS's profile must be known
/// before a context exists, and so that a parameter has one reader, whoever sets it.
pub fn ros_parameters(
    args: &[String],
    node: &str,
    parameters: Parameters,
) -> Result<Parameters, ConfigError> {
    let (parameters, strange) = read_arguments(args, node, parameters)?;
    for error in strange {
        let (file, why) = (&error.origin, error.reasons());
        tracing::warn!("parameter file {file}: nothing applied: {why}");
    }
    Ok(parameters)
}

/// As [`ros_parameters`]; gives the files without a section for the node instead of warning.
pub(super) fn read_arguments(
    args: &[String],
    node: &str,
    parameters: Parameters,
) -> Result<(Parameters, Vec<ConfigError>), ConfigError> {
    let full = node_name(args, node);
    let mut strange = Vec::new();
    let mut parameters = parameters;
    for (flag, value) in options(args) {
        // What lacks its value is refused by rcl, in its own words.
        let Some(value) = value else { continue };
        match flag {
            "--params-file" => {
                parameters = match parameters.with_yaml_file(Path::new(value), &full) {
                    Err(error) if error.is_no_section() => {
                        strange.push(error);
                        parameters
                    }
                    read => read?,
                };
            }
            "-p" | "--param" => {
                // What is no rule is refused by rcl, in its own words.
                let Some((name, value)) = value.split_once(":=") else {
                    continue;
                };
                if let Some(name) = addressed(name, node, &full)
                    && !parameters.is_passed_over(name, false)
                {
                    parameters =
                        parameters.with_overrides("--ros-args", &[format!("{name}={value}")])?;
                }
            }
            _ => {}
        }
    }
    Ok((parameters, strange))
}

/// The full name of the node that is called `node` unless `-r __node:=` and `-r __ns:=` say otherwise.
pub fn node_name(args: &[String], node: &str) -> String {
    let rule = |keys: &[&str]| {
        remaps(args).find_map(|(from, to)| {
            let from = addressed(from, node, &absolute("/", node))?;
            keys.contains(&from).then_some(to)
        })
    };
    let name = rule(&["__node", "__name"]).unwrap_or(node);
    absolute(rule(&["__ns"]).unwrap_or("/"), name)
}

/// The name in a rule that may be meant for one node, `NODE:NAME`; `None` if it is meant for another one.
fn addressed<'a>(rule: &'a str, node: &str, full: &str) -> Option<&'a str> {
    match rule.split_once(':') {
        Some((whom, name)) => {
            (whom == node || whom == full || ["/*", "/**"].contains(&whom)).then_some(name)
        }
        None => Some(rule),
    }
}

/// The full name under which `topic`, a relative name, appears on the graph: remapping rules
/// (`-r from:=to`, `--remap from:=to`) first, then the namespace. The first rule that fits wins, as in rcl.
pub fn topic_name(args: &[String], namespace: &str, topic: &str) -> String {
    let full = absolute(namespace, topic);
    let target = remaps(args).find_map(|(from, to)| {
        let from = local(from);
        (from == topic || from == full).then_some(to)
    });
    target.map_or(full, |target| absolute(namespace, bare(target)))
}

/// The namespace of the node with the full name `node`.
pub(super) fn namespace(node: &str) -> &str {
    match node.rsplit_once('/') {
        Some((namespace, _)) if !namespace.is_empty() => namespace,
        _ => "/",
    }
}

pub(super) fn absolute(namespace: &str, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    format!("{}/{name}", namespace.trim_end_matches('/'))
}

/// A rule may be meant for one node, `node:name`, and say what kind of name it is: `rostopic://name`.
pub(super) fn local(name: &str) -> &str {
    match bare(name).split_once(':') {
        Some((_, name)) => bare(name),
        None => bare(name),
    }
}

/// A name without the scheme that may stand before it.
pub(super) fn bare(name: &str) -> &str {
    let rest = name.strip_prefix("rostopic://");
    rest.or(name.strip_prefix("rosservice://")).unwrap_or(name)
}

/// The logger of the node with this full name, as ROS names it: `left.forerun`.
pub(super) fn logger(node: &str) -> String {
    node.trim_start_matches('/').replace('/', ".")
}

/// The remapping rules, from and to.
pub(super) fn remaps(args: &[String]) -> impl Iterator<Item = (&str, &str)> {
    let given = options(args).filter(|(flag, _)| ["-r", "--remap"].contains(flag));
    given.filter_map(|(_, rule)| rule?.split_once(":="))
}

/// Flags that rcl knows and that take a value.
pub(super) const VALUED: &[&str] = &[
    "-p",
    "--param",
    "--params-file",
    "-r",
    "--remap",
    "-e",
    "--enclave",
    "--log-level",
    "--log-config-file",
    "--log-file-name",
];
/// What rcl can switch by `--enable-` and `--disable-`.
const SWITCHES: &[&str] = &["rosout-logs", "stdout-logs", "external-lib-logs"];

/// The first of the options that rcl passes over because it does not know it.
pub(super) fn unknown_option(args: &[String]) -> Option<&str> {
    let known = |flag: &str| {
        let switch = flag
            .strip_prefix("--enable-")
            .or(flag.strip_prefix("--disable-"));
        VALUED.contains(&flag) || switch.is_some_and(|switch| SWITCHES.contains(&switch))
    };
    options(args)
        .map(|option| option.0)
        .find(|flag| !known(flag))
}

/// The options between `--ros-args` and `--` or the end, those that take a value with it.
pub(super) fn options(args: &[String]) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut args = args.iter().map(String::as_str);
    let mut inside = false;
    std::iter::from_fn(move || {
        loop {
            match args.next()? {
                "--ros-args" => inside = true,
                "--" => inside = false,
                flag if inside && VALUED.contains(&flag) => return Some((flag, args.next())),
                flag if inside => return Some((flag, None)),
                _ => {}
            }
        }
    })
}
