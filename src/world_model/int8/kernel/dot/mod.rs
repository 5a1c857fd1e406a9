//! The multiply-accumulate: a *unit* of a row times the weights of sixteen columns.
//!
//! A unit is what one multiply takes from a row at once: one f32, or two or four codes. Packed weights are
//! panels of sixteen columns, `[panel][unit][column][code in the unit]`, so that a unit's weights of a panel are
//! contiguous. Missing codes of the last unit have weight zero.

#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "aarch64")]
pub(super) use neon::{MultiplyPairs, Sdot, Usdot};
pub(super) use scalar::Scalar;
#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Dpbusd256, Dpbusd512, Madd};

use super::lanes::{Lanes, WIDTH};

/// How codes lie in memory, and their product.
///
/// # Safety
/// Every method: the processor has the instruction set. `weights` reads `WIDTH * CODES * WEIGHT_BYTES` bytes,
/// `unit` reads `CODES * CODE_BYTES`, [`Codes::put`] writes `WIDTH * CODE_BYTES`, none of them aligned.
#[allow(clippy::missing_safety_doc)]
pub(super) trait Dot<V: Lanes>: 'static {
    /// Sixteen 32-bit sums.
    type Sum: Copy;
    /// A unit, in every lane.
    type Unit: Copy;
    /// The weights of a unit in sixteen columns.
    type Weights: Copy;

    /// Codes a unit.
    const CODES: usize;
    /// Bytes of a code of a row.
    const CODE_BYTES: usize;
    /// Bytes of a weight.
    const WEIGHT_BYTES: usize;
    /// Bytes of a unit of a row.
    const UNIT: usize = Self::CODES * Self::CODE_BYTES;
    /// Bytes of a unit's weights in a panel.
    const STEP: usize = WIDTH * Self::CODES * Self::WEIGHT_BYTES;
    /// Subtracted from a code when it is stored.
    const OFFSET: i32 = 0;

    unsafe fn zero() -> Self::Sum;
    unsafe fn load(p: *const u32) -> Self::Sum;
    unsafe fn store(p: *mut u32, sum: Self::Sum);
    unsafe fn weights(p: *const u8) -> Self::Weights;
    unsafe fn unit(p: *const u8) -> Self::Unit;
    unsafe fn mac(sum: Self::Sum, unit: Self::Unit, weights: Self::Weights) -> Self::Sum;
}

/// A product of integer codes.
#[allow(clippy::missing_safety_doc)]
pub(super) trait Codes<V: Lanes>: Dot<V, Sum = V::I> {
    /// Stores sixteen codes, clamped to 0..=255.
    unsafe fn put(p: *mut u8, codes: V::I);
}

/// f32 times f32, fused.
pub(super) struct Single;

impl<V: Lanes> Dot<V> for Single {
    type Sum = V::F;
    type Unit = V::F;
    type Weights = V::F;

    const CODES: usize = 1;
    const CODE_BYTES: usize = 4;
    const WEIGHT_BYTES: usize = 4;

    // SAFETY of the bodies: the trait's contract.
    #[inline(always)]
    unsafe fn zero() -> V::F {
        unsafe { V::splat(0.0) }
    }
    #[inline(always)]
    unsafe fn load(p: *const u32) -> V::F {
        unsafe { V::load(p.cast()) }
    }
    #[inline(always)]
    unsafe fn store(p: *mut u32, sum: V::F) {
        unsafe { V::store(p.cast(), sum) }
    }
    #[inline(always)]
    unsafe fn weights(p: *const u8) -> V::F {
        unsafe { V::load(p.cast()) }
    }
    #[inline(always)]
    unsafe fn unit(p: *const u8) -> V::F {
        unsafe { V::splat(p.cast::<f32>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn mac(sum: V::F, unit: V::F, weights: V::F) -> V::F {
        unsafe { V::fma(unit, weights, sum) }
    }
}
