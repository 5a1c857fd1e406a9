//! What is said on the terminal: a line that nobody reads any more ends nothing.
//!
//! A terminal closes, a pipe's reader goes: `println!` panics then, in the middle of a recording that is to be whole.

use std::fmt::Arguments;
use std::io::{Write, stderr, stdout};

/// Writes to stdout.
pub(super) fn put(text: Arguments<'_>) {
    let _ = stdout().write_fmt(text).and_then(|()| stdout().flush());
}

/// Writes a line to stdout.
pub(super) fn put_line(text: Arguments<'_>) {
    put(format_args!("{text}\n"));
}

/// Writes a line to stderr.
pub(super) fn say(text: Arguments<'_>) {
    let _ = stderr().write_fmt(format_args!("{text}\n"));
}
