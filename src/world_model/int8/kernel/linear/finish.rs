//! From sums to outputs: scale, bias, norm, activation, residual.

use super::super::activation::{Function, WithFunction};
use super::super::instructions::Instructions;
use super::super::isa::Product;
use super::super::lanes::{Lanes, WIDTH};
use super::super::norm::{Norm, Normalizer, part, statistics};
use super::super::pack::{Packed, Segment};
use super::super::quantize::Row;
use super::super::rows::put_part;

/// Where a row's numbers before the activation come from, sixteen columns at a time.
pub(in super::super) trait Source<V: Lanes>: Copy {
    /// # Safety
    /// The processor has the instruction set; `n` <= 16 columns from `column`, a multiple of 16, are the row's.
    unsafe fn of(self, column: usize, n: usize) -> V::F;
}

/// A source that a block of sums is.
pub(in super::super) trait Sums<V: Lanes>: Source<V> {
    /// A row's `sums`, from the padded column `start` on.
    ///
    /// # Safety
    /// As [`Source::of`]; the columns are a segment's of `packed`.
    unsafe fn new(packed: &Packed, start: usize, row: Row, sums: *const u32) -> Self;
}

/// Sums of integer products: (sum - zero * code sum) * scales + bias.
#[derive(Clone, Copy)]
pub(in super::super) struct Integers<V: Lanes> {
    sums: *const i32,
    code_sums: *const i32,
    scales: *const f32,
    bias: *const f32,
    zero: V::I,
    scale: V::F,
}

/// Sums of f32 products: sum + bias, or NaN.
#[derive(Clone, Copy)]
pub(in super::super) struct Floats<V: Lanes> {
    sums: *const f32,
    bias: *const f32,
    scale: V::F,
}

// SAFETY of the constructors and sources: columns are the padded ones of a segment of `Packed`, so its arrays and
// the block of sums have sixteen numbers at each; the instruction set is the callers' promise.
impl<V: Lanes> Sums<V> for Integers<V> {
    #[inline(always)]
    unsafe fn new(packed: &Packed, start: usize, row: Row, sums: *const u32) -> Self {
        unsafe {
            Self {
                sums: sums.add(start).cast(),
                code_sums: packed.code_sums.as_ptr().add(start),
                scales: packed.scales.as_ptr().add(start),
                bias: packed.bias.as_ptr().add(start),
                zero: V::splat_i(row.zero - packed.layout.offset),
                scale: V::splat(row.scale),
            }
        }
    }
}

impl<V: Lanes> Source<V> for Integers<V> {
    #[inline(always)]
    unsafe fn of(self, column: usize, _n: usize) -> V::F {
        unsafe {
            let shift = V::mul_i(self.zero, V::load_i(self.code_sums.add(column)));
            let sum = V::sub_i(V::load_i(self.sums.add(column)), shift);
            let scale = V::mul(self.scale, V::load(self.scales.add(column)));
            V::fma(V::to_f(sum), scale, V::load(self.bias.add(column)))
        }
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
}

impl<V: Lanes> Source<V> for Floats<V> {
    #[inline(always)]
    unsafe fn of(self, column: usize, _n: usize) -> V::F {
        unsafe {
            let sum = V::load(self.sums.add(column));
            V::fma(sum, self.scale, V::load(self.bias.add(column)))
        }
    }
}

/// Numbers to be normalized.
#[derive(Clone, Copy)]
struct Normalized<V: Lanes> {
    x: *const f32,
    normalizer: Normalizer<V>,
}

impl<V: Lanes> Source<V> for Normalized<V> {
    #[inline(always)]
    unsafe fn of(self, column: usize, n: usize) -> V::F {
        unsafe { self.normalizer.of(V::load(self.x.add(column)), column, n) }
    }
}

/// A block of rows of one segment, from sums to the output.
///
/// # Safety of `with`
/// `sums` has `rows.len()` rows of `width` numbers with the packed columns in them; `out`, and `residual` if
/// not null, have as many rows of the segment's columns.
pub(super) struct Finish<'a, S> {
    pub packed: &'a Packed,
    pub segment: Segment,
    pub norm: Option<&'a Norm>,
    pub rows: &'a [Row],
    pub sums: *mut u32,
    pub width: usize,
    pub residual: *const f32,
    pub out: *mut f32,
    pub set: std::marker::PhantomData<S>,
}

impl<S: Instructions> WithFunction for Finish<'_, S> {
    type Output = ();

    // SAFETY: the struct's contract.
    #[inline(always)]
    unsafe fn with<A: Function>(self, function: A) {
        unsafe {
            match self.packed.product {
                Product::Int8 => self.rows::<A, Integers<S::V>>(function),
                Product::F32 => self.rows::<A, Floats<S::V>>(function),
            }
        }
    }
}

impl<S: Instructions> Finish<'_, S> {
    #[inline(always)]
    unsafe fn rows<A: Function, X: Sums<S::V>>(&self, function: A) {
        for (at, &row) in self.rows.iter().enumerate() {
            unsafe {
                let sums = self.sums.add(at * self.width);
                let source = X::new(self.packed, self.segment.start, row, sums);
                self.row(at, source, sums, function);
            }
        }
    }

    #[inline(always)]
    unsafe fn row<A: Function>(
        &self,
        at: usize,
        source: impl Source<S::V>,
        sums: *mut u32,
        function: A,
    ) {
        unsafe {
            let n = self.segment.len;
            if let Some(norm) = self.norm {
                let x = sums.add(self.segment.start).cast::<f32>();
                for column in (0..n).step_by(WIDTH) {
                    S::V::store(x.add(column), source.of(column, WIDTH));
                }
                let statistics = statistics::<S::V>(norm, x, n);
                let normalizer = Normalizer::new(statistics, norm.affine());
                self.write(at, Normalized { x, normalizer }, function);
            } else {
                self.write(at, source, function);
            }
        }
    }

    #[inline(always)]
    unsafe fn write<A: Function>(&self, at: usize, source: impl Source<S::V>, function: A) {
        unsafe {
            let n = self.segment.len;
            let out = self.out.add(at * n);
            for column in (0..n).step_by(WIDTH) {
                let count = WIDTH.min(n - column);
                let mut y = function.of::<S::V>(source.of(column, count));
                if !self.residual.is_null() {
                    let residual = self.residual.add(at * n + column);
                    y = S::V::add(y, part::<S::V>(residual, count));
                }
                put_part::<S::V>(out.add(column), count, y);
            }
        }
    }
}
