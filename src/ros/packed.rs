//! Compressed pictures: decoded by whoever polls, not where callbacks run.

use std::panic::catch_unwind;

use crate::sensing::{RawImage, decode_picture};
use crate::time::Stamp;

/// A `sensor_msgs/CompressedImage` as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Packed {
    /// When it was captured.
    pub stamp: Stamp,
    /// What it says of itself: `jpeg`, `rgb8; jpeg compressed bgr8`.
    pub format: String,
    /// A JPEG or PNG file.
    pub data: Vec<u8>,
}

impl Packed {
    /// Decodes it; the bytes decide, whatever `format` says of them.
    ///
    /// # Errors
    /// What is wrong with it: a mosaic of colours, which would pass for a grey picture; what is no JPEG or PNG, is
    /// torn, or claims to be larger than 8192 x 8192.
    pub fn unpack(&self) -> Result<RawImage, String> {
        let format: String = self.format.chars().take(64).collect();
        let refuse = |why: String| {
            Err(format!(
                "image/compressed ({format:?}, {} bytes): {why}; expected a JPEG or PNG in colour or grey",
                self.data.len()
            ))
        };
        if format.contains("bayer") {
            return refuse("a Bayer mosaic".to_owned());
        }
        // Decoders meet whatever a network brings.
        match catch_unwind(|| decode_picture(&self.data, self.stamp)) {
            Ok(Ok(image)) => Ok(image),
            Ok(Err(why)) => refuse(why),
            Err(_) => refuse("the decoder panicked".to_owned()),
        }
    }
}
