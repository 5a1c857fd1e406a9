//! What the camera sees, and what it shall see at the goal.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use rerun::{EncodedImage, EntityPath, MediaType};

use super::canvas::Canvas;
use crate::runtime::{GoalEvent, GoalPhase};
use crate::sensing::{Goal, RawImage};

/// The entity of the camera's picture.
pub(super) const CAMERA: &str = "camera/now";
/// The entity of the goal's picture.
pub(super) const GOAL: &str = "camera/goal";
/// Wider pictures are averaged down by a whole factor: the viewer looks, it doesn't record.
const WIDEST: u32 = 320;
/// JPEG quality: a noisy frame of 64 x 64 takes about 3 kB instead of 12.
const QUALITY: u8 = 95;

/// Draws pictures.
pub(super) struct Pictures {
    camera: EntityPath,
    goal: EntityPath,
    refused: bool,
}

impl Pictures {
    /// Nothing is drawn yet.
    pub fn new() -> Self {
        Self {
            camera: EntityPath::from(CAMERA),
            goal: EntityPath::from(GOAL),
            refused: false,
        }
    }

    /// Draws a camera frame.
    pub fn draw_camera(&mut self, canvas: &mut Canvas, frame: &RawImage) {
        self.draw(canvas, &self.camera.clone(), frame);
    }

    /// Draws the goal's picture, if the goal is one.
    pub fn draw_goal(&mut self, canvas: &mut Canvas, event: &GoalEvent) {
        if let (GoalPhase::Accepted, Goal::Image(picture)) = (event.phase, &*event.goal) {
            self.draw(canvas, &self.goal.clone(), picture);
        }
    }

    fn draw(&mut self, canvas: &mut Canvas, entity: &EntityPath, picture: &RawImage) {
        match encode(picture) {
            Ok(jpeg) => canvas.draw(
                entity,
                &EncodedImage::new(jpeg).with_media_type(MediaType::JPEG),
            ),
            Err(why) if !self.refused => {
                self.refused = true;
                tracing::warn!(
                    "viewer: {entity}: a picture can't be drawn: {why}; further ones are not mentioned"
                );
            }
            Err(_) => {}
        }
    }
}

/// Where a pixel's bytes are.
struct Layout {
    bytes: usize,
    rgb: [usize; 3],
}

fn layout(encoding: &str) -> Option<Layout> {
    let (bytes, rgb) = match encoding {
        "rgb8" => (3, [0, 1, 2]),
        "bgr8" | "8UC3" => (3, [2, 1, 0]),
        "rgba8" => (4, [0, 1, 2]),
        "bgra8" | "8UC4" => (4, [2, 1, 0]),
        "mono8" | "8UC1" => (1, [0, 0, 0]),
        _ => return None,
    };
    Some(Layout { bytes, rgb })
}

/// A JPEG of `picture`, at most [`WIDEST`] wide.
fn encode(picture: &RawImage) -> Result<Vec<u8>, String> {
    let layout = layout(&picture.encoding).ok_or_else(|| {
        format!(
            "encoding {}: expected rgb8, bgr8, rgba8, bgra8 or mono8",
            picture.encoding
        )
    })?;
    let (width, height) = (picture.width as usize, picture.height as usize);
    let step = picture.step as usize;
    let is_whole = width > 0
        && height > 0
        && width * layout.bytes <= step
        && step
            .checked_mul(height)
            .is_some_and(|bytes| bytes <= picture.data.len());
    if !is_whole {
        return Err(format!(
            "{width} x {height} in rows of {step} bytes needs more than its {} bytes",
            picture.data.len()
        ));
    }
    let factor = picture.width.div_ceil(WIDEST) as usize;
    let (columns, rows) = ((width / factor).max(1), (height / factor).max(1));
    let pixels = reduce(picture, &layout, factor, columns, rows);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode(
            &pixels,
            columns as u32,
            rows as u32,
            ExtendedColorType::Rgb8,
        )
        .map_err(|why| why.to_string())?;
    Ok(jpeg)
}

/// Means over `factor` x `factor` pixels, as RGB [rows, columns, 3]. `picture` is whole.
fn reduce(
    picture: &RawImage,
    layout: &Layout,
    factor: usize,
    columns: usize,
    rows: usize,
) -> Vec<u8> {
    let step = picture.step as usize;
    let lines: Vec<&[u8]> = picture.data.chunks(step).collect();
    let mut pixels = Vec::with_capacity(columns * rows * 3);
    for block in lines.chunks(factor).take(rows) {
        let area = (block.len() * factor.min(picture.width as usize)) as u32;
        for column in 0..columns {
            let mut sums = [0u32; 3];
            for line in block {
                let from = column * factor * layout.bytes;
                let until =
                    (from + factor * layout.bytes).min(picture.width as usize * layout.bytes);
                for pixel in line[from..until].chunks_exact(layout.bytes) {
                    for (sum, &offset) in sums.iter_mut().zip(&layout.rgb) {
                        *sum += u32::from(pixel[offset]);
                    }
                }
            }
            pixels.extend(sums.map(|sum| (sum / area) as u8));
        }
    }
    pixels
}
