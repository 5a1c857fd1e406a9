//! Compressed pictures become plain ones.

use std::io::Cursor;

use image::{ImageReader, Limits};

use super::cdr::CompressedImage;
use crate::sensing::RawImage;

/// The longest side read `[px]`.
const LONGEST_SIDE: u32 = 8192;

/// Decodes jpeg or png to rgb8; whatever `format` says, the bytes decide.
pub(super) fn decompress(message: &CompressedImage) -> Result<RawImage, String> {
    let mut reader = ImageReader::new(Cursor::new(&message.data))
        .with_guessed_format()
        .map_err(|why| why.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    reader.limits(limits);
    let pixels = reader
        .decode()
        .map_err(|why| format!("format {:?}: {why}; expected jpeg or png", message.format))?
        .into_rgb8();
    Ok(RawImage {
        stamp: message.header.stamp.stamp(),
        width: pixels.width(),
        height: pixels.height(),
        step: 3 * pixels.width(),
        encoding: "rgb8".to_owned(),
        data: pixels.into_raw().into(),
    })
}
