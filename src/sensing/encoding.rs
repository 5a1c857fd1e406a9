//! How pixels lie in a picture, by the name of its encoding.

use super::RawImage;

/// The encodings that can be converted: ROS names, and OpenCV's for what its bridge calls BGR or grey. 16-bit
/// samples are little-endian. `16UC1` is not among them: it is mostly a depth, which no encoder here takes.
pub const ENCODINGS: [&str; 26] = [
    "rgb8",
    "bgr8",
    "rgba8",
    "bgra8",
    "mono8",
    "8UC1",
    "8UC3",
    "8UC4",
    "rgb16",
    "bgr16",
    "rgba16",
    "bgra16",
    "mono16",
    "16UC3",
    "yuv422",
    "uyvy",
    "yuv422_yuy2",
    "yuyv",
    "bayer_rggb8",
    "bayer_bggr8",
    "bayer_gbrg8",
    "bayer_grbg8",
    "bayer_rggb16",
    "bayer_bggr16",
    "bayer_gbrg16",
    "bayer_grbg16",
];

/// How pixels lie in a row.
pub(super) struct Encoding {
    layout: Layout,
    /// Bytes a sample, 1 or 2.
    sample: usize,
}

enum Layout {
    /// So many samples a pixel; where red, green and blue are among them.
    Interleaved { channels: usize, rgb: [usize; 3] },
    /// Two pixels in four bytes: where the first one's luma is, and the chroma of both, Cb and Cr. The second luma is
    /// two bytes behind the first.
    Yuv422 { luma: usize, chroma: [usize; 2] },
    /// One sample a pixel; where red is in every cell of two by two, row and column. Blue is across, green the rest.
    Bayer { red: [usize; 2] },
}

impl Encoding {
    /// The encoding called `name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let interleaved = |channels, rgb| Layout::Interleaved { channels, rgb };
        let (layout, sample) = match name {
            "rgb8" => (interleaved(3, [0, 1, 2]), 1),
            "bgr8" | "8UC3" => (interleaved(3, [2, 1, 0]), 1),
            "rgba8" => (interleaved(4, [0, 1, 2]), 1),
            "bgra8" | "8UC4" => (interleaved(4, [2, 1, 0]), 1),
            "mono8" | "8UC1" => (interleaved(1, [0, 0, 0]), 1),
            "rgb16" => (interleaved(3, [0, 1, 2]), 2),
            "bgr16" | "16UC3" => (interleaved(3, [2, 1, 0]), 2),
            "rgba16" => (interleaved(4, [0, 1, 2]), 2),
            "bgra16" => (interleaved(4, [2, 1, 0]), 2),
            "mono16" => (interleaved(1, [0, 0, 0]), 2),
            "yuv422" | "uyvy" => (
                Layout::Yuv422 {
                    luma: 1,
                    chroma: [0, 2],
                },
                1,
            ),
            "yuv422_yuy2" | "yuyv" => (
                Layout::Yuv422 {
                    luma: 0,
                    chroma: [1, 3],
                },
                1,
            ),
            _ => {
                let pattern = name.strip_prefix("bayer_")?;
                let (pattern, sample) = match pattern.strip_suffix("16") {
                    Some(pattern) => (pattern, 2),
                    None => (pattern.strip_suffix('8')?, 1),
                };
                let red = match pattern {
                    "rggb" => [0, 0],
                    "grbg" => [0, 1],
                    "gbrg" => [1, 0],
                    "bggr" => [1, 1],
                    _ => return None,
                };
                (Layout::Bayer { red }, sample)
            }
        };
        Some(Self { layout, sample })
    }

    /// Numbers a pixel that [`add_row`](Self::add_row) gives.
    pub(super) fn channels(&self) -> usize {
        match self.layout {
            Layout::Interleaved { channels, .. } => channels,
            Layout::Yuv422 { .. } | Layout::Bayer { .. } => 3,
        }
    }

    /// Where red, green and blue are among them.
    pub(super) fn rgb(&self) -> [usize; 3] {
        match self.layout {
            Layout::Interleaved { rgb, .. } => rgb,
            Layout::Yuv422 { .. } | Layout::Bayer { .. } => [0, 1, 2],
        }
    }

    /// The smallest picture `[px]`: what shares colour lies whole in it.
    pub(super) fn least(&self) -> [u32; 2] {
        match self.layout {
            Layout::Interleaved { .. } => [1, 1],
            Layout::Yuv422 { .. } => [2, 1],
            Layout::Bayer { .. } => [2, 2],
        }
    }

    /// Bytes of a row of so many pixels.
    pub(super) fn row(&self, width: usize) -> usize {
        match self.layout {
            Layout::Interleaved { channels, .. } => width * channels * self.sample,
            Layout::Yuv422 { .. } => width.next_multiple_of(2) * 2,
            Layout::Bayer { .. } => width * self.sample,
        }
    }

    /// The value of full brightness.
    pub(super) fn full(&self) -> f64 {
        if self.sample == 1 { 255.0 } else { 65535.0 }
    }

    /// The samples of `row` from column `first` on, where they are bytes side by side.
    pub(super) fn bytes<'a>(
        &self,
        image: &'a RawImage,
        row: usize,
        first: usize,
    ) -> Option<&'a [u8]> {
        match self.layout {
            Layout::Interleaved { channels, .. } if self.sample == 1 => {
                Some(&image.data[row * image.step as usize + first * channels..])
            }
            _ => None,
        }
    }

    /// Adds `weight` times the pixels of `row`, from column `first` on, to `band`, as many as fit there. The
    /// picture must be large enough for them.
    pub(super) fn add_row(
        &self,
        image: &RawImage,
        row: usize,
        first: usize,
        weight: f32,
        band: &mut [f32],
    ) {
        let line = |row: usize| &image.data[row * image.step as usize..];
        match self.layout {
            Layout::Interleaved { channels, .. } => {
                self.add_samples(&line(row)[first * channels * self.sample..], weight, band);
            }
            Layout::Yuv422 { luma, chroma } => {
                let (bytes, (pixels, _)) = (line(row), band.as_chunks_mut::<3>());
                for (column, sums) in (first..).zip(pixels) {
                    let pair = &bytes[column / 2 * 4..][..4];
                    let luma = pair[luma + column % 2 * 2];
                    let rgb = rgb_of(luma, chroma.map(|at| pair[at]));
                    for (sum, value) in sums.iter_mut().zip(rgb) {
                        *sum += weight * value;
                    }
                }
            }
            Layout::Bayer { red } => {
                let top = (row & !1).min((image.height as usize - 2) & !1);
                let [red_line, blue_line] = [red[0], 1 - red[0]].map(|part| line(top + part));
                let (pixels, _) = band.as_chunks_mut::<3>();
                for (column, sums) in (first..).zip(pixels) {
                    let left = (column & !1).min((image.width as usize - 2) & !1);
                    let [red_at, blue_at] = [left + red[1], left + 1 - red[1]];
                    let at = |line, column| self.sample_at(line, column);
                    sums[0] += weight * at(red_line, red_at);
                    sums[1] += weight * 0.5 * (at(red_line, blue_at) + at(blue_line, red_at));
                    sums[2] += weight * at(blue_line, blue_at);
                }
            }
        }
    }

    fn add_samples(&self, samples: &[u8], weight: f32, band: &mut [f32]) {
        if self.sample == 1 {
            for (sum, value) in band.iter_mut().zip(samples) {
                *sum += weight * f32::from(*value);
            }
        } else {
            let (pairs, _) = samples.as_chunks::<2>();
            for (sum, pair) in band.iter_mut().zip(pairs) {
                *sum += weight * f32::from(u16::from_le_bytes(*pair));
            }
        }
    }

    fn sample_at(&self, line: &[u8], column: usize) -> f32 {
        if self.sample == 1 {
            f32::from(line[column])
        } else {
            f32::from(u16::from_le_bytes([line[2 * column], line[2 * column + 1]]))
        }
    }
}

/// Red, green and blue, 0..255, of luma and chroma (Cb, Cr) in studio range by ITU-R BT.601, as cameras send it.
fn rgb_of(luma: u8, [blue, red]: [u8; 2]) -> [f32; 3] {
    let luma = 1.164_38 * (f32::from(luma) - 16.0);
    let [blue, red] = [blue, red].map(|chroma| f32::from(chroma) - 128.0);
    [
        luma + 1.596_03 * red,
        luma - 0.391_76 * blue - 0.812_97 * red,
        luma + 2.017_23 * blue,
    ]
    .map(|value| value.clamp(0.0, 255.0))
}
