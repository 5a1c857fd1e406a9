//! Names of recordings that lie side by side.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Recordings of one name that may lie side by side.
const SIDE_BY_SIDE: u32 = 10_000;

/// Makes `file` or the first of `FILE-2`, `FILE-3`, ... that isn't there.
pub(super) fn make_beside(file: &Path) -> io::Result<(PathBuf, File)> {
    for number in 1..=SIDE_BY_SIDE {
        let mut name = OsString::from(file.file_stem().unwrap_or_default());
        if number > 1 {
            name.push(format!("-{number}"));
        }
        if let Some(extension) = file.extension() {
            name.push(".");
            name.push(extension);
        }
        let candidate = file.with_file_name(name);
        match File::create_new(&candidate) {
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {}
            made => return Ok((candidate, made?)),
        }
    }
    Err(io::Error::other(format!(
        "found {SIDE_BY_SIDE} recordings of that name"
    )))
}
