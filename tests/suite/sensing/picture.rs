//! Pictures as files and compressed messages hold them.

use std::io::Cursor;

use forerun::sensing::decode_picture;
use forerun::time::Stamp;
use image::{DynamicImage, ImageFormat, Luma, Rgb, Rgba};

const AT: Stamp = Stamp::from_nanos(5);

fn encode(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture: DynamicImage = picture.into();
    picture
        .write_to(&mut Cursor::new(&mut bytes), format)
        .expect("encoded");
    bytes
}

fn gradient(x: u32, y: u32) -> [u8; 3] {
    [(8 * x) as u8, (8 * y) as u8, 128]
}

#[test]
fn a_png_comes_back_to_the_bit() {
    let picture = image::RgbImage::from_fn(20, 10, |x, y| Rgb(gradient(x, y)));
    let found = decode_picture(&encode(picture.clone(), ImageFormat::Png), AT).expect("a picture");
    assert_eq!((found.width, found.height, found.step), (20, 10, 60));
    assert_eq!((found.stamp, found.encoding.as_str()), (AT, "rgb8"));
    assert_eq!(*found.data, *picture.into_raw());
}

#[test]
fn a_jpeg_comes_back_nearly() {
    let picture = image::RgbImage::from_fn(32, 16, |x, y| Rgb(gradient(x, y)));
    let found = decode_picture(&encode(picture.clone(), ImageFormat::Jpeg), AT).expect("a picture");
    assert_eq!((found.width, found.height), (32, 16));
    for (found, wanted) in found.data.iter().zip(picture.as_raw()) {
        assert!(found.abs_diff(*wanted) < 40, "{found} for {wanted}");
    }
}

#[test]
fn grey_16_bit_and_transparent_pictures_become_rgb8() {
    let grey = image::ImageBuffer::<Luma<u16>, _>::from_pixel(2, 2, Luma([0x8000]));
    let found = decode_picture(&encode(grey, ImageFormat::Png), AT).expect("a picture");
    assert_eq!((found.step, found.data[0], found.data[11]), (6, 128, 128));
    let glass = image::RgbaImage::from_pixel(2, 2, Rgba([1, 2, 3, 0]));
    let found = decode_picture(&encode(glass, ImageFormat::Png), AT).expect("a picture");
    assert_eq!(found.data[..3], [1, 2, 3]);
}

#[test]
fn what_is_no_picture_is_refused() {
    let whole = encode(
        image::RgbImage::from_fn(20, 10, |x, y| Rgb(gradient(x, y))),
        ImageFormat::Png,
    );
    for bytes in [
        &b""[..],
        b"no picture",
        &whole[..whole.len() / 2],
        b"GIF89a\x01\0\x01\0",
    ] {
        assert!(decode_picture(bytes, AT).is_err_and(|why| !why.is_empty()));
    }
}

/// A PNG whose header claims `side` x `side` pixels and whose data is a few bytes.
fn bomb(side: u32) -> Vec<u8> {
    let mut bytes = encode(image::RgbImage::new(1, 1), ImageFormat::Png);
    let header = 8 + 8; // signature, then the length and name of IHDR
    bytes[header..header + 4].copy_from_slice(&side.to_be_bytes());
    bytes[header + 4..header + 8].copy_from_slice(&side.to_be_bytes());
    let crc = crc32(&bytes[12..12 + 4 + 13]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[test]
fn a_small_file_that_claims_to_be_huge_is_refused_for_its_size() {
    assert!(decode_picture(&bomb(1), AT).is_ok(), "the forged checksum");
    for side in [8193, 100_000, i32::MAX as u32] {
        let why = decode_picture(&bomb(side), AT).expect_err("refused");
        assert!(why.to_lowercase().contains("limit"), "{side}: {why}");
    }
}
