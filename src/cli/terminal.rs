//! What is said on the terminal: a line that nobody reads any more ends nothing.
//!
//! A terminal closes, a pipe's reader goes: `println!` panics then, in the middle of a recording that is to be whole.

use std::fmt::Arguments;
use std::io::{Error, ErrorKind, Write, stderr, stdout};

/// EIO: what a terminal that closed answers.
const CLOSED: i32 = 5;

/// Writes to stdout; ends the process with status 1 if there is a reader and it can't be written, as on a full disk.
pub(super) fn put(text: Arguments<'_>) {
    if let Err(why) = stdout().write_fmt(text).and_then(|()| stdout().flush())
        && !is_gone(&why)
    {
        say(format_args!("forerun: stdout can't be written: {why}"));
        std::process::exit(1);
    }
}

/// Writes a line to stdout, as [`put`] does.
pub(super) fn put_line(text: Arguments<'_>) {
    put(format_args!("{text}\n"));
}

/// Writes a line to stderr.
pub(super) fn say(text: Arguments<'_>) {
    // Nobody is left to be told if it fails.
    let _ = stderr().write_fmt(format_args!("{text}\n"));
}

/// True if nobody reads any more.
fn is_gone(why: &Error) -> bool {
    why.kind() == ErrorKind::BrokenPipe || why.raw_os_error() == Some(CLOSED)
}
