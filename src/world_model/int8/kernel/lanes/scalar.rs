//! Sixteen lanes as an array: the reference. Not forced inline, as its unrolled loops are long.

use super::{Lanes, WIDTH};

/// Portable lanes.
#[derive(Clone, Copy)]
pub struct Scalar;

type F = [f32; WIDTH];
type I = [i32; WIDTH];

macro_rules! each {
    ($lane:ident => $x:expr) => {{
        let mut y = [Default::default(); WIDTH];
        for $lane in 0..WIDTH {
            y[$lane] = $x;
        }
        y
    }};
}

#[inline]
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

    #[inline]
    unsafe fn splat(x: f32) -> F {
        [x; WIDTH]
    }
    #[inline]
    unsafe fn load(p: *const f32) -> F {
        unsafe { p.cast::<F>().read_unaligned() }
    }
    #[inline]
    unsafe fn store(p: *mut f32, v: F) {
        unsafe { p.cast::<F>().write_unaligned(v) }
    }
    #[inline]
    unsafe fn load_part(p: *const f32, n: usize) -> F {
        let mut y = [0.0; WIDTH];
        for (lane, y) in y.iter_mut().take(n).enumerate() {
            *y = unsafe { p.add(lane).read_unaligned() };
        }
        y
    }
    #[inline]
    unsafe fn store_part(p: *mut f32, n: usize, v: F) {
        for (lane, x) in v.into_iter().take(n).enumerate() {
            unsafe { p.add(lane).write_unaligned(x) }
        }
    }
    #[inline]
    unsafe fn add(a: F, b: F) -> F {
        each!(i => a[i] + b[i])
    }
    #[inline]
    unsafe fn sub(a: F, b: F) -> F {
        each!(i => a[i] - b[i])
    }
    #[inline]
    unsafe fn mul(a: F, b: F) -> F {
        each!(i => a[i] * b[i])
    }
    #[inline]
    unsafe fn div(a: F, b: F) -> F {
        each!(i => a[i] / b[i])
    }
    #[inline(never)]
    unsafe fn fma(a: F, b: F, c: F) -> F {
        each!(i => a[i].mul_add(b[i], c[i]))
    }
    #[inline]
    unsafe fn min(a: F, b: F) -> F {
        each!(i => if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline]
    unsafe fn max(a: F, b: F) -> F {
        each!(i => if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline]
    unsafe fn splat_i(x: i32) -> I {
        [x; WIDTH]
    }
    #[inline]
    unsafe fn load_i(p: *const i32) -> I {
        unsafe { p.cast::<I>().read_unaligned() }
    }
    #[inline]
    unsafe fn store_i(p: *mut i32, v: I) {
        unsafe { p.cast::<I>().write_unaligned(v) }
    }
    #[inline]
    unsafe fn exponent(a: I) -> I {
        each!(i => a[i] << 23)
    }
    #[inline]
    unsafe fn to_f(a: I) -> F {
        each!(i => a[i] as f32)
    }
    #[inline(never)]
    unsafe fn nearest(a: F) -> I {
        each!(i => a[i].round_ties_even() as i32)
    }
    #[inline]
    unsafe fn bits(a: F) -> I {
        each!(i => a[i].to_bits() as i32)
    }
    #[inline]
    unsafe fn of_bits(a: I) -> F {
        each!(i => f32::from_bits(a[i] as u32))
    }
    #[inline]
    unsafe fn min_i(a: I, b: I) -> I {
        each!(i => a[i].min(b[i]))
    }
    #[inline]
    unsafe fn max_i(a: I, b: I) -> I {
        each!(i => a[i].max(b[i]))
    }
    #[inline]
    unsafe fn and(a: I, b: I) -> I {
        each!(i => a[i] & b[i])
    }
    #[inline]
    unsafe fn or(a: I, b: I) -> I {
        each!(i => a[i] | b[i])
    }
    #[inline]
    unsafe fn less(a: F, b: F) -> Self::M {
        each!(i => a[i] < b[i])
    }
    #[inline]
    unsafe fn first(n: usize) -> Self::M {
        each!(i => i < n)
    }
    #[inline]
    unsafe fn select(m: Self::M, yes: F, no: F) -> F {
        each!(i => if m[i] { yes[i] } else { no[i] })
    }
    #[inline]
    unsafe fn sum(a: F) -> f32 {
        fold(a, |x, y| x + y)
    }
    #[inline]
    unsafe fn least(a: F) -> f32 {
        fold(a, |x, y| if x < y { x } else { y })
    }
    #[inline]
    unsafe fn greatest(a: F) -> f32 {
        fold(a, |x, y| if x > y { x } else { y })
    }
}
