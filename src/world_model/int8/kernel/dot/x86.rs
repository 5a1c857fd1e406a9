//! Products of x86: exact 16-bit pairs on AVX2, `vpdpbusd` where there is VNNI.

use std::arch::x86_64::*;

use super::super::lanes::{Avx2, Avx512, Lanes};
use super::{Codes, Dot};

type Pair = [__m256i; 2];

/// AVX2: codes as i16, two a unit, weights s8 sign-extended on the way (`vpmovsxbw`), multiplied and added in
/// pairs (`vpmaddwd`). Exact, where `vpmaddubsw` saturates, and with as many products a multiply. Extending costs
/// nothing next to the multiplies of four rows or more: shuffles have execution ports of their own.
pub struct Madd;

#[inline(always)]
unsafe fn multiply_add(sum: Pair, unit: __m256i, weights: Pair) -> Pair {
    // SAFETY: AVX2 is there, by the contract of `Dot`; so below.
    unsafe {
        [
            _mm256_add_epi32(sum[0], _mm256_madd_epi16(unit, weights[0])),
            _mm256_add_epi32(sum[1], _mm256_madd_epi16(unit, weights[1])),
        ]
    }
}

#[inline(always)]
unsafe fn broadcast(p: *const u8) -> __m256i {
    unsafe { _mm256_set1_epi32(p.cast::<i32>().read_unaligned()) }
}

/// Codes of sixteen lanes clamped to 0..=255, as i16.
#[inline(always)]
unsafe fn clamped(codes: Pair) -> __m256i {
    unsafe {
        let packed = _mm256_packus_epi32(codes[0], codes[1]);
        let ordered = _mm256_permute4x64_epi64::<0b11_01_10_00>(packed);
        _mm256_min_epu16(ordered, _mm256_set1_epi16(255))
    }
}

macro_rules! sums {
    ($lanes:ty) => {
        #[inline(always)]
        unsafe fn zero() -> Self::Sum {
            unsafe { <$lanes>::splat_i(0) }
        }
        #[inline(always)]
        unsafe fn load(p: *const u32) -> Self::Sum {
            unsafe { <$lanes>::load_i(p.cast()) }
        }
        #[inline(always)]
        unsafe fn store(p: *mut u32, sum: Self::Sum) {
            unsafe { <$lanes>::store_i(p.cast(), sum) }
        }
    };
}

impl Dot<Avx2> for Madd {
    type Sum = Pair;
    type Unit = __m256i;
    type Weights = Pair;

    const CODES: usize = 2;
    const CODE_BYTES: usize = 2;
    const WEIGHT_BYTES: usize = 1;

    sums!(Avx2);

    #[inline(always)]
    unsafe fn weights(p: *const u8) -> Pair {
        unsafe {
            [
                _mm256_cvtepi8_epi16(_mm_loadu_si128(p.cast())),
                _mm256_cvtepi8_epi16(_mm_loadu_si128(p.add(16).cast())),
            ]
        }
    }
    #[inline(always)]
    unsafe fn unit(p: *const u8) -> __m256i {
        unsafe { broadcast(p) }
    }
    #[inline(always)]
    unsafe fn mac(sum: Pair, unit: __m256i, weights: Pair) -> Pair {
        unsafe { multiply_add(sum, unit, weights) }
    }
}

impl Codes<Avx2> for Madd {
    #[inline(always)]
    unsafe fn put(p: *mut u8, codes: Pair) {
        unsafe { _mm256_storeu_si256(p.cast(), clamped(codes)) }
    }
}

/// AVX-VNNI: codes as u8, four a unit, `vpdpbusd` on 256 bits.
pub struct Dpbusd256;

impl Dot<Avx2> for Dpbusd256 {
    type Sum = Pair;
    type Unit = __m256i;
    type Weights = Pair;

    const CODES: usize = 4;
    const CODE_BYTES: usize = 1;
    const WEIGHT_BYTES: usize = 1;

    sums!(Avx2);

    #[inline(always)]
    unsafe fn weights(p: *const u8) -> Pair {
        unsafe {
            [
                _mm256_loadu_si256(p.cast()),
                _mm256_loadu_si256(p.add(32).cast()),
            ]
        }
    }
    #[inline(always)]
    unsafe fn unit(p: *const u8) -> __m256i {
        unsafe { broadcast(p) }
    }
    #[inline(always)]
    unsafe fn mac(sum: Pair, unit: __m256i, weights: Pair) -> Pair {
        unsafe {
            [
                _mm256_dpbusd_avx_epi32(sum[0], unit, weights[0]),
                _mm256_dpbusd_avx_epi32(sum[1], unit, weights[1]),
            ]
        }
    }
}

impl Codes<Avx2> for Dpbusd256 {
    #[inline(always)]
    unsafe fn put(p: *mut u8, codes: Pair) {
        unsafe {
            let codes = clamped(codes);
            let low = _mm256_castsi256_si128(codes);
            let high = _mm256_extracti128_si256::<1>(codes);
            _mm_storeu_si128(p.cast(), _mm_packus_epi16(low, high));
        }
    }
}

/// AVX-512 VNNI: codes as u8, four a unit, `vpdpbusd` on 512 bits.
pub struct Dpbusd512;

impl Dot<Avx512> for Dpbusd512 {
    type Sum = __m512i;
    type Unit = __m512i;
    type Weights = __m512i;

    const CODES: usize = 4;
    const CODE_BYTES: usize = 1;
    const WEIGHT_BYTES: usize = 1;

    sums!(Avx512);

    #[inline(always)]
    unsafe fn weights(p: *const u8) -> __m512i {
        unsafe { _mm512_loadu_si512(p.cast()) }
    }
    #[inline(always)]
    unsafe fn unit(p: *const u8) -> __m512i {
        unsafe { _mm512_set1_epi32(p.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn mac(sum: __m512i, unit: __m512i, weights: __m512i) -> __m512i {
        unsafe { _mm512_dpbusd_epi32(sum, unit, weights) }
    }
}

impl Codes<Avx512> for Dpbusd512 {
    #[inline(always)]
    unsafe fn put(p: *mut u8, codes: __m512i) {
        unsafe {
            let positive = _mm512_max_epi32(codes, _mm512_setzero_si512());
            _mm_storeu_si128(p.cast(), _mm512_cvtusepi32_epi8(positive));
        }
    }
}
