//! Products of ARM64: `sdot` where there are dot products, else widening multiplies of pairs.

use std::arch::aarch64::*;
use std::arch::asm;

use super::super::lanes::{Lanes, Neon};
use super::{Codes, Dot};

type Quad = [int32x4_t; 4];

/// Codes of sixteen lanes clamped to 0..=255.
#[inline(always)]
unsafe fn clamped(codes: Quad) -> uint8x16_t {
    // SAFETY: NEON is there, by the contract of `Dot`; so below.
    unsafe {
        let low = vcombine_u16(vqmovun_s32(codes[0]), vqmovun_s32(codes[1]));
        let high = vcombine_u16(vqmovun_s32(codes[2]), vqmovun_s32(codes[3]));
        vcombine_u8(vqmovn_u16(low), vqmovn_u16(high))
    }
}

/// Stores codes minus 128.
#[inline(always)]
unsafe fn put(p: *mut u8, codes: Quad) {
    unsafe { vst1q_u8(p, veorq_u8(clamped(codes), vdupq_n_u8(128))) }
}

macro_rules! sums {
    () => {
        #[inline(always)]
        unsafe fn zero() -> Quad {
            unsafe { Neon::splat_i(0) }
        }
        #[inline(always)]
        unsafe fn load(p: *const u32) -> Quad {
            unsafe { Neon::load_i(p.cast()) }
        }
        #[inline(always)]
        unsafe fn store(p: *mut u32, sum: Quad) {
            unsafe { Neon::store_i(p.cast(), sum) }
        }
    };
}

/// Codes minus 128 as i8, two a unit: `smull` to 16 bits (128 * 128 fits), `sadalp` of pairs to 32.
pub struct MultiplyPairs;

impl Dot<Neon> for MultiplyPairs {
    type Sum = Quad;
    type Unit = int8x8_t;
    type Weights = [int8x16_t; 2];

    const CODES: usize = 2;
    const CODE_BYTES: usize = 1;
    const WEIGHT_BYTES: usize = 1;
    const OFFSET: i32 = 128;

    sums!();

    #[inline(always)]
    unsafe fn weights(p: *const u8) -> [int8x16_t; 2] {
        unsafe { [vld1q_s8(p.cast()), vld1q_s8(p.add(16).cast())] }
    }
    #[inline(always)]
    unsafe fn unit(p: *const u8) -> int8x8_t {
        unsafe { vreinterpret_s8_s16(vdup_n_s16(p.cast::<i16>().read_unaligned())) }
    }
    #[inline(always)]
    unsafe fn mac(sum: Quad, unit: int8x8_t, w: [int8x16_t; 2]) -> Quad {
        unsafe {
            [
                vpadalq_s16(sum[0], vmull_s8(unit, vget_low_s8(w[0]))),
                vpadalq_s16(sum[1], vmull_s8(unit, vget_high_s8(w[0]))),
                vpadalq_s16(sum[2], vmull_s8(unit, vget_low_s8(w[1]))),
                vpadalq_s16(sum[3], vmull_s8(unit, vget_high_s8(w[1]))),
            ]
        }
    }
}

impl Codes<Neon> for MultiplyPairs {
    #[inline(always)]
    unsafe fn put(p: *mut u8, codes: Quad) {
        unsafe { put(p, codes) }
    }
}

/// A product of four codes a unit by one instruction.
macro_rules! dots {
    ($name:ident, $instruction:literal, $offset:literal) => {
        impl Dot<Neon> for $name {
            type Sum = Quad;
            type Unit = int8x16_t;
            type Weights = [int8x16_t; 4];

            const CODES: usize = 4;
            const CODE_BYTES: usize = 1;
            const WEIGHT_BYTES: usize = 1;
            const OFFSET: i32 = $offset;

            sums!();

            #[inline(always)]
            unsafe fn weights(p: *const u8) -> [int8x16_t; 4] {
                unsafe {
                    [
                        vld1q_s8(p.cast()),
                        vld1q_s8(p.add(16).cast()),
                        vld1q_s8(p.add(32).cast()),
                        vld1q_s8(p.add(48).cast()),
                    ]
                }
            }
            #[inline(always)]
            unsafe fn unit(p: *const u8) -> int8x16_t {
                unsafe { vreinterpretq_s8_s32(vdupq_n_s32(p.cast::<i32>().read_unaligned())) }
            }
            #[inline(always)]
            unsafe fn mac(mut sum: Quad, unit: int8x16_t, weights: [int8x16_t; 4]) -> Quad {
                for (sum, weights) in sum.iter_mut().zip(weights) {
                    // The intrinsics are not stable. SAFETY: the processor has the instruction, by the contract
                    // of `Dot`; registers only.
                    unsafe {
                        asm!(
                            concat!($instruction, " {sum:v}.4s, {unit:v}.16b, {weights:v}.16b"),
                            sum = inout(vreg) *sum,
                            unit = in(vreg) unit,
                            weights = in(vreg) weights,
                            options(pure, nomem, nostack, preserves_flags),
                        );
                    }
                }
                sum
            }
        }
    };
}

/// Codes minus 128 as i8, four a unit: `sdot`.
pub struct Sdot;
dots!(Sdot, "sdot", 128);

impl Codes<Neon> for Sdot {
    #[inline(always)]
    unsafe fn put(p: *mut u8, codes: Quad) {
        unsafe { put(p, codes) }
    }
}

/// Codes as u8, four a unit: `usdot`.
pub struct Usdot;
dots!(Usdot, "usdot", 0);

impl Codes<Neon> for Usdot {
    #[inline(always)]
    unsafe fn put(p: *mut u8, codes: Quad) {
        unsafe { vst1q_u8(p, clamped(codes)) }
    }
}
