//! Sensing: raw messages become observations.
//!
//! Takes [`RawImage`]s and measured states as they arrive; gives [`Observation`]s (image converted to an
//! [`ImageSpec`], velocity interpolated at the frame's stamp) and [`Goal`]s. Imports `config`, `time` and
//! `robot` only: a latent goal is a plain row of numbers here, its length is checked by `world_model`.

mod complaints;
mod convert;
mod encoding;
mod error;
mod goal;
mod image;
mod message;
mod observation;
mod picture;
mod stamp_source;
mod synchronizer;

pub use complaints::Complaints;
pub use convert::{ConvertError, convert};
pub use encoding::ENCODINGS;
pub use error::SensingError;
pub use goal::Goal;
pub use image::{ImageSpec, RawImage};
pub use message::{ImuMessage, JointMessage, Message, OdometryMessage};
pub use observation::Observation;
pub use picture::decode_picture;
pub use stamp_source::{PARAMETERS, StampSource};
pub use synchronizer::Synchronizer;
