//! Sixteen lanes in two 256-bit registers: AVX2 and FMA.

use std::arch::x86_64::*;

use super::{Lanes, WIDTH};

/// AVX2 lanes.
#[derive(Clone, Copy)]
pub struct Avx2;

type F = [__m256; 2];
type I = [__m256i; 2];

/// Sixteen set lanes, then sixteen clear ones: the mask of the first n begins at 16 - n.
static MASKS: [i32; 2 * WIDTH] = {
    let mut masks = [0; 2 * WIDTH];
    let mut lane = 0;
    while lane < WIDTH {
        masks[lane] = -1;
        lane += 1;
    }
    masks
};

macro_rules! both {
    ($f:path; $($x:expr),+) => { [unsafe { $f($($x[0]),+) }, unsafe { $f($($x[1]),+) }] };
}

#[inline(always)]
unsafe fn mask(n: usize) -> I {
    // SAFETY: n <= 16, so the sixteen numbers from 16 - n on are inside the table.
    unsafe { Avx2::load_i(MASKS.as_ptr().add(WIDTH - n)) }
}

/// One fold down from eight lanes.
macro_rules! fold {
    ($join:ident, $single:ident, $a:expr) => {{
        let eight = $join($a[0], $a[1]);
        let four = $single(
            _mm256_castps256_ps128(eight),
            _mm256_extractf128_ps::<1>(eight),
        );
        let two = $single(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32($single(two, _mm_shuffle_ps::<1>(two, two)))
    }};
}

// SAFETY of the bodies: the processor has AVX2 and FMA, and memory is there, by the trait's contract.
impl Lanes for Avx2 {
    type F = F;
    type I = I;
    type M = F;

    #[inline(always)]
    unsafe fn splat(x: f32) -> F {
        [unsafe { _mm256_set1_ps(x) }; 2]
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> F {
        unsafe { [_mm256_loadu_ps(p), _mm256_loadu_ps(p.add(8))] }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: F) {
        unsafe {
            _mm256_storeu_ps(p, v[0]);
            _mm256_storeu_ps(p.add(8), v[1]);
        }
    }
    #[inline(always)]
    unsafe fn load_part(p: *const f32, n: usize) -> F {
        unsafe {
            let m = mask(n);
            [
                _mm256_maskload_ps(p, m[0]),
                _mm256_maskload_ps(p.wrapping_add(8), m[1]),
            ]
        }
    }
    #[inline(always)]
    unsafe fn store_part(p: *mut f32, n: usize, v: F) {
        unsafe {
            let m = mask(n);
            _mm256_maskstore_ps(p, m[0], v[0]);
            _mm256_maskstore_ps(p.wrapping_add(8), m[1], v[1]);
        }
    }
    #[inline(always)]
    unsafe fn add(a: F, b: F) -> F {
        both!(_mm256_add_ps; a, b)
    }
    #[inline(always)]
    unsafe fn sub(a: F, b: F) -> F {
        both!(_mm256_sub_ps; a, b)
    }
    #[inline(always)]
    unsafe fn mul(a: F, b: F) -> F {
        both!(_mm256_mul_ps; a, b)
    }
    #[inline(always)]
    unsafe fn div(a: F, b: F) -> F {
        both!(_mm256_div_ps; a, b)
    }
    #[inline(always)]
    unsafe fn fma(a: F, b: F, c: F) -> F {
        both!(_mm256_fmadd_ps; a, b, c)
    }
    #[inline(always)]
    unsafe fn min(a: F, b: F) -> F {
        both!(_mm256_min_ps; a, b)
    }
    #[inline(always)]
    unsafe fn max(a: F, b: F) -> F {
        both!(_mm256_max_ps; a, b)
    }
    #[inline(always)]
    unsafe fn splat_i(x: i32) -> I {
        [unsafe { _mm256_set1_epi32(x) }; 2]
    }
    #[inline(always)]
    unsafe fn load_i(p: *const i32) -> I {
        unsafe {
            [
                _mm256_loadu_si256(p.cast()),
                _mm256_loadu_si256(p.add(8).cast()),
            ]
        }
    }
    #[inline(always)]
    unsafe fn store_i(p: *mut i32, v: I) {
        unsafe {
            _mm256_storeu_si256(p.cast(), v[0]);
            _mm256_storeu_si256(p.add(8).cast(), v[1]);
        }
    }
    #[inline(always)]
    unsafe fn exponent(a: I) -> I {
        both!(_mm256_slli_epi32::<23>; a)
    }
    #[inline(always)]
    unsafe fn to_f(a: I) -> F {
        both!(_mm256_cvtepi32_ps; a)
    }
    #[inline(always)]
    unsafe fn nearest(a: F) -> I {
        both!(_mm256_cvtps_epi32; a)
    }
    #[inline(always)]
    unsafe fn bits(a: F) -> I {
        both!(_mm256_castps_si256; a)
    }
    #[inline(always)]
    unsafe fn of_bits(a: I) -> F {
        both!(_mm256_castsi256_ps; a)
    }
    #[inline(always)]
    unsafe fn min_i(a: I, b: I) -> I {
        both!(_mm256_min_epi32; a, b)
    }
    #[inline(always)]
    unsafe fn max_i(a: I, b: I) -> I {
        both!(_mm256_max_epi32; a, b)
    }
    #[inline(always)]
    unsafe fn and(a: I, b: I) -> I {
        both!(_mm256_and_si256; a, b)
    }
    #[inline(always)]
    unsafe fn or(a: I, b: I) -> I {
        both!(_mm256_or_si256; a, b)
    }
    #[inline(always)]
    unsafe fn less(a: F, b: F) -> F {
        both!(_mm256_cmp_ps::<_CMP_LT_OQ>; a, b)
    }
    #[inline(always)]
    unsafe fn first(n: usize) -> F {
        unsafe { Self::of_bits(mask(n)) }
    }
    #[inline(always)]
    unsafe fn select(m: F, yes: F, no: F) -> F {
        both!(_mm256_blendv_ps; no, yes, m)
    }
    #[inline(always)]
    unsafe fn sum(a: F) -> f32 {
        unsafe { fold!(_mm256_add_ps, _mm_add_ps, a) }
    }
    #[inline(always)]
    unsafe fn least(a: F) -> f32 {
        unsafe { fold!(_mm256_min_ps, _mm_min_ps, a) }
    }
    #[inline(always)]
    unsafe fn greatest(a: F) -> f32 {
        unsafe { fold!(_mm256_max_ps, _mm_max_ps, a) }
    }
}
