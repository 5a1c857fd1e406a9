//! Goal pictures from files.

use std::path::Path;

use super::Failure;
use crate::sensing::RawImage;
use crate::time::Stamp;

/// Reads a PNG or JPEG.
pub(super) fn read_picture(path: &Path) -> Result<RawImage, Failure> {
    let refuse = |why: String| {
        Failure::Usage(format!(
            "--goal {}: {why}; expected a PNG or JPEG picture of the goal",
            path.display()
        ))
    };
    let picture = image::ImageReader::open(path)
        .map_err(|why| refuse(why.to_string()))?
        .with_guessed_format()
        .map_err(|why| refuse(why.to_string()))?
        .decode()
        .map_err(|why| refuse(why.to_string()))?
        .to_rgb8();
    Ok(RawImage {
        stamp: Stamp::ZERO,
        width: picture.width(),
        height: picture.height(),
        step: picture.width() * 3,
        encoding: "rgb8".to_owned(),
        data: picture.into_raw().into(),
    })
}
