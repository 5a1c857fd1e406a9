//! A camera's picture becomes an encoder's: centre crop, then area average.

use super::{ImageSpec, RawImage};

/// Why a picture can't be converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("image {field}: found {found}, expected {expected}; check the camera driver")]
pub struct ConvertError {
    /// The field at fault.
    pub field: &'static str,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
}

/// The longest side accepted `[px]`.
const LONGEST_SIDE: u32 = 8192;

/// Converts `image` to `[3, H, W]` in 0..1, RGB, replacing what is in `out`.
///
/// The centre of the picture is cut to the aspect ratio of `spec`; each pixel of the result is the exact
/// average of the area that it covers.
///
/// # Errors
/// An encoding that isn't `rgb8`, `bgr8`, `rgba8`, `bgra8`, `mono8` (or OpenCV's `8UC3`, `8UC1`: BGR and grey),
/// an impossible size, or fewer bytes than the size asks for.
pub fn convert(image: &RawImage, spec: &ImageSpec, out: &mut Vec<f32>) -> Result<(), ConvertError> {
    let (bytes, order) = layout(&image.encoding)?;
    check_size(image, bytes)?;
    let (wide, high) = (spec.width as usize, spec.height as usize);
    if wide == 0 || high == 0 {
        return Err(refuse("spec", format!("{wide} x {high}"), "at least 1 x 1"));
    }

    let (crop_wide, crop_high) = crop(image, spec);
    let left = (f64::from(image.width) - crop_wide) / 2.0;
    let top = (f64::from(image.height) - crop_high) / 2.0;
    let columns = Boxes::new(left, crop_wide, wide, image.width as usize);
    let rows = Boxes::new(top, crop_high, high, image.height as usize);

    let first = columns.first * bytes;
    let mut band = vec![0.0f32; columns.span * bytes];
    out.clear();
    out.resize(3 * wide * high, 0.0);
    let plane = wide * high;
    let scale = (wide as f64 * high as f64 / (crop_wide * crop_high) / 255.0) as f32;
    for y in 0..high {
        band.fill(0.0);
        for (row, weight) in rows.weights(y) {
            let start = row * image.step as usize + first;
            let pixels = &image.data[start..start + band.len()];
            for (sum, byte) in band.iter_mut().zip(pixels) {
                *sum += weight * f32::from(*byte);
            }
        }
        for x in 0..wide {
            let mut sum = [0.0f32; 3];
            for (column, weight) in columns.weights(x) {
                let pixel = &band[(column - columns.first) * bytes..];
                for (slot, source) in sum.iter_mut().zip(order) {
                    *slot += weight * pixel[source];
                }
            }
            for (channel, value) in sum.iter().enumerate() {
                out[channel * plane + y * wide + x] = (value * scale).clamp(0.0, 1.0);
            }
        }
    }
    Ok(())
}

/// Bytes a pixel, and where red, green and blue are in it.
fn layout(encoding: &str) -> Result<(usize, [usize; 3]), ConvertError> {
    match encoding {
        "rgb8" => Ok((3, [0, 1, 2])),
        "bgr8" | "8UC3" => Ok((3, [2, 1, 0])),
        "rgba8" => Ok((4, [0, 1, 2])),
        "bgra8" => Ok((4, [2, 1, 0])),
        "mono8" | "8UC1" => Ok((1, [0, 0, 0])),
        other => Err(refuse(
            "encoding",
            other.chars().take(32).collect::<String>(),
            "rgb8, bgr8, rgba8, bgra8, mono8, 8UC3 or 8UC1",
        )),
    }
}

fn check_size(image: &RawImage, bytes: usize) -> Result<(), ConvertError> {
    let sides = 1..=LONGEST_SIDE;
    if !sides.contains(&image.width) || !sides.contains(&image.height) {
        let found = format!("{} x {}", image.width, image.height);
        return Err(refuse("size", found, format!("1 to {LONGEST_SIDE} a side")));
    }
    let row = image.width as usize * bytes;
    let step = image.step as usize;
    if step < row {
        return Err(refuse("step", step.to_string(), format!("{row} or more")));
    }
    let needed = step * (image.height as usize - 1) + row;
    if image.data.len() < needed {
        let found = format!("{} bytes", image.data.len());
        return Err(refuse("data", found, format!("{needed} or more")));
    }
    Ok(())
}

/// The largest centred part of `image` with the aspect ratio of `spec` `[px]`.
fn crop(image: &RawImage, spec: &ImageSpec) -> (f64, f64) {
    let (width, height) = (f64::from(image.width), f64::from(image.height));
    let ratio = f64::from(spec.width) / f64::from(spec.height);
    (width.min(height * ratio), height.min(width / ratio))
}

/// How the source pixels of one side fall into the boxes of the result.
struct Boxes {
    start: f64,
    size: f64,
    limit: usize,
    /// First source pixel that any box touches.
    first: usize,
    /// Source pixels from the first to the last that any box touches.
    span: usize,
}

impl Boxes {
    fn new(start: f64, length: f64, count: usize, limit: usize) -> Self {
        let first = (start.floor() as usize).min(limit - 1);
        let end = ((start + length).ceil() as usize).clamp(first + 1, limit);
        Self {
            start,
            size: length / count as f64,
            limit,
            first,
            span: end - first,
        }
    }

    /// The source pixels of box `index`, each with the length of its share.
    fn weights(&self, index: usize) -> impl Iterator<Item = (usize, f32)> {
        let from = self.start + self.size * index as f64;
        let to = from + self.size;
        let end = (to.ceil() as usize).min(self.limit.min(self.first + self.span));
        (from.floor() as usize..end).filter_map(move |pixel| {
            let share = to.min(pixel as f64 + 1.0) - from.max(pixel as f64);
            (share > 0.0).then_some((pixel, share as f32))
        })
    }
}

fn refuse(field: &'static str, found: String, expected: impl Into<String>) -> ConvertError {
    ConvertError {
        field,
        found,
        expected: expected.into(),
    }
}
