//! What may follow `--ros-args`, where rcl's own refusal is a riddle, and what a log is told there.

use tracing::Level;

use super::args::{VALUED, options};
use super::names::{Rule, expanded, is_name, is_token, logger, node_name, rules_for};
use super::twins::LETTERS;

/// Letters of a topic's or service's full name: 255 of DDS, less what ROS 2 puts around it (rmw).
const TOPIC: usize = 247;
/// Letters of a long name that are shown.
const SHOWN: usize = 40;

/// The first rule that means nothing: which, and what was expected.
pub fn wrong_rule(args: &[String]) -> Option<String> {
    options(args).find_map(|(flag, value)| match (flag, value) {
        ("-r" | "--remap", Some(rule)) => {
            wrong_remap(rule).map(|expected| format!("{flag}: found {rule:?}, expected {expected}"))
        }
        ("--log-level", Some(text)) if level(text.rsplit(":=").next()?).is_none() => Some(format!(
            "{flag}: found {text:?}, expected debug, info, warn, error or fatal, or LOGGER:=LEVEL"
        )),
        ("-p" | "--param", Some(rule)) if !is_setting(rule) => Some(format!(
            "{flag}: found {rule:?}, expected NAME:=VALUE, e.g. autostart:=true, or NODE:NAME:=VALUE, NODE without \
             slashes"
        )),
        (flag, None) if VALUED.contains(&flag) => {
            Some(format!("{flag}: found nothing after it, expected a value"))
        }
        _ => None,
    })
}

/// A name of more letters than ROS 2 takes, of the node that is called `node` unless told otherwise or of a rule: which,
/// and what was expected.
pub fn too_long(args: &[String], node: &str) -> Option<String> {
    let full = node_name(args, node);
    let most = TOPIC - LETTERS;
    if full.len() > most {
        return Some(format!(
            "node {}: found {} letters, namespace included, expected at most {most}: its topics and services begin \
             with it, and hold at most {TOPIC}; choose a shorter __node or __ns",
            brief(&full),
            full.len()
        ));
    }
    rules_for(args, &full).find_map(|rule| {
        let letters = expanded(rule.to, &full).len();
        (letters > TOPIC).then(|| {
            format!(
                "--ros-args -r: {} becomes a name of {letters} letters, expected at most {TOPIC}",
                rule.from
            )
        })
    })
}

/// The level that `--log-level` asks of the node that is called `node` unless told otherwise; those of other
/// loggers are rcl's.
pub fn log_level(args: &[String], node: &str) -> Option<Level> {
    let ours = logger(&node_name(args, node));
    let given = options(args).filter(|(flag, _)| *flag == "--log-level");
    let levels = given.filter_map(|(_, value)| match value?.split_once(":=") {
        Some((name, text)) if name == ours => level(text),
        Some(_) => None,
        None => level(value?),
    });
    levels.last()
}

/// True with `--disable-rosout-logs`; the last word counts.
pub fn rosout_is_off(args: &[String]) -> bool {
    let said = options(args).filter_map(|(flag, _)| match flag {
        "--disable-rosout-logs" => Some(true),
        "--enable-rosout-logs" => Some(false),
        _ => None,
    });
    said.last().unwrap_or(false)
}

/// The beginning of a name; names are ASCII, or refused before.
fn brief(name: &str) -> String {
    name.chars().take(SHOWN).chain("...".chars()).collect()
}

fn level(text: &str) -> Option<Level> {
    match text.to_ascii_lowercase().as_str() {
        "debug" => Some(Level::DEBUG),
        "info" => Some(Level::INFO),
        "warn" => Some(Level::WARN),
        "error" | "fatal" => Some(Level::ERROR),
        _ => None,
    }
}

/// `NAME:=VALUE` or `NODE:NAME:=VALUE`.
fn is_setting(rule: &str) -> bool {
    rule.split_once(":=").is_some_and(|(name, _)| {
        let node = name.split_once(':').map(|(node, _)| node);
        node.is_none_or(is_token)
    })
}

/// What was expected instead of the remapping `rule`.
fn wrong_remap(rule: &str) -> Option<&'static str> {
    let Some(rule) = Rule::parse(rule) else {
        return Some("FROM:=TO, e.g. image:=/camera/image_raw");
    };
    if !rule.is_addressed_soundly() {
        return Some(
            "[NODE:]FROM:=TO, e.g. forerun:image:=/camera/image_raw; NODE without slashes, rostopic:// or rosservice:// \
             after it, and before names of topics and services only",
        );
    }
    let to = rule.to;
    let (sound, expected) = match rule.from {
        "__ns" => (
            to == "/" || to.starts_with('/') && is_name(to),
            "a namespace, e.g. __ns:=/left; letters, digits and _ between slashes",
        ),
        "__node" | "__name" => (
            is_token(to),
            "a node name, e.g. __node:=left_arm; letters, digits and _",
        ),
        from => (
            is_name(from) && is_name(to),
            "names of letters, digits and _ between single slashes, e.g. image:=/camera/image_raw",
        ),
    };
    (!sound).then_some(expected)
}
