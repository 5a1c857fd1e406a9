//! Parameters as text for people: parameter files with comments, and a table.

use super::{Default, Parameters, Record, Schema, Value};

impl Parameters {
    /// A ROS 2 parameter file of these values for `node`, each with a comment that says what it does, in which
    /// unit and range, and what happens when it is too low or too high.
    pub fn to_yaml(&self, node: &str) -> String {
        let entries: Vec<Entry> = self
            .iter()
            .map(|(record, value)| Entry {
                rest: record.name,
                record,
                value,
            })
            .collect();
        let mut out = format!("{node}:\n  ros__parameters:\n");
        write_group(&entries, 2, &mut out);
        out
    }
}

impl Schema {
    /// A Markdown table of all records.
    pub fn to_markdown(&self) -> String {
        let mut out = String::from(
            "| parameter | default | range | live | what it does | too low | too high |\n\
             |---|---|---|---|---|---|---|\n",
        );
        for record in self.records() {
            let cells = [
                format!("`{}`", record.name),
                format!("`{}`", Value::from(record.default)),
                bounds(record),
                if record.live { "yes" } else { "" }.to_owned(),
                record.description.to_owned(),
                record.too_low.to_owned(),
                record.too_high.to_owned(),
            ];
            let cells = cells.map(|cell| cell.replace('|', "\\|"));
            out.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        out
    }
}

struct Entry<'a> {
    rest: &'a str,
    record: &'a Record,
    value: &'a Value,
}

/// Writes entries nested by the parts of their names; a group appears once, where its first member does.
fn write_group(entries: &[Entry<'_>], depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let mut written: Vec<&str> = Vec::new();
    for entry in entries {
        let Some((head, _)) = entry.rest.split_once('.') else {
            out.push_str(&format!("{indent}# {}\n", comment(entry.record)));
            out.push_str(&format!("{indent}{}: {}\n", entry.rest, entry.value));
            continue;
        };
        if written.contains(&head) {
            continue;
        }
        written.push(head);
        out.push_str(&format!("{indent}{head}:\n"));
        let members: Vec<Entry> = entries
            .iter()
            .filter_map(|member| {
                let (group, rest) = member.rest.split_once('.')?;
                (group == head).then_some(Entry {
                    rest,
                    record: member.record,
                    value: member.value,
                })
            })
            .collect();
        write_group(&members, depth + 1, out);
    }
}

fn comment(record: &Record) -> String {
    let mut text = record.description.to_owned();
    let bounds = bounds(record);
    if !bounds.is_empty() {
        text.push_str(&format!(" [{bounds}]"));
    }
    for (label, consequence) in [("too low", record.too_low), ("too high", record.too_high)] {
        if !consequence.is_empty() {
            text.push_str(&format!("; {label}: {consequence}"));
        }
    }
    if record.live {
        text.push_str("; may change while running");
    }
    text
}

fn bounds(record: &Record) -> String {
    let unit = if record.unit.is_empty() { "" } else { " " };
    match (record.range, record.default) {
        (Some((low, high)), Default::Integer(_)) => {
            format!("{low:.0} to {high:.0}{unit}{}", record.unit)
        }
        (Some((low, high)), _) => format!("{low} to {high}{unit}{}", record.unit),
        (None, Default::Bool(_)) => String::new(),
        (None, _) => record.choices.join(", "),
    }
}
