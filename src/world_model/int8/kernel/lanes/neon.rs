//! Sixteen lanes in four 128-bit registers: NEON of ARM64.

use std::arch::aarch64::*;

use super::{Lanes, WIDTH};

/// NEON lanes.
#[derive(Clone, Copy)]
pub struct Neon;

type F = [float32x4_t; 4];
type I = [int32x4_t; 4];

macro_rules! all {
    ($f:path; $($x:expr),+) => {
        unsafe { [$f($($x[0]),+), $f($($x[1]),+), $f($($x[2]),+), $f($($x[3]),+)] }
    };
}

/// One fold down from sixteen lanes.
macro_rules! fold {
    ($join:path, $single:expr, $a:expr) => {{
        let eight = [$join($a[0], $a[2]), $join($a[1], $a[3])];
        let four = $join(eight[0], eight[1]);
        let mut lanes = [0.0f32; 4];
        vst1q_f32(lanes.as_mut_ptr(), four);
        $single($single(lanes[0], lanes[2]), $single(lanes[1], lanes[3]))
    }};
}

#[inline(always)]
unsafe fn lesser(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    unsafe { vbslq_f32(vcltq_f32(a, b), a, b) }
}
#[inline(always)]
unsafe fn greater(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    unsafe { vbslq_f32(vcgtq_f32(a, b), a, b) }
}
#[inline(always)]
unsafe fn multiply_add(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
    unsafe { vfmaq_f32(c, a, b) }
}
#[inline(always)]
unsafe fn to_exponent(a: int32x4_t) -> int32x4_t {
    unsafe { vshlq_n_s32::<23>(a) }
}
#[inline(always)]
unsafe fn choose(m: uint32x4_t, yes: float32x4_t, no: float32x4_t) -> float32x4_t {
    unsafe { vbslq_f32(m, yes, no) }
}

// SAFETY of the bodies: ARM64 has NEON, and memory is there, by the trait's contract.
impl Lanes for Neon {
    type F = F;
    type I = I;
    type M = [uint32x4_t; 4];

    #[inline(always)]
    unsafe fn splat(x: f32) -> F {
        [unsafe { vdupq_n_f32(x) }; 4]
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> F {
        unsafe {
            [
                vld1q_f32(p),
                vld1q_f32(p.add(4)),
                vld1q_f32(p.add(8)),
                vld1q_f32(p.add(12)),
            ]
        }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: F) {
        for (i, v) in v.into_iter().enumerate() {
            unsafe { vst1q_f32(p.add(4 * i), v) }
        }
    }
    #[inline(always)]
    unsafe fn load_part(p: *const f32, n: usize) -> F {
        let mut lanes = [0.0; WIDTH];
        unsafe {
            std::ptr::copy_nonoverlapping(p, lanes.as_mut_ptr(), n);
            Self::load(lanes.as_ptr())
        }
    }
    #[inline(always)]
    unsafe fn store_part(p: *mut f32, n: usize, v: F) {
        let mut lanes = [0.0; WIDTH];
        unsafe {
            Self::store(lanes.as_mut_ptr(), v);
            std::ptr::copy_nonoverlapping(lanes.as_ptr(), p, n);
        }
    }
    #[inline(always)]
    unsafe fn add(a: F, b: F) -> F {
        all!(vaddq_f32; a, b)
    }
    #[inline(always)]
    unsafe fn sub(a: F, b: F) -> F {
        all!(vsubq_f32; a, b)
    }
    #[inline(always)]
    unsafe fn mul(a: F, b: F) -> F {
        all!(vmulq_f32; a, b)
    }
    #[inline(always)]
    unsafe fn div(a: F, b: F) -> F {
        all!(vdivq_f32; a, b)
    }
    #[inline(always)]
    unsafe fn fma(a: F, b: F, c: F) -> F {
        all!(multiply_add; a, b, c)
    }
    #[inline(always)]
    unsafe fn min(a: F, b: F) -> F {
        all!(lesser; a, b)
    }
    #[inline(always)]
    unsafe fn max(a: F, b: F) -> F {
        all!(greater; a, b)
    }
    #[inline(always)]
    unsafe fn splat_i(x: i32) -> I {
        [unsafe { vdupq_n_s32(x) }; 4]
    }
    #[inline(always)]
    unsafe fn load_i(p: *const i32) -> I {
        unsafe {
            [
                vld1q_s32(p),
                vld1q_s32(p.add(4)),
                vld1q_s32(p.add(8)),
                vld1q_s32(p.add(12)),
            ]
        }
    }
    #[inline(always)]
    unsafe fn store_i(p: *mut i32, v: I) {
        for (i, v) in v.into_iter().enumerate() {
            unsafe { vst1q_s32(p.add(4 * i), v) }
        }
    }
    #[inline(always)]
    unsafe fn exponent(a: I) -> I {
        all!(to_exponent; a)
    }
    #[inline(always)]
    unsafe fn to_f(a: I) -> F {
        all!(vcvtq_f32_s32; a)
    }
    #[inline(always)]
    unsafe fn nearest(a: F) -> I {
        all!(vcvtnq_s32_f32; a)
    }
    #[inline(always)]
    unsafe fn bits(a: F) -> I {
        all!(vreinterpretq_s32_f32; a)
    }
    #[inline(always)]
    unsafe fn of_bits(a: I) -> F {
        all!(vreinterpretq_f32_s32; a)
    }
    #[inline(always)]
    unsafe fn min_i(a: I, b: I) -> I {
        all!(vminq_s32; a, b)
    }
    #[inline(always)]
    unsafe fn max_i(a: I, b: I) -> I {
        all!(vmaxq_s32; a, b)
    }
    #[inline(always)]
    unsafe fn and(a: I, b: I) -> I {
        all!(vandq_s32; a, b)
    }
    #[inline(always)]
    unsafe fn or(a: I, b: I) -> I {
        all!(vorrq_s32; a, b)
    }
    #[inline(always)]
    unsafe fn less(a: F, b: F) -> Self::M {
        all!(vcltq_f32; a, b)
    }
    #[inline(always)]
    unsafe fn first(n: usize) -> Self::M {
        let mut lanes = [0u32; WIDTH];
        lanes[..n].fill(u32::MAX);
        let at = |i: usize| unsafe { vld1q_u32(lanes.as_ptr().add(4 * i)) };
        [at(0), at(1), at(2), at(3)]
    }
    #[inline(always)]
    unsafe fn select(m: Self::M, yes: F, no: F) -> F {
        all!(choose; m, yes, no)
    }
    #[inline(always)]
    unsafe fn sum(a: F) -> f32 {
        unsafe { fold!(vaddq_f32, |x: f32, y: f32| x + y, a) }
    }
    #[inline(always)]
    unsafe fn least(a: F) -> f32 {
        unsafe { fold!(lesser, |x: f32, y: f32| if x < y { x } else { y }, a) }
    }
    #[inline(always)]
    unsafe fn greatest(a: F) -> f32 {
        unsafe { fold!(greater, |x: f32, y: f32| if x > y { x } else { y }, a) }
    }
}
