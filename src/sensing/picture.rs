//! Compressed pictures become plain ones.

use std::io::Cursor;

use image::{ImageReader, Limits};

use super::RawImage;
use super::convert::LONGEST_SIDE;
use crate::time::Stamp;

/// What decoding a picture may take `[bytes]`: the largest one accepted, with four bytes a pixel.
const MEMORY: u64 = 4 * LONGEST_SIDE as u64 * LONGEST_SIDE as u64;

/// Decodes a JPEG or PNG to rgb8. The bytes decide, whatever a name or header says of them. A small file that
/// claims to be a huge picture is refused before it takes memory.
///
/// # Errors
/// What is wrong with it, for people.
pub fn decode_picture(bytes: &[u8], stamp: Stamp) -> Result<RawImage, String> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|why| why.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let pixels = reader.decode().map_err(|why| why.to_string())?.into_rgb8();
    Ok(RawImage {
        stamp,
        width: pixels.width(),
        height: pixels.height(),
        step: 3 * pixels.width(),
        encoding: "rgb8".to_owned(),
        data: pixels.into_raw().into(),
    })
}
