//! The walls of the house: which room may know which (`ARCHITECTURE.md`), checked on every path in the sources,
//! and proved able to fail on planted violations.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room in the order of data flow, and the rooms it may name.
const ROOMS: &[(&str, &[&str])] = &[
    ("config", &[]),
    ("time", &[]),
    ("robot", &["config", "time"]),
    ("sensing", &["config", "time", "robot"]),
    ("world_model", &["config", "time", "robot", "sensing"]),
    (
        "belief",
        &["config", "time", "robot", "sensing", "world_model"],
    ),
    (
        "cost",
        &["config", "time", "robot", "sensing", "world_model"],
    ),
    (
        "planner",
        &[
            "config",
            "time",
            "robot",
            "sensing",
            "world_model",
            "belief",
            "cost",
        ],
    ),
    ("control", &["config", "time", "robot"]),
    ("runtime", LINE),
    ("evaluation", EDGE),
    ("embedded", EDGE),
    ("ros", EDGE),
    ("viewer", EDGE),
    ("recording", EDGE),
    (
        "cli",
        &[
            "config",
            "time",
            "robot",
            "sensing",
            "world_model",
            "belief",
            "cost",
            "planner",
            "control",
            "runtime",
            "evaluation",
            "embedded",
            "ros",
            "viewer",
            "recording",
        ],
    ),
];
const LINE: &[&str] = &[
    "config",
    "time",
    "robot",
    "sensing",
    "world_model",
    "belief",
    "cost",
    "planner",
    "control",
];
const EDGE: &[&str] = &[
    "config",
    "time",
    "robot",
    "sensing",
    "world_model",
    "belief",
    "cost",
    "planner",
    "control",
    "runtime",
];

/// Crates that only one room may know.
const CRATES: &[(&str, &str)] = &[
    ("tract_onnx", "world_model"),
    ("tract_linalg", "world_model"),
    ("r2r", "ros"),
    ("rerun", "viewer"),
];

const LONGEST_FILE: usize = 300;

#[test]
fn the_sources_keep_the_walls() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut violations = Vec::new();
    for file in rust_files(&root) {
        let text = fs::read_to_string(&file).expect("a source file");
        let inside = file.strip_prefix(&root).expect("inside src").to_owned();
        violations.extend(check(&inside, &text));
    }
    for room in rooms_on_disk(&root) {
        let door = fs::read_to_string(root.join(&room).join("mod.rs")).ok();
        violations.extend(check_door(&room, door.as_deref()));
    }
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// Findings in the file `inside` (relative to `src/`), each with its place, the rule and what to do.
fn check(inside: &Path, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut modules: Vec<String> = inside
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if modules
        .last()
        .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
    {
        modules.pop();
    }
    let room = modules
        .first()
        .filter(|_| inside.components().count() > 1)
        .cloned();
    let place = |line: usize| format!("src/{}:{line}", inside.display());
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        findings.push(format!(
            "{}: {lines} lines; a file has at most {LONGEST_FILE} and one idea: split it",
            place(LONGEST_FILE + 1)
        ));
    }
    let Some(room) = room else { return findings };
    let Some((_, allowed)) = ROOMS.iter().find(|entry| entry.0 == room) else {
        findings.push(format!(
            "{}: room {room} is not in the table of ARCHITECTURE.md: add it there and here",
            place(1)
        ));
        return findings;
    };
    for (line, path) in paths(text, &modules) {
        let Some(first) = path.split("::").next() else {
            continue;
        };
        if ROOMS.iter().any(|entry| entry.0 == first) && first != room && !allowed.contains(&first)
        {
            findings.push(format!(
                "{}: {room} names {first}::; it may name {allowed:?}: move the code to a room that may, or pass \
                 the value in",
                place(line)
            ));
        }
    }
    for (line, name) in crates(text) {
        let owner = CRATES
            .iter()
            .find(|entry| entry.0 == name)
            .map(|entry| entry.1);
        if let Some(owner) = owner.filter(|owner| *owner != room) {
            findings.push(format!(
                "{}: {room} names the crate {name}; only {owner} may know it: put it behind a type of {owner}",
                place(line)
            ));
        }
    }
    findings
}

fn check_door(room: &str, door: Option<&str>) -> Vec<String> {
    let complaint = match door {
        None => "has no mod.rs",
        Some(text) if !text.starts_with("//! ") => "does not begin with //!",
        Some(_) => return Vec::new(),
    };
    vec![format!(
        "src/{room}/mod.rs:1: the room's door {complaint}: say there what the room is for, what it takes and gives"
    )]
}

/// Every crate-internal path in `text`, from the crate's root, groups unfolded, with its line. `modules` is the
/// path of the module that the text is in.
fn paths(text: &str, modules: &[String]) -> Vec<(usize, String)> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for start in 0..tokens.len() {
        let fresh = start == 0 || tokens[start - 1].1 != "::";
        let (line, word) = &tokens[start];
        if !fresh || tokens.get(start + 1).is_none_or(|next| next.1 != "::") {
            continue;
        }
        let mut position = start + 2;
        let mut base: Vec<String> = match word.as_str() {
            "crate" | "forerun" => Vec::new(),
            "self" => modules.to_vec(),
            "super" => {
                let mut base = parent(modules);
                while tokens.get(position).is_some_and(|token| token.1 == "super") {
                    base = parent(&base);
                    position += 2;
                }
                base
            }
            _ => continue,
        };
        let mut paths = Vec::new();
        unfold(&tokens, &mut position, &mut base, &mut paths);
        found.extend(
            paths
                .into_iter()
                .map(|(inner, path)| (inner.max(*line), path)),
        );
    }
    found
}

fn parent(modules: &[String]) -> Vec<String> {
    modules
        .split_last()
        .map_or(Vec::new(), |(_, rest)| rest.to_vec())
}

/// Reads one path or group at `position` and collects every path in it under `base`.
fn unfold(
    tokens: &[(usize, String)],
    position: &mut usize,
    base: &mut Vec<String>,
    out: &mut Vec<(usize, String)>,
) {
    let depth = base.len();
    while let Some((line, word)) = tokens.get(*position) {
        *position += 1;
        match word.as_str() {
            "{" => {
                while tokens.get(*position).is_some_and(|token| token.1 != "}") {
                    if tokens[*position].1 == "," {
                        *position += 1;
                    } else {
                        let before = *position;
                        unfold(tokens, position, base, out);
                        *position = (*position).max(before + 1);
                    }
                }
                *position += 1;
                break;
            }
            "}" | "," => {
                *position -= 1;
                break;
            }
            "self" => {}
            name => base.push(name.to_owned()),
        }
        match tokens.get(*position) {
            Some((_, next)) if next == "::" => *position += 1,
            Some((_, next)) if next == "as" => {
                out.push((*line, base.join("::")));
                *position += 2;
                break;
            }
            _ => {
                out.push((*line, base.join("::")));
                break;
            }
        }
    }
    base.truncate(depth);
}

/// The crates of [`CRATES`] that `text` names at the start of a path.
fn crates(text: &str) -> Vec<(usize, String)> {
    let tokens = tokens(text);
    let starts = |index: usize| {
        index == 0
            || tokens[index - 1].1 != "::"
            || (index > 1 && is_separator(&tokens[index - 2].1))
    };
    (0..tokens.len())
        .filter(|index| {
            CRATES.iter().any(|entry| entry.0 == tokens[*index].1)
                && starts(*index)
                && (tokens.get(index + 1).is_some_and(|next| next.1 == "::")
                    || (*index > 0 && ["use", "crate"].contains(&tokens[index - 1].1.as_str())))
        })
        .map(|index| tokens[index].clone())
        .collect()
}

fn is_separator(word: &str) -> bool {
    !word
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_')
        || ["use", "pub", "as", "dyn", "impl", "mut", "return", "in"].contains(&word)
}

/// Words, `::` and other signs of Rust source with their lines (from 1), without comments, strings and chars.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    let get = |index: usize| letters.get(index).copied().unwrap_or('\0');
    while at < letters.len() {
        let letter = letters[at];
        let start = at;
        match letter {
            '/' if get(at + 1) == '/' => {
                while at < letters.len() && letters[at] != '\n' {
                    at += 1
                }
            }
            '/' if get(at + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (get(at), get(at + 1)) {
                        ('/', '*') => {
                            depth += 1;
                            at += 2
                        }
                        ('*', '/') => {
                            depth -= 1;
                            at += 2
                        }
                        _ => at += 1,
                    }
                    if depth == 0 || at >= letters.len() {
                        break;
                    }
                }
            }
            'r' if raw_string_hashes(&letters, at).is_some() => {
                let hashes = raw_string_hashes(&letters, at).unwrap_or(0);
                at += hashes + 2;
                let end =
                    |at: usize| get(at) == '"' && (1..=hashes).all(|next| get(at + next) == '#');
                while at < letters.len() && !end(at) {
                    at += 1
                }
                at += hashes + 1;
            }
            '"' => {
                at += 1;
                while at < letters.len() && letters[at] != '"' {
                    at += if letters[at] == '\\' { 2 } else { 1 }
                }
                at += 1;
            }
            '\'' if get(at + 1) == '\\' => {
                at += 3;
                while at < letters.len() && letters[at] != '\'' {
                    at += 1
                }
                at += 1
            }
            '\'' if get(at + 2) == '\'' => at += 3,
            ':' if get(at + 1) == ':' => {
                tokens.push((line, "::".to_owned()));
                at += 2
            }
            _ if letter.is_alphabetic() || letter == '_' => {
                while get(at).is_alphanumeric() || get(at) == '_' {
                    at += 1
                }
                tokens.push((line, letters[start..at].iter().collect()));
            }
            _ => {
                if !letter.is_whitespace() {
                    tokens.push((line, letter.to_string()))
                }
                at += 1;
            }
        }
        let end = at.min(letters.len());
        line += letters[start..end]
            .iter()
            .filter(|letter| **letter == '\n')
            .count();
    }
    tokens
}

fn raw_string_hashes(letters: &[char], at: usize) -> Option<usize> {
    let after_word = at > 0 && (letters[at - 1].is_alphanumeric() || letters[at - 1] == '_');
    let in_word =
        after_word && !(letters[at - 1] == 'b' && (at < 2 || !letters[at - 2].is_alphanumeric()));
    let hashes = letters[at + 1..]
        .iter()
        .take_while(|letter| **letter == '#')
        .count();
    (!in_word && letters.get(at + 1 + hashes) == Some(&'"')).then_some(hashes)
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Folders under `src` that hold sources.
fn rooms_on_disk(root: &Path) -> BTreeSet<String> {
    rust_files(root)
        .iter()
        .filter_map(|file| {
            let inside = file.strip_prefix(root).ok()?;
            let room = inside.parent()?.iter().next()?;
            Some(room.to_string_lossy().into_owned())
        })
        .collect()
}

#[test]
fn the_table_is_one_way() {
    let order: BTreeMap<&str, usize> = ROOMS
        .iter()
        .enumerate()
        .map(|(index, room)| (room.0, index))
        .collect();
    for (room, allowed) in ROOMS {
        for other in *allowed {
            assert!(
                order[other] < order[room],
                "{room} may name {other}, which comes after it"
            );
        }
    }
}

fn findings(file: &str, text: &str) -> Vec<String> {
    check(Path::new(file), text)
}

#[test]
fn planted_violations_are_found_where_they_are() {
    for (file, text, place, word) in [
        (
            "control/a.rs",
            "use crate::planner::Plan;",
            "src/control/a.rs:1:",
            "planner",
        ),
        (
            "control/a.rs",
            "\nfn f(p: &crate::planner::Plan) {}",
            "src/control/a.rs:2:",
            "planner",
        ),
        (
            "control/a.rs",
            "use crate::{time::Stamp, robot::{Action,\n Axes}, runtime::Event};",
            "src/control/a.rs:2:",
            "runtime",
        ),
        (
            "control/a.rs",
            "use crate::{planner};",
            "src/control/a.rs:1:",
            "planner",
        ),
        (
            "control/mod.rs",
            "use super::belief::Belief;",
            "src/control/mod.rs:1:",
            "belief",
        ),
        (
            "planner/methods/cem.rs",
            "use super::super::super::runtime::Event;",
            "src/planner/methods/cem.rs:1:",
            "runtime",
        ),
        (
            "planner/methods/mod.rs",
            "use super::super::control::Command;",
            "src/planner/methods/mod.rs:1:",
            "control",
        ),
        (
            "viewer/a.rs",
            "use crate::recording as r;",
            "src/viewer/a.rs:1:",
            "recording",
        ),
        (
            "time/a.rs",
            "let x = 'c'; let s = \"\\\"\"; use crate::robot::*;",
            "src/time/a.rs:1:",
            "robot",
        ),
        (
            "time/a.rs",
            "/* a /* b */ c */ use crate::robot::*;",
            "src/time/a.rs:1:",
            "robot",
        ),
        (
            "cost/a.rs",
            "fn f<'a>(x: &'a str) -> tract_onnx::prelude::Tensor {}",
            "src/cost/a.rs:1:",
            "tract_onnx",
        ),
        (
            "cli/a.rs",
            "use rerun::RecordingStream;",
            "src/cli/a.rs:1:",
            "rerun",
        ),
        ("cli/a.rs", "use ::r2r::Node;", "src/cli/a.rs:1:", "r2r"),
        ("cli/a.rs", "use rerun as r;", "src/cli/a.rs:1:", "rerun"),
        (
            "kitchen/mod.rs",
            "//! New.",
            "src/kitchen/mod.rs:1:",
            "kitchen",
        ),
    ] {
        let found = findings(file, text);
        assert_eq!(found.len(), 1, "{file}: {text}: {found:?}");
        assert!(
            found[0].starts_with(place) && found[0].contains(word),
            "{text}: {}",
            found[0]
        );
    }
}

#[test]
fn what_is_allowed_is_not_found() {
    for (file, text) in [
        (
            "control/a.rs",
            "use crate::robot::{Action, Axes};\nuse super::{Cause, State};",
        ),
        (
            "control/a.rs",
            "// crate::planner::Plan\n/// [`crate::planner::Plan`]\nlet s = \"crate::planner::x\";",
        ),
        (
            "control/a.rs",
            "let s = r#\"crate::planner::x \" crate::runtime::y\"#;",
        ),
        (
            "planner/methods/cem.rs",
            "use super::super::Problem; use self::inner::x;",
        ),
        (
            "cli/run.rs",
            "use crate::{ros::Node, viewer::Viewer, recording::Recorder};",
        ),
        ("world_model/onnx.rs", "use tract_onnx::prelude::*;"),
        ("viewer/a.rs", "use rerun::RecordingStream;"),
        (
            "evaluation/a.rs",
            "use std::time::Instant; use rand::planner::x;",
        ),
        ("lib.rs", "pub mod control;"),
        ("main.rs", "fn main() { forerun::cli::main() }"),
    ] {
        assert_eq!(findings(file, text), Vec::<String>::new(), "{file}: {text}");
    }
}

#[test]
fn long_files_and_closed_doors_are_found() {
    let long = "\n".repeat(LONGEST_FILE + 1);
    assert!(findings("time/a.rs", &long)[0].contains("301 lines"));
    assert!(findings("time/a.rs", &long[1..]).is_empty());
    assert!(check_door("time", None)[0].contains("has no mod.rs"));
    assert!(check_door("time", Some("mod clock;"))[0].contains("does not begin"));
    assert!(check_door("time", Some("//! Time.")).is_empty());
}
