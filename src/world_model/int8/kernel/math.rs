//! Elementary functions on sixteen lanes. A NaN in a lane stays NaN.
//!
//! Polynomials are minimax fits (Remez) or from the sources named; errors are measured in `tests/kernels`.

use std::f32::consts::LOG2_E;

use super::lanes::Lanes;

/// ln 2 as a sum of two f32.
const LN2: [f32; 2] = [std::f32::consts::LN_2, -1.904_654_3e-9];
/// (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2; the exponential's relative error is 1.1e-7.
const EXP: [f32; 4] = [0.499_992_3, 0.166_671_16, 0.041_890_327, 0.008_312_478];
/// Added to a number of moderate size it leaves the nearest integer (ties to even) in the low bits, 127 more, as a
/// float's exponent has it.
const TO_EXPONENT: f32 = 12_582_912.0 + 127.0;
/// Between these e^x is a normal number.
const LOWEST: f32 = -87.0;
const HIGHEST: f32 = 88.0;

/// `c[0] + c[1] x + ...`
#[inline(always)]
unsafe fn polynomial<V: Lanes, const N: usize>(c: [f32; N], x: V::F) -> V::F {
    // SAFETY: as the caller's, here and in this file: the processor has the instruction set.
    unsafe {
        let mut sum = V::splat(c[N - 1]);
        for degree in (0..N - 1).rev() {
            sum = V::fma(sum, x, V::splat(c[degree]));
        }
        sum
    }
}

/// x within `low` and `high`; NaN stays.
#[inline(always)]
unsafe fn clamp<V: Lanes>(x: V::F, low: f32, high: f32) -> V::F {
    unsafe { V::max(V::splat(low), V::min(V::splat(high), x)) }
}

/// e^x for x clamped to -87..=88.
#[inline(always)]
unsafe fn exp_clamped<V: Lanes>(x: V::F) -> V::F {
    unsafe {
        // 2^n e^r, the second as 1 + (e^r - 1).
        let x = clamp::<V>(x, LOWEST, HIGHEST);
        let shifted = V::fma(x, V::splat(LOG2_E), V::splat(TO_EXPONENT));
        let n = V::sub(shifted, V::splat(TO_EXPONENT));
        let r = V::fma(n, V::splat(-LN2[0]), x);
        let r = V::fma(n, V::splat(-LN2[1]), r);
        let tail = V::mul(r, polynomial::<V, 4>(EXP, r));
        let power = V::of_bits(V::exponent(V::bits(shifted)));
        V::fma(power, V::fma(tail, r, r), power)
    }
}

/// e^x for x <= 0; zero below -87.
#[inline(always)]
pub unsafe fn exp<V: Lanes>(x: V::F) -> V::F {
    unsafe {
        let y = exp_clamped::<V>(x);
        V::select(V::less(x, V::splat(LOWEST)), V::splat(0.0), y)
    }
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub unsafe fn sigmoid<V: Lanes>(x: V::F) -> V::F {
    unsafe { V::div(V::splat(1.0), one_plus_exp_of_minus::<V>(x)) }
}

/// x / (1 + e^-x).
#[inline(always)]
pub unsafe fn silu<V: Lanes>(x: V::F) -> V::F {
    unsafe { V::div(x, one_plus_exp_of_minus::<V>(x)) }
}

/// 1 + e^-x, for x clamped to -88..=87.
#[inline(always)]
unsafe fn one_plus_exp_of_minus<V: Lanes>(x: V::F) -> V::F {
    // The same polynomial in -r: signs of odd powers change, and the two ones are joined to it.
    const EXP_OF_MINUS: [f32; 6] = [1.0, -1.0, EXP[0], -EXP[1], EXP[2], -EXP[3]];
    unsafe {
        let x = clamp::<V>(x, -HIGHEST, -LOWEST);
        let shifted = V::fma(x, V::splat(-LOG2_E), V::splat(TO_EXPONENT));
        let n = V::sub(shifted, V::splat(TO_EXPONENT));
        let r = V::fma(n, V::splat(LN2[0]), x);
        let r = V::fma(n, V::splat(LN2[1]), r);
        let power = V::of_bits(V::exponent(V::bits(shifted)));
        V::fma(power, polynomial::<V, 6>(EXP_OF_MINUS, r), V::splat(1.0))
    }
}

#[inline(always)]
unsafe fn absolute<V: Lanes>(x: V::F) -> V::F {
    unsafe { V::of_bits(V::and(V::bits(x), V::splat_i(i32::MAX))) }
}

/// The hyperbolic tangent: Cephes' `tanhf` (S. Moshier), a polynomial below 0.625, exponentials above.
#[inline(always)]
pub unsafe fn tanh<V: Lanes>(x: V::F) -> V::F {
    const SMALL: [f32; 5] = [
        -0.333_332_8,
        0.133_314_42,
        -0.053_739_715,
        0.020_639_09,
        -0.005_704_988_7,
    ];
    unsafe {
        let square = V::mul(x, x);
        let small = V::fma(V::mul(square, polynomial::<V, 5>(SMALL, square)), x, x);
        let size = absolute::<V>(x);
        let doubled = V::min(V::splat(40.0), V::add(size, size));
        let below_one = V::div(
            V::splat(2.0),
            V::add(exp_clamped::<V>(doubled), V::splat(1.0)),
        );
        let large = V::sub(V::splat(1.0), below_one);
        let sign = V::and(V::bits(x), V::splat_i(i32::MIN));
        let large = V::of_bits(V::or(V::bits(large), sign));
        V::select(V::less(size, V::splat(0.625)), small, large)
    }
}

/// The error function: the rational approximation of Eigen and XLA (`ErfImpl32`); from 3.92 on 1, to which it
/// rounds.
#[inline(always)]
unsafe fn erf<V: Lanes>(x: V::F) -> V::F {
    const UPPER: [f32; 7] = [
        -1.609_603_3e-2,
        -2.954_6e-3,
        -7.349_906_3e-4,
        -5.692_506_4e-5,
        -2.101_024e-6,
        2.770_681_4e-8,
        -2.726_142_3e-10,
    ];
    const LOWER: [f32; 5] = [
        -1.426_473_9e-2,
        -7.373_329e-3,
        -1.682_827e-3,
        -2.133_740_5e-4,
        -1.456_607_2e-5,
    ];
    unsafe {
        let near = clamp::<V>(x, -4.0, 4.0);
        let square = V::mul(near, near);
        let upper = V::mul(near, polynomial::<V, 7>(UPPER, square));
        let y = V::div(upper, polynomial::<V, 5>(LOWER, square));
        let y = V::select(V::less(V::splat(3.92), x), V::splat(1.0), y);
        V::select(V::less(x, V::splat(-3.92)), V::splat(-1.0), y)
    }
}

/// x (1 + erf(x / sqrt 2)) / 2.
#[inline(always)]
pub unsafe fn gelu_erf<V: Lanes>(x: V::F) -> V::F {
    unsafe {
        let half = V::mul(x, V::splat(0.5));
        V::fma(
            half,
            erf::<V>(V::mul(x, V::splat(std::f32::consts::FRAC_1_SQRT_2))),
            half,
        )
    }
}

/// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 = x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)).
#[inline(always)]
pub unsafe fn gelu_tanh<V: Lanes>(x: V::F) -> V::F {
    const SLOPE: f32 = 1.595_769;
    unsafe {
        let inner = V::fma(V::mul(x, x), V::splat(0.044_715 * SLOPE), V::splat(SLOPE));
        V::div(x, one_plus_exp_of_minus::<V>(V::mul(x, inner)))
    }
}
