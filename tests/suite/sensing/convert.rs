//! Conversion against a naive average of every covered area.

use forerun::sensing::{ImageSpec, RawImage, convert};
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
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

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
        step in prop_oneof![0u32..20, Just(u32::MAX)], length in 0usize..70,
    ) {
        let image = RawImage { width, height, step, data: vec![1; length].into(), ..image(1, 1, "rgb8", 3, 0) };
        let _ = convert(&image, &ImageSpec { width: 4, height: 4 }, &mut Vec::new());
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
                encoding: "yuv422".into(),
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
