//! Goal pictures from files.

use std::io::Read;
use std::path::Path;

use super::Failure;
use crate::sensing::{RawImage, decode_picture};
use crate::time::Stamp;

/// The largest picture file read `[bytes]`.
const LARGEST: u64 = 64 << 20;

/// Reads a PNG or JPEG.
pub(super) fn read_picture(path: &Path) -> Result<RawImage, Failure> {
    let refuse = |why: String| {
        Failure::Usage(format!(
            "--goal {}: {why}; expected a PNG or JPEG picture of the goal",
            path.display()
        ))
    };
    let data = path.metadata().map_err(|why| refuse(why.to_string()))?;
    if !data.is_file() {
        return Err(refuse("found no plain file".to_owned()));
    }
    if data.len() > LARGEST {
        return Err(refuse(format!(
            "found {} MiB, expected at most {}",
            data.len() >> 20,
            LARGEST >> 20
        )));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
        .map_err(|why| refuse(why.to_string()))?;
    decode_picture(&bytes, Stamp::ZERO).map_err(refuse)
}
