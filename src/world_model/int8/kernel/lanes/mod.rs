//! Sixteen lanes of f32 or i32, the same for every instruction set.
//!
//! Two 256-bit registers of AVX2, one of AVX-512, four of NEON, an array otherwise. All kernels but the
//! integer multiply-accumulate are generic over [`Lanes`], so their results are the same by construction.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(super) use avx512::Avx512;
#[cfg(target_arch = "aarch64")]
pub(super) use neon::Neon;
pub(super) use scalar::Scalar;

/// Numbers in a vector.
pub(super) const WIDTH: usize = 16;

/// `len` rounded up to whole vectors.
pub(super) const fn padded(len: usize) -> usize {
    len.next_multiple_of(WIDTH)
}

/// Operations on sixteen lanes.
///
/// Comparisons, `min` and `max` are those of C's `a < b ? a : b` and `a > b ? a : b`: where an operand is NaN
/// the second one comes out.
///
/// # Safety
/// Every method may be called only where the processor has the instruction set: inside a task that
/// [`Instructions::enter`](super::instructions::Instructions::enter) runs. Loads and stores need their memory
/// (all sixteen numbers, or the first `n` of the `_part` ones); it need not be aligned.
#[allow(clippy::missing_safety_doc)]
pub(super) trait Lanes: Copy + 'static {
    type F: Copy;
    type I: Copy;
    type M: Copy;

    unsafe fn splat(x: f32) -> Self::F;
    unsafe fn load(p: *const f32) -> Self::F;
    unsafe fn store(p: *mut f32, v: Self::F);
    /// The first `n` <= 16 numbers, zeros after them.
    unsafe fn load_part(p: *const f32, n: usize) -> Self::F;
    unsafe fn store_part(p: *mut f32, n: usize, v: Self::F);
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F;
    /// `a * b + c`, rounded once.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F;

    unsafe fn splat_i(x: i32) -> Self::I;
    unsafe fn load_i(p: *const i32) -> Self::I;
    unsafe fn store_i(p: *mut i32, v: Self::I);
    /// Shifts left by 23: an integer to an exponent.
    unsafe fn exponent(a: Self::I) -> Self::I;
    /// Of integers in f32's exact range or not: rounded to nearest, ties to even.
    unsafe fn to_f(a: Self::I) -> Self::F;
    /// To the nearest integer, ties to even; an unspecified one where that is no i32.
    unsafe fn nearest(a: Self::F) -> Self::I;
    unsafe fn bits(a: Self::F) -> Self::I;
    unsafe fn of_bits(a: Self::I) -> Self::F;
    unsafe fn min_i(a: Self::I, b: Self::I) -> Self::I;
    unsafe fn max_i(a: Self::I, b: Self::I) -> Self::I;
    unsafe fn and(a: Self::I, b: Self::I) -> Self::I;
    unsafe fn or(a: Self::I, b: Self::I) -> Self::I;

    unsafe fn less(a: Self::F, b: Self::F) -> Self::M;
    /// The first `n` lanes.
    unsafe fn first(n: usize) -> Self::M;
    unsafe fn select(m: Self::M, yes: Self::F, no: Self::F) -> Self::F;

    /// Lanes i and i + 8 are joined, then 4, 2 and 1 apart.
    unsafe fn sum(a: Self::F) -> f32;
    /// As [`Self::sum`], for numbers that are not NaN.
    unsafe fn least(a: Self::F) -> f32;
    unsafe fn greatest(a: Self::F) -> f32;
}
