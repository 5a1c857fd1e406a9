//! What the tests share.

use kernels::kernel::*;
use kernels::seeded::Seeded;

pub const ACTIVATIONS: [Activation; 7] = [
    Activation::Identity,
    Activation::Relu,
    Activation::Silu,
    Activation::GeluErf,
    Activation::GeluTanh,
    Activation::Sigmoid,
    Activation::Tanh,
];

/// An activation in f64, by its definition.
pub fn plain(activation: Activation, x: f64) -> f64 {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    match activation {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::Silu => x * sigmoid(x),
        Activation::GeluErf => 0.5 * x * (1.0 + erf(x / 2f64.sqrt())),
        Activation::GeluTanh => {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        }
        Activation::Sigmoid => sigmoid(x),
        Activation::Tanh => x.tanh(),
    }
}

/// The error function by its series and, above 3, its continued fraction.
pub fn erf(x: f64) -> f64 {
    let size = x.abs();
    let y = if size < 3.0 {
        let (mut term, mut sum) = (size, size);
        for n in 1..200 {
            term *= -size * size / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    } else {
        let mut fraction = size;
        for n in (1..60).rev() {
            fraction = size + 0.5 * f64::from(n) / fraction;
        }
        1.0 - (-size * size).exp() / (fraction * std::f64::consts::PI.sqrt())
    };
    y.copysign(x)
}

/// The first place where bits differ; NaN is NaN.
pub fn difference(a: &[f32], b: &[f32]) -> Option<(usize, f32, f32)> {
    assert_eq!(a.len(), b.len());
    let differ = |(a, b): (&f32, &f32)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan());
    let at = a.iter().zip(b).position(differ)?;
    Some((at, a[at], b[at]))
}

/// Numbers of one of several kinds: ordinary, huge, tiny, denormal, constant, all negative, mostly zero, integers
/// with ties.
pub fn awkward(seeded: &mut Seeded, n: usize) -> Vec<f32> {
    let kind = seeded.below(10);
    let mut numbers = seeded.numbers(n, 3.0);
    for x in &mut numbers {
        *x = match kind {
            0 => *x * 1e37,
            1 => *x * 1e-30,
            2 => *x * 1e-40,
            3 => 2.5,
            4 => -x.abs() - 0.1,
            5 => {
                if seeded.below(20) > 0 {
                    0.0
                } else {
                    *x
                }
            }
            6 => (*x * 40.0).round() / 2.0,
            7 => -1.0,
            _ => *x,
        };
    }
    numbers
}

pub fn norm(seeded: &mut Seeded, width: usize) -> Norm {
    let row = |seeded: &mut Seeded| -> Option<Numbers> {
        (seeded.below(4) > 0).then(|| seeded.numbers(width, 1.5).as_slice().into())
    };
    Norm {
        centred: seeded.below(2) == 0,
        epsilon: 1e-5,
        gain: row(seeded),
        bias: row(seeded),
    }
}

/// A norm in f64.
pub fn plain_norm(norm: &Norm, x: &[f64]) -> Vec<f64> {
    let n = x.len() as f64;
    let mean = if norm.centred {
        x.iter().sum::<f64>() / n
    } else {
        0.0
    };
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let deviation = (variance + f64::from(norm.epsilon)).sqrt();
    x.iter()
        .enumerate()
        .map(|(i, x)| {
            let gain = norm.gain.as_ref().map_or(1.0, |gain| f64::from(gain[i]));
            (x - mean) / deviation * gain
                + norm.bias.as_ref().map_or(0.0, |bias| f64::from(bias[i]))
        })
        .collect()
}

pub fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

/// |a - b| / |b| of two vectors; where all of b is small, of its hundredth numbers.
pub fn relative_error(found: &[f32], truth: &[f64]) -> f64 {
    let square = |x: f64| x * x;
    let error: f64 = found
        .iter()
        .zip(truth)
        .map(|(&a, b)| square(f64::from(a) - b))
        .sum();
    let size: f64 = truth.iter().map(|&b| square(b)).sum();
    (error / size.max(1e-4 * truth.len() as f64)).sqrt()
}
