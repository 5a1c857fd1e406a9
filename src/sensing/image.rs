//! Pictures as they arrive.

use std::sync::Arc;

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
    /// Row-major pixels, `height * step` bytes.
    pub data: Arc<[u8]>,
}

/// The picture that an encoder takes: three channels, RGB, 0..1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageSpec {
    /// Columns, W `[px]`.
    pub width: u32,
    /// Rows, H `[px]`.
    pub height: u32,
}
