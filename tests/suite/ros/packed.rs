//! Mirrors `src/ros/packed.rs`.

use std::io::Cursor;

use forerun::ros::Packed;
use forerun::time::Stamp;
use image::{ImageFormat, RgbImage};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn file(kind: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(32, 24, |x, y| image::Rgb([8 * x as u8, 8 * y as u8, 128]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, kind).expect("a picture");
    bytes.into_inner()
}

fn packed(format: &str, data: Vec<u8>) -> Packed {
    Packed {
        stamp: Stamp::from_nanos(7),
        format: format.to_owned(),
        data,
    }
}

#[test]
fn jpeg_and_png_are_told_apart_by_their_bytes() {
    for (kind, error) in [(ImageFormat::Png, 0), (ImageFormat::Jpeg, 12)] {
        for format in ["jpeg", "png", "rgb8; jpeg compressed bgr8", ""] {
            let image = packed(format, file(kind)).unpack().expect("a good file");
            assert_eq!((image.width, image.height, image.step), (32, 24, 96));
            assert_eq!(
                (image.encoding.as_str(), image.stamp),
                ("rgb8", Stamp::from_nanos(7))
            );
            let pixel = &image.data[12 * 96 + 3 * 16..][..3];
            for (found, expected) in pixel.iter().zip([128u8, 96, 128]) {
                assert!(found.abs_diff(expected) <= error, "{kind:?}: {pixel:?}");
            }
        }
    }
}

#[test]
fn what_is_no_colour_picture_is_refused_by_what_it_says_of_itself() {
    for (picture, why) in [
        (packed("jpeg", Vec::new()), "(\"jpeg\", 0 bytes)"),
        (
            packed("16UC1; compressedDepth png", vec![0; 100]),
            "compressedDepth png\", 100 bytes",
        ),
        (
            packed("bayer_rggb8; png compressed", file(ImageFormat::Png)),
            "a Bayer mosaic",
        ),
        (packed(&"x".repeat(9999), vec![1]), "1 bytes): "),
    ] {
        let error = picture.unpack().expect_err("no picture");
        assert!(error.contains(why) && error.len() < 300, "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    /// Torn and damaged files give a picture of the size they claim, or a reason.
    #[test]
    fn damaged_files_never_panic(
        jpeg in any::<bool>(), keep in 0..2000_usize, damage in proptest::collection::vec((0..2000_usize, any::<u8>()), 0..20)
    ) {
        let mut data = file(if jpeg { ImageFormat::Jpeg } else { ImageFormat::Png });
        data.truncate(keep);
        for (at, byte) in damage {
            if let Some(slot) = data.get_mut(at) {
                *slot = byte;
            }
        }
        if let Ok(image) = packed("?", data).unpack() {
            prop_assert_eq!(image.data.len(), (image.step * image.height) as usize);
        }
    }
}
