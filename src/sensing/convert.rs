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
pub(super) const LONGEST_SIDE: u32 = 8192;

/// Converts `image` to `[3, H, W]` in 0..1, RGB, replacing what is in `out`.
///
/// The centre of the picture is cut to the aspect ratio of `spec`; each pixel of the result is the exact
/// average of the area that it covers.
///
/// # Errors
/// An encoding that isn't one of [`ENCODINGS`], an impossible size, or fewer bytes than the size asks for.
pub fn convert(image: &RawImage, spec: &ImageSpec, out: &mut Vec<f32>) -> Result<(), ConvertError> {
    let layout = Layout::of(&image.encoding)?;
    check_size(image, &layout)?;
    let (wide, high) = (spec.width as usize, spec.height as usize);
    if wide == 0 || high == 0 {
        return Err(refuse("spec", format!("{wide} x {high}"), "at least 1 x 1"));
    }

    let (crop_wide, crop_high) = crop(image, spec);
    let left = (f64::from(image.width) - crop_wide) / 2.0;
    let top = (f64::from(image.height) - crop_high) / 2.0;
    let columns = Boxes::new(left, crop_wide, wide, image.width as usize);
    let rows = Boxes::new(top, crop_high, high, image.height as usize);

    let first = columns.first * layout.pixel();
    let mut band = vec![0.0f32; columns.span * layout.channels];
    out.clear();
    out.resize(3 * wide * high, 0.0);
    let plane = wide * high;
    let share = wide as f64 * high as f64 / (crop_wide * crop_high);
    let scale = (share / layout.full()) as f32;
    for y in 0..high {
        band.fill(0.0);
        for (row, weight) in rows.weights(y) {
            let start = row * image.step as usize + first;
            let pixels = &image.data[start..start + columns.span * layout.pixel()];
            layout.add(pixels, weight, &mut band);
        }
        for x in 0..wide {
            let mut sum = [0.0f32; 3];
            for (column, weight) in columns.weights(x) {
                let pixel = &band[(column - columns.first) * layout.channels..];
                for (slot, source) in sum.iter_mut().zip(layout.rgb) {
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

/// The encodings that can be converted: ROS names, and OpenCV's for what its bridge calls BGR or grey. 16-bit
/// samples are little-endian. `16UC1` is not among them: it is mostly a depth, which no encoder here takes.
pub const ENCODINGS: [&str; 14] = [
    "rgb8", "bgr8", "rgba8", "bgra8", "mono8", "8UC1", "8UC3", "8UC4", "rgb16", "bgr16", "rgba16",
    "bgra16", "mono16", "16UC3",
];

/// How pixels lie in a row.
struct Layout {
    channels: usize,
    /// Where red, green and blue are in a pixel.
    rgb: [usize; 3],
    /// Bytes a sample, 1 or 2.
    sample: usize,
}

impl Layout {
    fn of(encoding: &str) -> Result<Self, ConvertError> {
        let (channels, rgb, sample) = match encoding {
            "rgb8" => (3, [0, 1, 2], 1),
            "bgr8" | "8UC3" => (3, [2, 1, 0], 1),
            "rgba8" => (4, [0, 1, 2], 1),
            "bgra8" | "8UC4" => (4, [2, 1, 0], 1),
            "mono8" | "8UC1" => (1, [0, 0, 0], 1),
            "rgb16" => (3, [0, 1, 2], 2),
            "bgr16" | "16UC3" => (3, [2, 1, 0], 2),
            "rgba16" => (4, [0, 1, 2], 2),
            "bgra16" => (4, [2, 1, 0], 2),
            "mono16" => (1, [0, 0, 0], 2),
            other => {
                let found = other.chars().take(32).collect();
                return Err(refuse("encoding", found, ENCODINGS.join(", ")));
            }
        };
        Ok(Self {
            channels,
            rgb,
            sample,
        })
    }

    /// Bytes a pixel.
    fn pixel(&self) -> usize {
        self.channels * self.sample
    }

    /// The value of full brightness.
    fn full(&self) -> f64 {
        if self.sample == 1 { 255.0 } else { 65535.0 }
    }

    /// Adds `weight` times every sample of `row` to `band`.
    fn add(&self, row: &[u8], weight: f32, band: &mut [f32]) {
        if self.sample == 1 {
            for (sum, value) in band.iter_mut().zip(row) {
                *sum += weight * f32::from(*value);
            }
        } else {
            let (pairs, _) = row.as_chunks::<2>();
            for (sum, pair) in band.iter_mut().zip(pairs) {
                *sum += weight * f32::from(u16::from_le_bytes(*pair));
            }
        }
    }
}

fn check_size(image: &RawImage, layout: &Layout) -> Result<(), ConvertError> {
    let sides = 1..=LONGEST_SIDE;
    if !sides.contains(&image.width) || !sides.contains(&image.height) {
        let found = format!("{} x {}", image.width, image.height);
        return Err(refuse("size", found, format!("1 to {LONGEST_SIDE} a side")));
    }
    let row = image.width as usize * layout.pixel();
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
