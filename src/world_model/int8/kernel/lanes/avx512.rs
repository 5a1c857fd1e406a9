//! Sixteen lanes in one 512-bit register: AVX-512 F, BW, VL and DQ.

use std::arch::x86_64::*;

use super::Lanes;

/// AVX-512 lanes.
#[derive(Clone, Copy)]
pub struct Avx512;

type F = __m512;
type I = __m512i;

#[inline(always)]
fn mask(n: usize) -> __mmask16 {
    ((1u32 << n) - 1) as __mmask16
}

/// One fold down from sixteen lanes.
macro_rules! fold {
    ($join:ident, $single:ident, $a:expr) => {{
        let eight = $join(_mm512_castps512_ps256($a), _mm512_extractf32x8_ps::<1>($a));
        let four = $single(
            _mm256_castps256_ps128(eight),
            _mm256_extractf128_ps::<1>(eight),
        );
        let two = $single(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32($single(two, _mm_shuffle_ps::<1>(two, two)))
    }};
}

// SAFETY of the bodies: the processor has these parts of AVX-512, and memory is there, by the trait's contract.
impl Lanes for Avx512 {
    type F = F;
    type I = I;
    type M = __mmask16;

    #[inline(always)]
    unsafe fn splat(x: f32) -> F {
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> F {
        unsafe { _mm512_loadu_ps(p) }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: F) {
        unsafe { _mm512_storeu_ps(p, v) }
    }
    #[inline(always)]
    unsafe fn load_part(p: *const f32, n: usize) -> F {
        unsafe { _mm512_maskz_loadu_ps(mask(n), p) }
    }
    #[inline(always)]
    unsafe fn store_part(p: *mut f32, n: usize, v: F) {
        unsafe { _mm512_mask_storeu_ps(p, mask(n), v) }
    }
    #[inline(always)]
    unsafe fn add(a: F, b: F) -> F {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sub(a: F, b: F) -> F {
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: F, b: F) -> F {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn div(a: F, b: F) -> F {
        unsafe { _mm512_div_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn fma(a: F, b: F, c: F) -> F {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn min(a: F, b: F) -> F {
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn max(a: F, b: F) -> F {
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn splat_i(x: i32) -> I {
        unsafe { _mm512_set1_epi32(x) }
    }
    #[inline(always)]
    unsafe fn load_i(p: *const i32) -> I {
        unsafe { _mm512_loadu_si512(p.cast()) }
    }
    #[inline(always)]
    unsafe fn store_i(p: *mut i32, v: I) {
        unsafe { _mm512_storeu_si512(p.cast(), v) }
    }
    #[inline(always)]
    unsafe fn exponent(a: I) -> I {
        unsafe { _mm512_slli_epi32::<23>(a) }
    }
    #[inline(always)]
    unsafe fn to_f(a: I) -> F {
        unsafe { _mm512_cvtepi32_ps(a) }
    }
    #[inline(always)]
    unsafe fn nearest(a: F) -> I {
        unsafe { _mm512_cvtps_epi32(a) }
    }
    #[inline(always)]
    unsafe fn bits(a: F) -> I {
        unsafe { _mm512_castps_si512(a) }
    }
    #[inline(always)]
    unsafe fn of_bits(a: I) -> F {
        unsafe { _mm512_castsi512_ps(a) }
    }
    #[inline(always)]
    unsafe fn min_i(a: I, b: I) -> I {
        unsafe { _mm512_min_epi32(a, b) }
    }
    #[inline(always)]
    unsafe fn max_i(a: I, b: I) -> I {
        unsafe { _mm512_max_epi32(a, b) }
    }
    #[inline(always)]
    unsafe fn and(a: I, b: I) -> I {
        unsafe { _mm512_and_si512(a, b) }
    }
    #[inline(always)]
    unsafe fn or(a: I, b: I) -> I {
        unsafe { _mm512_or_si512(a, b) }
    }
    #[inline(always)]
    unsafe fn less(a: F, b: F) -> __mmask16 {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn first(n: usize) -> __mmask16 {
        mask(n)
    }
    #[inline(always)]
    unsafe fn select(m: __mmask16, yes: F, no: F) -> F {
        unsafe { _mm512_mask_blend_ps(m, no, yes) }
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
