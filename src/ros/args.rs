//! What `--ros-args` says, for the few answers that r2r doesn't give.

/// The process's arguments; what is no text is replaced, for nothing here could be it.
pub fn arguments() -> Vec<String> {
    std::env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect()
}

/// The value of parameter `name` given as `-p name:=value` or `--param name:=value`, if any; the last one wins.
/// For what must be known before a context exists; everything else comes from the node.
pub fn ros_parameter(args: &[String], name: &str) -> Option<String> {
    rules(args, &["-p", "--param"])
        .filter(|(from, _)| local(from) == name)
        .map(|(_, to)| to.to_owned())
        .last()
}

/// The full name under which `topic`, a relative name, appears on the graph: remapping rules
/// (`-r from:=to`, `--remap from:=to`) first, then the namespace. The first rule that fits wins, as in rcl.
pub fn topic_name(args: &[String], namespace: &str, topic: &str) -> String {
    let full = absolute(namespace, topic);
    let target = rules(args, &["-r", "--remap"]).find_map(|(from, to)| {
        let from = local(from);
        (from == topic || from == full).then_some(to)
    });
    target.map_or(full, |target| absolute(namespace, target))
}

fn absolute(namespace: &str, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    format!("{}/{name}", namespace.trim_end_matches('/'))
}

/// A rule may be meant for one node: `node:name`.
fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, name)| name)
}

/// The `from:=to` pairs that follow one of `flags` between `--ros-args` and `--` or the end.
fn rules<'a>(args: &'a [String], flags: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let mut inside = false;
    let ros: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|argument| {
            match *argument {
                "--ros-args" => inside = true,
                "--" => inside = false,
                _ => return inside,
            }
            false
        })
        .collect();
    let pairs: Vec<_> = ros
        .windows(2)
        .filter_map(|pair| match pair {
            [flag, rule] if flags.contains(flag) => rule.split_once(":="),
            _ => None,
        })
        .collect();
    pairs.into_iter()
}
