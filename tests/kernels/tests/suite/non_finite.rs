//! A row or image that is not finite gives NaN, whatever comes after; its neighbours stay as they are.

use kernels::kernel::*;
use kernels::seeded::Seeded;

use crate::support::*;

const BAD: [f32; 3] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];

#[test]
fn rows() {
    let mut seeded = Seeded::new(51);
    let (rows, k, n) = (9, 21, 35);
    let weights = seeded.numbers(n * k, 1.0);
    for activation in ACTIVATIONS {
        for norms in 0..4 {
            let spec = LinearSpec {
                k,
                segments: &[n],
                weights: &weights,
                scales: None,
                bias: None,
                norm_before: (norms & 1 != 0).then(|| norm(&mut seeded, k)),
                norm_after: (norms & 2 != 0).then(|| norm(&mut seeded, n)),
                activations: &[activation],
            };
            let good = seeded.numbers(rows * k, 1.0);
            let mut x = good.clone();
            for (row, bad) in [1, 4, 8].into_iter().zip(BAD) {
                x[row * k + seeded.below(k)] = bad;
            }
            for isa in Isa::available() {
                for product in [Product::F32, Product::Int8] {
                    let layer = Linear::new(isa, product, &spec).expect("a layer");
                    let run = |x: &[f32]| {
                        let mut y = vec![0.0; rows * n];
                        layer.run(
                            rows,
                            x,
                            Some(&vec![1.0; rows * n]),
                            &mut [&mut y],
                            &mut Scratch::default(),
                        );
                        y
                    };
                    let (good, y) = (run(&good), run(&x));
                    for row in 0..rows {
                        let (good, y) = (&good[row * n..][..n], &y[row * n..][..n]);
                        if [1, 4, 8].contains(&row) {
                            assert!(
                                y.iter().all(|y| y.is_nan()),
                                "{isa} {product:?} {activation:?} {norms} {y:?}"
                            );
                        } else {
                            assert_eq!(
                                difference(good, y),
                                None,
                                "{isa} {product:?} {activation:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn images() {
    let mut seeded = Seeded::new(52);
    let weights = [
        seeded.numbers(3 * 20 * 9, 0.3),
        seeded.numbers(20 * 5 * 9, 0.1),
    ];
    let layer = |i: usize| ConvolutionSpec {
        cin: [3, 20][i],
        cout: [20, 5][i],
        kernel: [3, 3],
        stride: [2, 2],
        padding: [1; 4],
        weights: &weights[i],
        scales: None,
        bias: None,
        activation: Activation::Relu,
    };
    for isa in Isa::available() {
        for product in [Product::F32, Product::Int8] {
            let layers = [layer(0), layer(1)];
            let chain = Convolutions::new(isa, product, [8, 8], &layers).expect("a chain");
            for bad in BAD {
                let mut x = seeded.numbers(2 * 192, 1.0);
                x[191] = bad;
                let mut y = vec![0.0; 2 * 20];
                chain.run(2, &x, &mut y, &mut Scratch::default());
                assert!(
                    y[..20].iter().all(|y| y.is_nan()),
                    "{isa} {product:?} {bad} {y:?}"
                );
                assert!(
                    y[20..].iter().all(|y| y.is_finite()),
                    "{isa} {product:?} {bad}"
                );
            }
        }
    }
}

#[test]
fn attended_tokens() {
    let mut seeded = Seeded::new(53);
    for tokens in [3, 20] {
        let view = View {
            strides: [2 * tokens * 16, 16, 32, 1],
        };
        let of = Attention {
            heads: 2,
            queries: tokens,
            keys: tokens,
            channels: 16,
            value_channels: 16,
            scale: 0.25,
            mask: None,
            q: view,
            k: view,
            v: view,
            out: view,
        };
        let n = 2 * tokens * 16;
        for isa in Isa::available() {
            for bad in BAD {
                for which in 0..3 {
                    let mut inputs = [(); 3].map(|()| seeded.numbers(2 * n, 1.0));
                    // First entry, second token, second head.
                    inputs[which][32 + 16 + 3] = bad;
                    let [q, k, v] = &inputs;
                    let mut y = vec![0.0; 2 * n];
                    of.run(isa, 2, q, k, v, &mut y, &mut Scratch::default());
                    for (i, y) in y.iter().enumerate() {
                        let poisoned = i < n && i / 16 % 2 == 1 && (which > 0 || i / 32 == 1);
                        assert_eq!(
                            y.is_nan(),
                            poisoned,
                            "{isa} {bad} input {which} at {i}: {y}"
                        );
                    }
                }
            }
        }
    }
}
