//! Pictures as they arrive.

use bytes::Bytes;

use crate::time::Stamp;

/// A picture as a camera driver delivers it. The pixels are shared, never copied on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct RawImage {
    /// When it was captured.
    pub stamp: Stamp,
    /// Columns `[px]`.
    pub width: u32,
    /// Rows `[px]`.
    pub height: u32,
    /// Bytes from one row to the next, padding included.
    pub step: u32,
    /// ROS encoding name (`rgb8`, `bgr8`, `mono8`, ...).
    pub encoding: String,
    /// Row-major pixels, `height * step` bytes; 16-bit samples little-endian.
    pub data: Bytes,
}

impl RawImage {
    /// The picture of a driver that says `is_bigendian`: 16-bit samples are turned round, bytes stay.
    pub fn from_big_endian(mut self) -> Self {
        if self.encoding.contains("16") {
            let mut bytes = self.data.to_vec();
            for row in bytes.chunks_mut((self.step as usize).max(1)) {
                let (pairs, _) = row.as_chunks_mut::<2>();
                pairs.iter_mut().for_each(|pair| pair.reverse());
            }
            self.data = bytes.into();
        }
        self
    }
}

/// The picture that an encoder takes: three channels, RGB, 0..1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageSpec {
    /// Columns, W `[px]`.
    pub width: u32,
    /// Rows, H `[px]`.
    pub height: u32,
}
