//! Activations, norms, softmax and element-wise operations.

use kernels::kernel::*;
use kernels::seeded::Seeded;

use crate::support::*;

/// Numbers around zero, far out, tiny, and not numbers.
fn everywhere() -> Vec<f32> {
    let mut numbers: Vec<f32> = (-4000..4000).map(|i| i as f32 / 150.0).collect();
    numbers.extend((-300..300).map(|i| i as f32 / 2.0));
    numbers.extend([
        0.0,
        -0.0,
        1e-20,
        -1e-20,
        1e-42,
        3e38,
        -3e38,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
    ]);
    numbers
}

#[test]
fn activations() {
    let x = everywhere();
    for activation in ACTIVATIONS {
        let mut truth = x.clone();
        activate(Isa::Scalar, activation, &mut truth);
        for isa in Isa::available().skip(1) {
            let mut y = x.clone();
            activate(isa, activation, &mut y);
            assert_eq!(difference(&truth, &y), None, "{isa} {activation:?}");
        }
        let (mut worst, mut at) = (0.0f64, 0.0);
        for (&x, &y) in x.iter().zip(&truth) {
            // Of an infinity a function may give NaN: its row is not finite anyway.
            assert!(
                x.is_infinite() || x.is_nan() == y.is_nan(),
                "{activation:?} of {x} is {y}"
            );
            if x.abs() > 80.0 || x.is_nan() {
                continue;
            }
            let expected = plain(activation, f64::from(x));
            // Relative for what is not small; for the tails of functions of a difference absolute to x.
            let unit = expected.abs().max(match activation {
                Activation::GeluErf | Activation::GeluTanh => 0.1 * f64::from(x).abs(),
                _ => 1e-30,
            });
            let error = (f64::from(y) - expected).abs() / unit.max(1e-30);
            if error > worst {
                (worst, at) = (error, x);
            }
        }
        eprintln!("{activation:?}: largest error {worst:.1e} at {at}");
        assert!(worst < 6e-6, "{activation:?}: {worst} at {at}");
    }
}

#[test]
fn norms() {
    let mut seeded = Seeded::new(41);
    for case in 0..150 {
        let width = 1 + seeded.below(300);
        let rows = 1 + seeded.below(5);
        let norm = norm(&mut seeded, width);
        let x = awkward(&mut seeded, rows * width);
        let run = |isa| {
            let mut y = vec![7.0; x.len()];
            normalize(isa, &norm, width, &x, &mut y);
            y
        };
        let truth = run(Isa::Scalar);
        for isa in Isa::available().skip(1) {
            assert_eq!(difference(&truth, &run(isa)), None, "{isa} case {case}");
        }
        let moderate = |row: &[f32]| row.iter().all(|x| x.abs() < 1e3);
        for (x, y) in x.chunks(width).zip(truth.chunks(width)) {
            if moderate(x) && x.windows(2).any(|pair| (pair[0] - pair[1]).abs() > 0.1) {
                let error = relative_error(y, &plain_norm(&norm, &wide(x)));
                assert!(error < 3e-6, "{error} case {case}");
            }
        }
    }
}

#[test]
fn softmaxes() {
    let mut seeded = Seeded::new(42);
    for _ in 0..100 {
        let width = 1 + seeded.below(100);
        let x: Vec<f32> = (0..4).flat_map(|_| seeded.numbers(width, 30.0)).collect();
        let run = |isa| {
            let mut y = vec![7.0; x.len()];
            softmax(isa, width, &x, &mut y);
            y
        };
        let truth = run(Isa::Scalar);
        for isa in Isa::available().skip(1) {
            assert_eq!(difference(&truth, &run(isa)), None, "{isa}");
        }
        for (x, y) in x.chunks(width).zip(truth.chunks(width)) {
            let greatest = x.iter().fold(f32::MIN, |a, &b| a.max(b));
            let e: Vec<f64> = x.iter().map(|&x| f64::from(x - greatest).exp()).collect();
            let total: f64 = e.iter().sum();
            let plain: Vec<f64> = e.iter().map(|e| e / total).collect();
            assert!(relative_error(y, &plain) < 1e-6);
        }
    }
}

#[test]
fn far_below_the_greatest_is_nothing() {
    for isa in Isa::available() {
        let mut y = [7.0; 4];
        softmax(isa, 4, &[100.0, 14.0, 12.0, f32::NEG_INFINITY], &mut y);
        assert!(y[0] == 1.0 && y[1] > 0.0 && y[2..] == [0.0, 0.0], "{y:?}");
        for bad in [f32::INFINITY, f32::NAN] {
            softmax(isa, 4, &[0.0, bad, 0.0, -1.0], &mut y);
            assert!(y.iter().all(|y| y.is_nan()), "{isa} {bad} {y:?}");
        }
    }
}

type Plain = fn(f32, f32) -> f32;

#[test]
fn zips() {
    let mut seeded = Seeded::new(43);
    let ops: [(Zip, Plain); 6] = [
        (Zip::Add, |a, b| a + b),
        (Zip::Sub, |a, b| a - b),
        (Zip::Mul, |a, b| a * b),
        (Zip::Div, |a, b| a / b),
        (Zip::Min, |a, b| if a.is_nan() || a < b { a } else { b }),
        (Zip::Max, |a, b| if a.is_nan() || a > b { a } else { b }),
    ];
    for isa in Isa::available() {
        for _ in 0..30 {
            let n = seeded.below(250);
            let (mut a, mut b) = (seeded.numbers(n, 1.0), seeded.numbers(n, 1.0));
            for numbers in [&mut a, &mut b] {
                if n > 0 && seeded.below(2) == 0 {
                    numbers[seeded.below(n)] = f32::NAN;
                }
            }
            let single = seeded.pick(&[0.5, -0.0, f32::NAN]);
            let mut y = vec![0.0; n];
            for (op, plain) in ops {
                zip(isa, op, &a, &b, &mut y);
                let truth: Vec<f32> = a.iter().zip(&b).map(|(&a, &b)| plain(a, b)).collect();
                assert_eq!(difference(&truth, &y), None, "{isa} {op:?}");
                zip_scalar(isa, op, &a, single, &mut y);
                let truth: Vec<f32> = a.iter().map(|&a| plain(a, single)).collect();
                assert_eq!(difference(&truth, &y), None, "{isa} {op:?} {single}");
            }
        }
    }
}
