//! The reference product: pairs of codes, plain integers.

use super::super::lanes::{self, WIDTH};
use super::{Codes, Dot};

/// Codes as u8, two a unit.
pub struct Scalar;

// SAFETY of the bodies: the trait's contract.
impl Dot<lanes::Scalar> for Scalar {
    type Sum = [i32; WIDTH];
    type Unit = [i16; 2];
    type Weights = [[i8; 2]; WIDTH];

    const CODES: usize = 2;
    const CODE_BYTES: usize = 1;
    const WEIGHT_BYTES: usize = 1;

    #[inline(always)]
    unsafe fn zero() -> Self::Sum {
        [0; WIDTH]
    }
    #[inline(always)]
    unsafe fn load(p: *const u32) -> Self::Sum {
        unsafe { p.cast::<Self::Sum>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(p: *mut u32, sum: Self::Sum) {
        unsafe { p.cast::<Self::Sum>().write_unaligned(sum) }
    }
    #[inline(always)]
    unsafe fn weights(p: *const u8) -> Self::Weights {
        unsafe { p.cast::<Self::Weights>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn unit(p: *const u8) -> [i16; 2] {
        unsafe { [i16::from(*p), i16::from(*p.add(1))] }
    }
    #[inline(always)]
    unsafe fn mac(mut sum: Self::Sum, unit: [i16; 2], weights: Self::Weights) -> Self::Sum {
        for (sum, [first, second]) in sum.iter_mut().zip(weights) {
            *sum += i32::from(unit[0]) * i32::from(first) + i32::from(unit[1]) * i32::from(second);
        }
        sum
    }
}

impl Codes<lanes::Scalar> for Scalar {
    #[inline(always)]
    unsafe fn put(p: *mut u8, codes: [i32; WIDTH]) {
        for (lane, code) in codes.into_iter().enumerate() {
            unsafe { *p.add(lane) = code.clamp(0, 255) as u8 }
        }
    }
}
