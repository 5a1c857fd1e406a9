//! Goal pictures from files.

use std::path::Path;

use super::Failure;
use crate::config::read_plain;
use crate::sensing::{RawImage, decode_picture};
use crate::time::Stamp;

/// The largest picture file read `[bytes]`.
const LARGEST: u64 = 64 << 20;

/// Fewer grey levels than this show nothing.
const CONTRAST: u8 = 16;
/// A picture this many times as long as wide is a strip.
const STRIP: u32 = 4;

/// Reads a PNG or JPEG.
pub(super) fn read_picture(path: &Path) -> Result<RawImage, Failure> {
    let refuse = |why: String| {
        Failure::Usage(format!(
            "--goal {}: {why}; expected a PNG or JPEG picture of the goal",
            path.display()
        ))
    };
    let bytes = read_plain(path, LARGEST).map_err(|why| refuse(why.to_string()))?;
    let picture = decode_picture(&bytes, Stamp::ZERO).map_err(refuse)?;
    warn_of(&picture, path);
    Ok(picture)
}

/// Says what can't be the robot's camera: no contrast, or a strip of which hardly anything is left when it is cut
/// square.
fn warn_of(picture: &RawImage, path: &Path) {
    let (longer, shorter) = (
        picture.width.max(picture.height),
        picture.width.min(picture.height),
    );
    let channels = picture.data.len() / (picture.width * picture.height).max(1) as usize;
    let contrast = (0..channels)
        .filter_map(|channel| {
            let values = || picture.data.iter().skip(channel).step_by(channels);
            Some(values().max()? - values().min()?)
        })
        .max()
        .unwrap_or(0);
    if contrast < CONTRAST || longer > STRIP * shorter {
        tracing::warn!(
            "--goal {}: {} x {} with {contrast} of 255 levels between its darkest and brightest; \
             expected a picture that the robot's camera could have taken",
            path.display(),
            picture.width,
            picture.height
        );
    }
}
