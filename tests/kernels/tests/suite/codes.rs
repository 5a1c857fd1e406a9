//! Codes of weights.

use kernels::kernel::*;
use kernels::seeded::Seeded;

/// Where all else is zero, this number's code is 255, of scale 1.
const PROBE: f32 = 255.0;

/// What comes of [`PROBE`] and one weight.
fn answer(code: i8, scale: f32) -> f32 {
    (255 * i32::from(code)) as f32 * scale
}

#[test]
fn given_scales_give_back_the_codes() {
    let mut seeded = Seeded::new(61);
    for _ in 0..40 {
        let k = 1 + seeded.below(70);
        let segments: Vec<usize> = (0..1 + seeded.below(3))
            .map(|_| 1 + seeded.below(40))
            .collect();
        let n: usize = segments.iter().sum();
        let scales: Vec<f32> = seeded
            .numbers(n, 1e-2)
            .iter()
            .map(|x| x.abs() + 1e-9)
            .collect();
        let codes: Vec<i8> = (0..n * k).map(|_| seeded.below(256) as u8 as i8).collect();
        let weights: Vec<f32> = codes
            .iter()
            .enumerate()
            .map(|(i, &code)| f32::from(code) * scales[i / k])
            .collect();
        let spec = LinearSpec {
            k,
            segments: &segments,
            weights: &weights,
            scales: Some(&scales),
            bias: None,
            norm_before: None,
            norm_after: None,
            activations: &vec![Activation::Identity; segments.len()],
        };
        let probes: Vec<f32> = (0..k * k)
            .map(|i| if i / k == i % k { PROBE } else { 0.0 })
            .collect();
        for isa in Isa::available() {
            let layer = Linear::new(isa, Product::Int8, &spec).expect("a layer");
            let mut outputs: Vec<Vec<f32>> = segments.iter().map(|n| vec![7.0; k * n]).collect();
            let mut views: Vec<&mut [f32]> = outputs.iter_mut().map(|y| &mut y[..]).collect();
            layer.run(k, &probes, None, &mut views, &mut Scratch::default());
            let mut first = 0;
            for (y, &columns) in outputs.iter().zip(&segments) {
                for (i, &y) in y.iter().enumerate() {
                    let (at, column) = (i / columns, first + i % columns);
                    assert_eq!(
                        y,
                        answer(codes[column * k + at], scales[column]),
                        "{isa} column {column} at {at}"
                    );
                }
                first += columns;
            }
            let single = Linear::new(isa, Product::F32, &spec).expect("a layer");
            assert!(layer.bytes() < single.bytes() || k < 8);
        }
    }
}

#[test]
fn a_convolutions_codes() {
    let mut seeded = Seeded::new(62);
    let scales = [0.5, 0.25, 1.0];
    let codes: Vec<i8> = (0..3 * 5 * 6).map(|_| seeded.below(255) as i8).collect();
    let weights: Vec<f32> = codes
        .iter()
        .enumerate()
        .map(|(i, &code)| f32::from(code) * scales[i / 30])
        .collect();
    let spec = ConvolutionSpec {
        cin: 5,
        cout: 3,
        kernel: [2, 3],
        stride: [1, 1],
        padding: [0; 4],
        weights: &weights,
        scales: Some(&scales),
        bias: None,
        activation: Activation::Identity,
    };
    for isa in Isa::available() {
        let chain = Convolutions::new(isa, Product::Int8, [4, 4], std::slice::from_ref(&spec))
            .expect("a chain");
        for weight in 0..30 {
            // The number that this weight of the first window meets.
            let (c, y, x) = (weight / 6, weight / 3 % 2, weight % 3);
            let mut image = [0.0; 5 * 4 * 4];
            image[(c * 4 + y) * 4 + x] = PROBE;
            let mut found = [7.0; 3 * 2 * 3];
            chain.run(1, &image, &mut found, &mut Scratch::default());
            for (channel, &scale) in scales.iter().enumerate() {
                assert_eq!(
                    found[channel],
                    answer(codes[channel * 30 + weight], scale),
                    "{isa} channel {channel} weight {weight}"
                );
            }
        }
    }
}

#[test]
fn weights_that_are_no_multiples_and_numbers_that_are_none_are_refused() {
    let activations = [Activation::Identity];
    let spec = LinearSpec {
        k: 2,
        segments: &[2],
        weights: &[1.0, 2.0, 3.0, 4.0],
        scales: Some(&[1.0, 1.0]),
        bias: Some(&[0.0, 0.0]),
        norm_before: None,
        norm_after: None,
        activations: &activations,
    };
    let error = |spec: &LinearSpec| {
        Linear::new(Isa::Scalar, Product::Int8, spec)
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(error(&spec), None);
    let found = error(&LinearSpec {
        weights: &[1.0, 2.0, 3.0, 4.5],
        ..spec.clone()
    })
    .expect("no code");
    assert!(
        found.contains("4.5") && found.contains("column 1"),
        "{found}"
    );
    assert!(
        error(&LinearSpec {
            weights: &[1.0, 2.0, 3.0, 200.0],
            ..spec.clone()
        })
        .is_some()
    );
    assert!(
        error(&LinearSpec {
            weights: &[1.0, f32::NAN, 3.0, 4.0],
            scales: None,
            ..spec.clone()
        })
        .is_some()
    );
    assert!(
        error(&LinearSpec {
            bias: Some(&[0.0, f32::INFINITY]),
            ..spec.clone()
        })
        .is_some()
    );
    assert!(
        error(&LinearSpec {
            weights: &[1.0],
            ..spec.clone()
        })
        .is_some()
    );
    assert!(
        error(&LinearSpec {
            activations: &[],
            ..spec.clone()
        })
        .is_some()
    );
    assert!(
        error(&LinearSpec {
            k: 0,
            ..spec.clone()
        })
        .is_some()
    );
}

#[test]
fn a_column_of_zeros_or_of_denormals_is_fine() {
    let spec = LinearSpec {
        k: 3,
        segments: &[2],
        weights: &[0.0, 0.0, 0.0, 1e-42, -1e-42, 0.0],
        scales: None,
        bias: None,
        norm_before: None,
        norm_after: None,
        activations: &[Activation::Identity],
    };
    for isa in Isa::available() {
        let layer = Linear::new(isa, Product::Int8, &spec).expect("a layer");
        let mut y = [7.0; 2];
        layer.run(
            1,
            &[1.0, -1.0, 0.5],
            None,
            &mut [&mut y],
            &mut Scratch::default(),
        );
        assert!(y.iter().all(|y| y.abs() < 1e-30), "{y:?}");
    }
}
