//! What becomes of a product's sums before the activation: scale, zero point, bias, norm.

use super::lanes::Lanes;
use super::norm::Normalizer;
use super::pack::Packed;
use super::quantize::Row;

/// Where a row's numbers before the activation come from, sixteen columns at a time.
pub(super) trait Source<V: Lanes>: Copy {
    /// # Safety
    /// The processor has the instruction set; `n` <= 16 columns from `column`, a multiple of 16, are the row's.
    unsafe fn of(self, column: usize, n: usize) -> V::F;
}

/// A source that a block of sums is.
pub(super) trait Sums<V: Lanes>: Source<V> {
    /// A row's `sums`, from the padded column `start` on.
    ///
    /// # Safety
    /// As [`Source::of`]; the columns are a segment's of `packed`.
    unsafe fn new(packed: &Packed, start: usize, row: Row, sums: *const u32) -> Self;
    /// What sixteen columns from `column` on are finished with.
    ///
    /// # Safety
    /// As [`Source::of`].
    unsafe fn column(self, column: usize) -> [V::F; 4];
    /// Finishes sixteen sums.
    ///
    /// # Safety
    /// As [`Source::of`]; `sums` has sixteen.
    unsafe fn finish(with: [V::F; 4], sums: *const u32) -> V::F;
}

/// Sums of integer products: (sum - zero * code sum) * scales + bias. The product of zero and code sum is exact in
/// the fused step, so is the sum up to 2^24.
#[derive(Clone, Copy)]
pub(super) struct Integers<V: Lanes> {
    sums: *const i32,
    code_sums: *const f32,
    scales: *const f32,
    bias: *const f32,
    minus_zero: V::F,
    scale: V::F,
}

/// Sums of f32 products: sum + bias, or NaN.
#[derive(Clone, Copy)]
pub(super) struct Floats<V: Lanes> {
    sums: *const f32,
    bias: *const f32,
    scale: V::F,
}

/// Numbers to be normalized.
#[derive(Clone, Copy)]
pub(super) struct Normalized<V: Lanes> {
    pub x: *const f32,
    pub normalizer: Normalizer<V>,
}

// SAFETY of the sources: columns are the padded ones of a segment of `Packed`, so its arrays and the block of sums
// have sixteen numbers at each.
impl<V: Lanes> Sums<V> for Integers<V> {
    #[inline(always)]
    unsafe fn new(packed: &Packed, start: usize, row: Row, sums: *const u32) -> Self {
        unsafe {
            Self {
                sums: sums.add(start).cast(),
                code_sums: packed.code_sums.as_ptr().add(start),
                scales: packed.scales.as_ptr().add(start),
                bias: packed.bias.as_ptr().add(start),
                minus_zero: V::splat(-row.zero as f32),
                scale: V::splat(row.scale),
            }
        }
    }

    #[inline(always)]
    unsafe fn column(self, column: usize) -> [V::F; 4] {
        unsafe {
            let code_sums = V::load(self.code_sums.add(column));
            let scale = V::mul(self.scale, V::load(self.scales.add(column)));
            let bias = V::load(self.bias.add(column));
            [self.minus_zero, code_sums, scale, bias]
        }
    }

    #[inline(always)]
    unsafe fn finish([minus_zero, code_sums, scale, bias]: [V::F; 4], sums: *const u32) -> V::F {
        unsafe {
            let sum = V::to_f(V::load_i(sums.cast()));
            V::fma(V::fma(minus_zero, code_sums, sum), scale, bias)
        }
    }
}

impl<V: Lanes> Source<V> for Integers<V> {
    #[inline(always)]
    unsafe fn of(self, column: usize, _n: usize) -> V::F {
        unsafe { Self::finish(self.column(column), self.sums.add(column).cast()) }
    }
}

impl<V: Lanes> Sums<V> for Floats<V> {
    #[inline(always)]
    unsafe fn new(packed: &Packed, start: usize, row: Row, sums: *const u32) -> Self {
        unsafe {
            Self {
                sums: sums.add(start).cast(),
                bias: packed.bias.as_ptr().add(start),
                scale: V::splat(row.scale),
            }
        }
    }

    #[inline(always)]
    unsafe fn column(self, column: usize) -> [V::F; 4] {
        unsafe {
            [
                V::load(self.bias.add(column)),
                self.scale,
                self.scale,
                self.scale,
            ]
        }
    }

    #[inline(always)]
    unsafe fn finish([bias, scale, ..]: [V::F; 4], sums: *const u32) -> V::F {
        unsafe { V::fma(V::load(sums.cast()), scale, bias) }
    }
}

impl<V: Lanes> Source<V> for Floats<V> {
    #[inline(always)]
    unsafe fn of(self, column: usize, _n: usize) -> V::F {
        unsafe { Self::finish(self.column(column), self.sums.add(column).cast()) }
    }
}

impl<V: Lanes> Source<V> for Normalized<V> {
    #[inline(always)]
    unsafe fn of(self, column: usize, n: usize) -> V::F {
        unsafe { self.normalizer.of(V::load(self.x.add(column)), column, n) }
    }
}
