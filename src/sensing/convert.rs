//! A camera's picture becomes an encoder's: centre crop, then area average.

use super::encoding::{ENCODINGS, Encoding};
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
/// average of the area that it covers. Of a Bayer pattern every cell of two by two is one colour.
///
/// # Errors
/// An encoding that isn't one of [`ENCODINGS`], an impossible size, or fewer bytes than the size asks for.
pub fn convert(image: &RawImage, spec: &ImageSpec, out: &mut Vec<f32>) -> Result<(), ConvertError> {
    let encoding = Encoding::named(&image.encoding).ok_or_else(|| {
        let found = image.encoding.chars().take(32).collect();
        refuse("encoding", found, ENCODINGS.join(", "))
    })?;
    check_size(image, &encoding)?;
    let (wide, high) = (spec.width as usize, spec.height as usize);
    if wide == 0 || high == 0 {
        return Err(refuse("spec", format!("{wide} x {high}"), "at least 1 x 1"));
    }

    let (crop_wide, crop_high) = crop(image, spec);
    let left = (f64::from(image.width) - crop_wide) / 2.0;
    let top = (f64::from(image.height) - crop_high) / 2.0;
    let columns = Boxes::new(left, crop_wide, wide, image.width as usize);
    let rows = Boxes::new(top, crop_high, high, image.height as usize);
    let first = columns.first;

    let (channels, rgb) = (encoding.channels(), encoding.rgb());
    let mut band = Band::new(columns.span * channels);
    let columns: Vec<(usize, Vec<f32>)> = (0..wide).map(|x| columns.within(x)).collect();
    out.clear();
    out.resize(3 * wide * high, 0.0);
    let plane = wide * high;
    let share = wide as f64 * high as f64 / (crop_wide * crop_high);
    let scale = (share / encoding.full()) as f32;
    for y in 0..high {
        for (row, weight) in rows.weights(y) {
            match encoding.bytes(image, row, first) {
                Some(bytes) if weight == 1.0 && band.has_room() => band.add_whole(bytes),
                _ => encoding.add_row(image, row, first, weight, &mut band.sums),
            }
        }
        let sums = band.sums();
        for (x, (start, weights)) in columns.iter().enumerate() {
            let pixels = &sums[start * channels..];
            let sum = match channels {
                1 => weighted::<1>(pixels, weights),
                3 => weighted::<3>(pixels, weights),
                _ => weighted::<4>(pixels, weights),
            };
            for (channel, source) in rgb.into_iter().enumerate() {
                out[channel * plane + y * wide + x] = (sum[source] * scale).clamp(0.0, 1.0);
            }
        }
        band.clear();
    }
    Ok(())
}

/// The weighted sum of as many pixels of `C` numbers as there are weights.
fn weighted<const C: usize>(pixels: &[f32], weights: &[f32]) -> [f32; 4] {
    let mut sum = [0.0f32; 4];
    let (pixels, _) = pixels.as_chunks::<C>();
    for (pixel, weight) in pixels.iter().zip(weights) {
        for (slot, value) in sum.iter_mut().zip(pixel) {
            *slot += weight * value;
        }
    }
    sum
}

/// Rows that become one, added up. Whole rows of bytes are added as integers: four times as many at once.
struct Band {
    sums: Vec<f32>,
    whole: Vec<u16>,
    /// Rows in `whole`.
    count: u16,
}

impl Band {
    fn new(samples: usize) -> Self {
        Self {
            sums: vec![0.0; samples],
            whole: vec![0; samples],
            count: 0,
        }
    }

    /// Whether another row of bytes fits.
    fn has_room(&self) -> bool {
        self.count < u16::MAX / 255
    }

    fn add_whole(&mut self, bytes: &[u8]) {
        self.count += 1;
        for (sum, byte) in self.whole.iter_mut().zip(bytes) {
            *sum += u16::from(*byte);
        }
    }

    /// All that was added.
    fn sums(&mut self) -> &[f32] {
        if self.count > 0 {
            for (sum, whole) in self.sums.iter_mut().zip(&self.whole) {
                *sum += f32::from(*whole);
            }
        }
        &self.sums
    }

    fn clear(&mut self) {
        self.sums.fill(0.0);
        self.whole.fill(0);
        self.count = 0;
    }
}

fn check_size(image: &RawImage, encoding: &Encoding) -> Result<(), ConvertError> {
    let [wide, high] = encoding.least();
    let fits = |side: u32, least: u32| (least..=LONGEST_SIDE).contains(&side);
    if !fits(image.width, wide) || !fits(image.height, high) {
        let found = format!("{} x {}", image.width, image.height);
        let expected = format!("{wide} x {high} to {LONGEST_SIDE} x {LONGEST_SIDE}");
        return Err(refuse("size", found, expected));
    }
    let row = encoding.row(image.width as usize);
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

    /// The same as the first pixel, counted from the first that any box touches, and the shares from there on.
    fn within(&self, index: usize) -> (usize, Vec<f32>) {
        let first = self
            .weights(index)
            .next()
            .map_or(0, |(pixel, _)| pixel - self.first);
        (first, self.weights(index).map(|(_, share)| share).collect())
    }
}

fn refuse(field: &'static str, found: String, expected: impl Into<String>) -> ConvertError {
    ConvertError {
        field,
        found,
        expected: expected.into(),
    }
}
