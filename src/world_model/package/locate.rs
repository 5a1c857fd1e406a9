//! Packages by name.

use std::path::{Path, PathBuf};

use super::super::ModelError;
use super::folder::MANIFEST;
use crate::config::{likeness, nearest};

/// Where packages are looked for by name: `models/` in the working folder, then beside the program and above
/// it (`target/release`), then where a ROS 2 workspace installs them (`lib/forerun` to `share/forerun`).
pub fn model_roots() -> Vec<PathBuf> {
    let mut roots = vec![PathBuf::from("models")];
    if let Ok(program) = std::env::current_exe() {
        for folder in program.ancestors().skip(1).take(4) {
            roots.push(folder.join("models"));
            roots.push(folder.join("share/forerun/models"));
        }
    }
    roots
}

/// The folder of a package: `name_or_folder` itself if it is a folder with a manifest or has a path in it,
/// else the first folder of that name in `roots`.
///
/// # Errors
/// An unknown name, with the nearest known one.
pub fn locate(name_or_folder: &str, roots: &[PathBuf]) -> Result<PathBuf, ModelError> {
    let given = Path::new(name_or_folder);
    if !given.is_file()
        && (given.components().count() != 1 || given.join(MANIFEST).exists() || given.is_absolute())
    {
        return Ok(given.into());
    }
    if given.is_file() {
        return Err(ModelError::new(
            given,
            "model",
            "a file",
            "a folder with a manifest",
            "give the package's folder or name",
        ));
    }
    let folders = || roots.iter().map(|root| root.join(name_or_folder));
    if let Some(folder) = folders().find(|folder| folder.join(MANIFEST).exists()) {
        return Ok(folder);
    }
    let mut known: Vec<String> = roots.iter().flat_map(|root| names(root)).collect();
    known.sort();
    known.dedup();
    let nearest = nearest(known.iter().map(String::as_str), |name| {
        likeness(name, name_or_folder)
    });
    Err(ModelError::new(
        given,
        "model",
        "no package of this name",
        if known.is_empty() {
            "a package in models/".into()
        } else {
            format!("one of {}", known.join(", "))
        },
        nearest.map_or("give a package's folder".into(), |name| {
            format!("did you mean `{name}`?")
        }),
    ))
}

/// Names of the packages in `root`.
fn names(root: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(root) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.path().join(MANIFEST).exists())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}
