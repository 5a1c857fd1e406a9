//! Sixteen lanes as an array: the reference.

use std::array::from_fn;

use super::{Lanes, WIDTH};

/// Portable lanes.
#[derive(Clone, Copy)]
pub struct Scalar;

type F = [f32; WIDTH];
type I = [i32; WIDTH];

#[inline(always)]
fn fold(mut a: F, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = WIDTH / 2;
    while half > 0 {
        for lane in 0..half {
            a[lane] = join(a[lane], a[lane + half]);
        }
        half /= 2;
    }
    a[0]
}

// SAFETY of the trait's methods: only loads and stores need care, and their memory is the caller's promise.
impl Lanes for Scalar {
    type F = F;
    type I = I;
    type M = [bool; WIDTH];

    #[inline(always)]
    unsafe fn splat(x: f32) -> F {
        [x; WIDTH]
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> F {
        unsafe { p.cast::<F>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: F) {
        unsafe { p.cast::<F>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn load_part(p: *const f32, n: usize) -> F {
        from_fn(|lane| {
            if lane < n {
                unsafe { p.add(lane).read_unaligned() }
            } else {
                0.0
            }
        })
    }
    #[inline(always)]
    unsafe fn store_part(p: *mut f32, n: usize, v: F) {
        for (lane, x) in v.into_iter().take(n).enumerate() {
            unsafe { p.add(lane).write_unaligned(x) }
        }
    }
    #[inline(always)]
    unsafe fn add(a: F, b: F) -> F {
        from_fn(|i| a[i] + b[i])
    }
    #[inline(always)]
    unsafe fn sub(a: F, b: F) -> F {
        from_fn(|i| a[i] - b[i])
    }
    #[inline(always)]
    unsafe fn mul(a: F, b: F) -> F {
        from_fn(|i| a[i] * b[i])
    }
    #[inline(always)]
    unsafe fn div(a: F, b: F) -> F {
        from_fn(|i| a[i] / b[i])
    }
    #[inline(always)]
    unsafe fn fma(a: F, b: F, c: F) -> F {
        from_fn(|i| a[i].mul_add(b[i], c[i]))
    }
    #[inline(always)]
    unsafe fn min(a: F, b: F) -> F {
        from_fn(|i| if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn max(a: F, b: F) -> F {
        from_fn(|i| if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn round(a: F) -> F {
        a.map(f32::round_ties_even)
    }
    #[inline(always)]
    unsafe fn splat_i(x: i32) -> I {
        [x; WIDTH]
    }
    #[inline(always)]
    unsafe fn load_i(p: *const i32) -> I {
        unsafe { p.cast::<I>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store_i(p: *mut i32, v: I) {
        unsafe { p.cast::<I>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn add_i(a: I, b: I) -> I {
        from_fn(|i| a[i].wrapping_add(b[i]))
    }
    #[inline(always)]
    unsafe fn sub_i(a: I, b: I) -> I {
        from_fn(|i| a[i].wrapping_sub(b[i]))
    }
    #[inline(always)]
    unsafe fn mul_i(a: I, b: I) -> I {
        from_fn(|i| a[i].wrapping_mul(b[i]))
    }
    #[inline(always)]
    unsafe fn exponent(a: I) -> I {
        a.map(|x| x << 23)
    }
    #[inline(always)]
    unsafe fn to_f(a: I) -> F {
        a.map(|x| x as f32)
    }
    #[inline(always)]
    unsafe fn nearest(a: F) -> I {
        a.map(|x| x.round_ties_even() as i32)
    }
    #[inline(always)]
    unsafe fn bits(a: F) -> I {
        a.map(|x| x.to_bits() as i32)
    }
    #[inline(always)]
    unsafe fn of_bits(a: I) -> F {
        a.map(|x| f32::from_bits(x as u32))
    }
    #[inline(always)]
    unsafe fn and(a: I, b: I) -> I {
        from_fn(|i| a[i] & b[i])
    }
    #[inline(always)]
    unsafe fn or(a: I, b: I) -> I {
        from_fn(|i| a[i] | b[i])
    }
    #[inline(always)]
    unsafe fn less(a: F, b: F) -> Self::M {
        from_fn(|i| a[i] < b[i])
    }
    #[inline(always)]
    unsafe fn first(n: usize) -> Self::M {
        from_fn(|i| i < n)
    }
    #[inline(always)]
    unsafe fn select(m: Self::M, yes: F, no: F) -> F {
        from_fn(|i| if m[i] { yes[i] } else { no[i] })
    }
    #[inline(always)]
    unsafe fn sum(a: F) -> f32 {
        fold(a, |x, y| x + y)
    }
    #[inline(always)]
    unsafe fn least(a: F) -> f32 {
        fold(a, |x, y| if x < y { x } else { y })
    }
    #[inline(always)]
    unsafe fn greatest(a: F) -> f32 {
        fold(a, |x, y| if x > y { x } else { y })
    }
}
