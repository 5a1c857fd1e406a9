//! What the camera sees, and what it shall see at the goal.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use rerun::{EncodedImage, EntityPath, MediaType};

use super::canvas::Canvas;
use crate::runtime::{GoalEvent, GoalPhase};
use crate::sensing::{Goal, ImageSpec, RawImage, convert};

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
    pixels: Vec<f32>,
    refused: bool,
}

impl Pictures {
    /// Nothing is drawn yet.
    pub fn new() -> Self {
        Self {
            camera: EntityPath::from(CAMERA),
            goal: EntityPath::from(GOAL),
            pixels: Vec::new(),
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
        match encode(picture, &mut self.pixels) {
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

/// A JPEG of `picture`, at most [`WIDEST`] wide; `pixels` is scratch.
fn encode(picture: &RawImage, pixels: &mut Vec<f32>) -> Result<Vec<u8>, String> {
    let factor = picture.width.div_ceil(WIDEST).max(1);
    let spec = ImageSpec {
        width: (picture.width / factor).max(1),
        height: (picture.height / factor).max(1),
    };
    convert(picture, &spec, pixels).map_err(|why| why.to_string())?;
    let plane = spec.width as usize * spec.height as usize;
    let mut bytes = vec![0; 3 * plane];
    for (channel, values) in pixels.chunks_exact(plane).enumerate() {
        let slots = bytes.iter_mut().skip(channel).step_by(3);
        for (slot, value) in slots.zip(values) {
            *slot = (255.0 * value).round() as u8;
        }
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode(&bytes, spec.width, spec.height, ExtendedColorType::Rgb8)
        .map_err(|why| why.to_string())?;
    Ok(jpeg)
}
