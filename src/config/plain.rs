//! Files that are read whole, if they are plain and not too large.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It can't be.
    #[error("can't be read: {0}")]
    Failed(#[from] io::Error),
    /// It may have no end, or keep its reader waiting.
    #[error("found {}, expected a plain file", Unread::NOT_PLAIN)]
    NotPlain,
    /// Too large.
    #[error("found {found} bytes, expected at most {largest}")]
    TooLarge {
        /// Bytes that it has, or more.
        found: u64,
        /// Bytes that it may have.
        largest: u64,
    },
}

impl Unread {
    /// What is found that is not plain.
    pub const NOT_PLAIN: &str = "a folder, pipe, socket or device";
}

/// The content of the file at `path`, at most `largest` bytes.
///
/// # Errors
/// Why it was not read.
pub fn read_plain(path: &Path, largest: u64) -> Result<Vec<u8>, Unread> {
    // Opening a pipe waits for whoever writes into it.
    if !path.metadata()?.is_file() {
        return Err(Unread::NotPlain);
    }
    read_opened(File::open(path)?, largest)
}

/// As [`read_plain`], of a file that is open.
///
/// # Errors
/// Why it was not read.
pub fn read_opened(file: File, largest: u64) -> Result<Vec<u8>, Unread> {
    let data = file.metadata()?;
    if !data.is_file() {
        return Err(Unread::NotPlain);
    }
    let too_large = |found| Err(Unread::TooLarge { found, largest });
    if data.len() > largest {
        return too_large(data.len());
    }
    let mut bytes = Vec::with_capacity(data.len() as usize);
    file.take(largest + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        found if found > largest => too_large(found),
        _ => Ok(bytes),
    }
}
