//! The manifest's text, with errors that say what to do.

use crate::config::{likeness, nearest};
use std::path::Path;

use super::super::ModelError;
use super::Manifest;

/// Reads and checks the text of the manifest at `path`.
///
/// # Errors
/// The first violation, by key.
pub(in super::super) fn parse(path: &Path, text: &str) -> Result<Manifest, ModelError> {
    let manifest = toml::from_str(text).map_err(|error| explain(path, text, &error))?;
    super::check::check(path, &manifest)?;
    Ok(manifest)
}

/// Turns a parser's error into ours: with the line, and for an unknown key the nearest known one.
fn explain(path: &Path, text: &str, error: &toml::de::Error) -> ModelError {
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map_or(1, |before| before.matches('\n').count() + 1);
    let message = error.message().lines().next().unwrap_or_default();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let found = quoted.next().unwrap_or_default();
    let known: Vec<_> = quoted.collect();
    if message.starts_with("unknown field") && !known.is_empty() {
        let nearest = nearest(known.iter().copied(), |name| likeness(name, found));
        return ModelError::new(
            path,
            found,
            format!("an unknown key in line {line}"),
            format!("one of {}", known.join(", ")),
            nearest.map_or("take one of these".into(), |name| {
                format!("did you mean `{name}`?")
            }),
        );
    }
    if message.starts_with("missing field") {
        return ModelError::new(
            path,
            found,
            "nothing",
            format!("a value in the table at line {line}"),
            "docs/package.md says which keys a manifest has",
        );
    }
    ModelError::new(
        path,
        format!("line {line}"),
        message,
        "TOML as docs/package.md describes it",
        "correct the line, or build the package again",
    )
}
