//! Codes of weights.

use kernels::kernel::*;
use kernels::seeded::Seeded;

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
        for isa in Isa::available() {
            let layer = Linear::new(isa, Product::Int8, &spec).expect("a layer");
            for column in 0..n {
                assert_eq!(layer.scale(column), Some(scales[column]));
                for at in 0..k {
                    assert_eq!(
                        layer.code(column, at),
                        Some(codes[column * k + at]),
                        "{isa}"
                    );
                }
            }
            assert_eq!(
                (layer.code(n, 0), layer.code(0, k), layer.scale(n)),
                (None, None, None)
            );
            let single = Linear::new(isa, Product::F32, &spec).expect("a layer");
            assert_eq!((single.code(0, 0), single.scale(0)), (None, None));
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
        let chain = Convolutions::new(
            isa,
            Product::Int8,
            [4, 4],
            std::slice::from_ref(&spec),
            true,
        )
        .expect("a chain");
        for (i, &code) in codes.iter().enumerate() {
            assert_eq!(chain.code(0, i / 30, i % 30), Some(code), "{isa}");
        }
        assert_eq!(
            (
                chain.code(1, 0, 0),
                chain.code(0, 3, 0),
                chain.code(0, 0, 30)
            ),
            (None, None, None)
        );
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
