//! Conversion against a naive average of every covered area.

use forerun::sensing::{ENCODINGS, ImageSpec, RawImage, convert};
use forerun::time::Stamp;
use proptest::prelude::*;

fn image(width: u32, height: u32, encoding: &str, bytes: u32, padding: u32) -> RawImage {
    let step = width * bytes + padding;
    let data = (0..step * height).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    RawImage {
        stamp: Stamp::ZERO,
        width,
        height,
        step,
        encoding: encoding.into(),
        data: data.collect(),
    }
}

/// The mean of `channel` over the area of one output pixel, summed pixel by pixel in f64.
fn naive(image: &RawImage, bytes: usize, channel: usize, spec: &ImageSpec, x: u32, y: u32) -> f64 {
    let (width, height) = (f64::from(image.width), f64::from(image.height));
    let ratio = f64::from(spec.width) / f64::from(spec.height);
    let (wide, high) = (width.min(height * ratio), height.min(width / ratio));
    let span = |index: u32, count: u32, size: f64, whole: f64| {
        let from = (whole - size) / 2.0 + size * f64::from(index) / f64::from(count);
        (from, from + size / f64::from(count))
    };
    let (left, right) = span(x, spec.width, wide, width);
    let (top, bottom) = span(y, spec.height, high, height);
    let (mut sum, mut area) = (0.0, 0.0);
    for row in 0..image.height {
        for column in 0..image.width {
            let share = |index: u32, from: f64, to: f64| {
                let index = f64::from(index);
                (to.min(index + 1.0) - from.max(index)).max(0.0)
            };
            let weight = share(row, top, bottom) * share(column, left, right);
            let at = row as usize * image.step as usize + column as usize * bytes + channel;
            sum += weight * f64::from(image.data[at]) / 255.0;
            area += weight;
        }
    }
    sum / area
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_the_exact_average_of_the_covered_area(
        width in 1u32..40, height in 1u32..40, padding in 0u32..5,
        wide in 1u32..12, high in 1u32..12, kind in 0usize..5,
    ) {
        let (encoding, bytes, order) = [
            ("rgb8", 3, [0, 1, 2]),
            ("bgr8", 3, [2, 1, 0]),
            ("rgba8", 4, [0, 1, 2]),
            ("bgra8", 4, [2, 1, 0]),
            ("mono8", 1, [0, 0, 0]),
        ][kind];
        let image = image(width, height, encoding, bytes, padding);
        let spec = ImageSpec { width: wide, height: high };
        let mut out = vec![9.0; 3];
        convert(&image, &spec, &mut out).unwrap();
        prop_assert_eq!(out.len(), (3 * wide * high) as usize);
        for (index, found) in out.iter().enumerate() {
            let (x, rest) = (index as u32 % wide, index as u32 / wide);
            let (y, channel) = (rest % high, (rest / high) as usize);
            let wanted = naive(&image, bytes as usize, order[channel], &spec, x, y);
            prop_assert!((f64::from(*found) - wanted).abs() < 1e-4, "{} {}", found, wanted);
        }
    }

    #[test]
    fn no_picture_makes_it_panic(
        width in prop_oneof![0u32..5, Just(u32::MAX)], height in prop_oneof![0u32..5, Just(u32::MAX)],
        step in prop_oneof![0u32..20, Just(u32::MAX)], length in 0usize..70, encoding in 0..ENCODINGS.len(),
    ) {
        let image = RawImage { width, height, step, data: vec![1; length].into(), ..image(1, 1, ENCODINGS[encoding], 3, 0) };
        let _ = convert(&image, &ImageSpec { width: 4, height: 4 }, &mut Vec::new());
    }
}

/// The bytes and channels of an encoding, and where red, green and blue are.
fn layout(encoding: &str) -> (usize, usize, [usize; 3]) {
    let bytes = if encoding.contains("16") { 2 } else { 1 };
    let grey = encoding.starts_with("mono") || encoding.ends_with("C1");
    let four = encoding.contains('a') || encoding.ends_with("C4");
    let bgr = encoding.starts_with("bgr") || encoding.contains("UC");
    match (grey, bgr) {
        (true, _) => (bytes, 1, [0, 0, 0]),
        (false, true) => (bytes, if four { 4 } else { 3 }, [2, 1, 0]),
        (false, false) => (bytes, if four { 4 } else { 3 }, [0, 1, 2]),
    }
}

#[test]
fn every_encoding_puts_red_green_and_blue_where_they_belong() {
    let interleaved =
        |name: &&str| !name.contains("yu") && !name.contains("uy") && !name.starts_with("bayer");
    for encoding in ENCODINGS.into_iter().filter(interleaved) {
        let (bytes, channels, rgb) = layout(encoding);
        let mut pixel = vec![0u8; bytes * channels];
        let values = if channels == 1 {
            [0.4; 3]
        } else {
            [0.2, 0.4, 0.8]
        };
        for (place, value) in rgb.iter().zip(values) {
            if bytes == 1 {
                pixel[*place] = (255.0 * value) as u8;
            } else {
                let sample = ((65535.0 * value) as u16).to_le_bytes();
                pixel[2 * place..2 * place + 2].copy_from_slice(&sample);
            }
        }
        let step = 4 * pixel.len() + 3;
        let mut data = Vec::new();
        for _ in 0..2 {
            data.extend(pixel.repeat(4));
            data.extend([77; 3]);
        }
        let little = RawImage {
            stamp: Stamp::ZERO,
            width: 4,
            height: 2,
            step: step as u32,
            encoding: encoding.to_owned(),
            data: data.into(),
        };
        let mut big = little.clone();
        if bytes == 2 {
            let mut turned = big.data.to_vec();
            for row in turned.chunks_mut(step) {
                row[..8 * channels]
                    .chunks_mut(2)
                    .for_each(|pair| pair.swap(0, 1));
            }
            big.data = turned.into();
        }
        for image in [little, big.from_big_endian()] {
            let mut out = Vec::new();
            let spec = ImageSpec {
                width: 3,
                height: 1,
            };
            convert(&image, &spec, &mut out).expect(encoding);
            for (plane, value) in out.chunks(3).zip(values) {
                assert!(
                    plane
                        .iter()
                        .all(|found| (found - value as f32).abs() < 0.005),
                    "{encoding}: {out:?}"
                );
            }
        }
    }
}

/// Studio range: black is 16, white 235; the chroma of pure red, green and blue by ITU-R BT.601.
#[test]
fn luma_and_chroma_become_colours() {
    let colours = [
        ([16, 128, 128], [0.0, 0.0, 0.0]),
        ([235, 128, 128], [1.0, 1.0, 1.0]),
        ([81, 90, 240], [1.0, 0.0, 0.0]),
        ([145, 54, 34], [0.0, 1.0, 0.0]),
        ([41, 240, 110], [0.0, 0.0, 1.0]),
    ];
    let spec = ImageSpec {
        width: 2,
        height: 1,
    };
    for ([y, u, v], wanted) in colours {
        for (encoding, pair) in [
            ("yuv422", [u, y, v, y]),
            ("uyvy", [u, y, v, y]),
            ("yuv422_yuy2", [y, u, y, v]),
            ("yuyv", [y, u, y, v]),
        ] {
            for width in [2, 3] {
                let image = RawImage {
                    width,
                    height: 2,
                    step: 8,
                    data: pair.repeat(4).into(),
                    ..image(1, 1, encoding, 1, 0)
                };
                let mut out = Vec::new();
                convert(&image, &spec, &mut out).expect(encoding);
                for (plane, value) in out.chunks(2).zip(wanted) {
                    let near = |found: &f32| (found - value).abs() < 0.01;
                    assert!(plane.iter().all(near), "{encoding} {width}: {out:?}");
                }
            }
        }
    }
    let left = [235, 128, 16, 128];
    let image = RawImage {
        width: 2,
        height: 1,
        step: 4,
        data: left.to_vec().into(),
        ..image(1, 1, "yuyv", 1, 0)
    };
    let mut out = Vec::new();
    convert(&image, &spec, &mut out).expect("two pixels");
    assert!(
        out[0] > 0.99 && out[1] < 0.01,
        "each has its own luma: {out:?}"
    );
}

/// A picture of one colour is of that colour whatever the pattern, and wherever a cell is cut off.
#[test]
fn bayer_patterns_put_red_green_and_blue_where_they_belong() {
    let values = [0.2, 0.4, 0.8];
    for encoding in ENCODINGS
        .into_iter()
        .filter(|name| name.starts_with("bayer"))
    {
        let pattern: Vec<char> = encoding["bayer_".len()..].chars().take(4).collect();
        let bytes = if encoding.ends_with("16") { 2 } else { 1 };
        for (width, height) in [(2, 2), (4, 4), (5, 3), (7, 6)] {
            let mut data = Vec::new();
            for (row, column) in
                (0..height).flat_map(|row| (0..width).map(move |column| (row, column)))
            {
                let colour = pattern[row % 2 * 2 + column % 2];
                let value = values["rgb".find(colour).expect("a colour")];
                if bytes == 1 {
                    data.push((255.0 * value) as u8);
                } else {
                    data.extend(((65535.0 * value) as u16).to_le_bytes());
                }
            }
            let image = RawImage {
                width: width as u32,
                height: height as u32,
                step: (width * bytes) as u32,
                data: data.into(),
                ..image(1, 1, encoding, 1, 0)
            };
            let mut out = Vec::new();
            let spec = ImageSpec {
                width: 3,
                height: 2,
            };
            convert(&image, &spec, &mut out).expect(encoding);
            for (plane, value) in out.chunks(6).zip(values) {
                let near = |found: &f32| (found - value as f32).abs() < 0.005;
                assert!(
                    plane.iter().all(near),
                    "{encoding} {width}x{height}: {out:?}"
                );
            }
        }
    }
}

#[test]
fn pictures_smaller_than_what_shares_colour_are_refused() {
    let spec = ImageSpec {
        width: 1,
        height: 1,
    };
    for (encoding, width, height) in [("yuyv", 1, 1), ("bayer_rggb8", 1, 4), ("bayer_rggb8", 4, 1)]
    {
        let why = convert(
            &image(width, height, encoding, 4, 0),
            &spec,
            &mut Vec::new(),
        );
        assert_eq!(why.expect_err(encoding).field, "size");
    }
}

#[test]
fn depth_and_unknown_pictures_are_refused_with_what_would_do() {
    let spec = ImageSpec {
        width: 2,
        height: 2,
    };
    for encoding in [
        "16UC1",
        "32FC1",
        "bayer_rgbg8",
        "bayer_rggb",
        "nv21",
        "",
        "RGB8",
    ] {
        let image = image(4, 4, encoding, 4, 0);
        let why = convert(&image, &spec, &mut Vec::new()).expect_err(encoding);
        assert_eq!((why.field, why.found.as_str()), ("encoding", encoding));
        assert!(why.expected.contains("rgb8") && why.expected.contains("mono16"));
    }
}

#[test]
fn a_picture_of_the_right_size_is_only_rearranged() {
    let image = image(8, 8, "rgb8", 3, 0);
    let mut out = Vec::new();
    convert(
        &image,
        &ImageSpec {
            width: 8,
            height: 8,
        },
        &mut out,
    )
    .unwrap();
    for (index, found) in out.iter().enumerate() {
        let wanted = f32::from(image.data[index % 64 * 3 + index / 64]) / 255.0;
        assert!((found - wanted).abs() < 1e-6);
    }
}

#[test]
fn refusals_name_the_field() {
    let good = || image(4, 4, "rgb8", 3, 0);
    let spec = ImageSpec {
        width: 2,
        height: 2,
    };
    let cases = [
        (
            "encoding",
            RawImage {
                encoding: "yuv420".into(),
                ..good()
            },
        ),
        ("size", RawImage { width: 0, ..good() }),
        (
            "size",
            RawImage {
                height: 100_000,
                ..good()
            },
        ),
        ("step", RawImage { step: 11, ..good() }),
        (
            "data",
            RawImage {
                data: vec![0; 47].into(),
                ..good()
            },
        ),
    ];
    for (field, image) in cases {
        assert_eq!(
            convert(&image, &spec, &mut Vec::new()).unwrap_err().field,
            field
        );
    }
    let nothing = ImageSpec {
        width: 0,
        height: 2,
    };
    assert_eq!(
        convert(&good(), &nothing, &mut Vec::new())
            .unwrap_err()
            .field,
        "spec"
    );
    // The last row needs no padding.
    let cut = RawImage {
        step: 20,
        data: vec![0; 3 * 20 + 12].into(),
        ..good()
    };
    convert(&cut, &spec, &mut Vec::new()).unwrap();
}
