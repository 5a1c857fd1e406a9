//! From sums to outputs: scale, bias, norm, activation, residual.

use super::activation::{Activate, Activation};
use super::instructions::{Instructions, Task};
use super::isa::Product;
use super::lanes::{Lanes, WIDTH};
use super::norm::{Norm, Normalizer, Statistics, part, statistics};
use super::pack::{Packed, Segment};
use super::quantize::Row;
use super::rows::put_part;

/// Numbers that are finished together, so that they are still in the first-level cache for the activation.
const TOGETHER: usize = 2048;
/// Rows that are finished together at most.
const ROWS: usize = 16;

/// Rows of sums and one segment of them.
///
/// # Safety
/// Of running it: `sums` has `count` rows of `width` numbers with the packed columns in them; `rows`
/// has `count` rows, or one if `shared`; `out` has `count` rows at `stride`, of the segment's columns, or padded
/// to whole vectors if `whole`; `residual`, if not null, has `count` rows of the segment's columns.
pub(super) struct Finish<'a> {
    pub packed: &'a Packed,
    pub segment: Segment,
    pub norm: Option<&'a Norm>,
    pub activation: Activation,
    pub rows: *const Row,
    pub shared: bool,
    pub count: usize,
    pub sums: *mut u32,
    pub width: usize,
    pub residual: *const f32,
    pub out: *mut f32,
    /// Numbers between rows of `out`.
    pub stride: usize,
    pub whole: bool,
}

// SAFETY of the bodies: the struct's contract, and the instruction set is the caller's promise.
impl Task for Finish<'_> {
    type Output = ();

    /// In groups of rows.
    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        let group = (TOGETHER / self.stride).clamp(1, ROWS);
        for from in (0..self.count).step_by(group) {
            let to = self.count.min(from + group);
            unsafe {
                match self.packed.product {
                    Product::Int8 => self.rows::<S, Integers<S::V>>(from, to),
                    Product::F32 => self.rows::<S, Floats<S::V>>(from, to),
                }
            }
        }
    }
}

impl Finish<'_> {
    #[inline(always)]
    unsafe fn rows<S: Instructions, X: Sums<S::V>>(&self, from: usize, to: usize) {
        unsafe {
            // What costs one step is done on the way.
            match self.activation {
                Activation::Identity => self.first::<S, X, false>(from, to, self.residual),
                Activation::Relu => self.first::<S, X, true>(from, to, self.residual),
                _ => {
                    self.first::<S, X, false>(from, to, std::ptr::null());
                    self.activate::<S>(from, to);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn first<S: Instructions, X: Sums<S::V>, const RELU: bool>(
        &self,
        from: usize,
        to: usize,
        residual: *const f32,
    ) {
        unsafe {
            if let Some(norm) = self.norm {
                self.normalize::<S, X, RELU>(norm, from, to, residual);
            } else if self.shared && self.whole {
                self.columns::<S, X, RELU>(from, to);
            } else {
                for row in from..to {
                    self.write::<S, RELU>(row, self.source::<S, X>(row), residual);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn source<S: Instructions, X: Sums<S::V>>(&self, row: usize) -> X {
        unsafe {
            let sums = self.sums.add(row * self.width);
            let parameters = *self.rows.add(if self.shared { 0 } else { row });
            X::new(self.packed, self.segment.start, parameters, sums)
        }
    }

    /// Rows with a norm: each step for all rows, so that no row waits for its own statistics.
    #[inline(always)]
    unsafe fn normalize<S: Instructions, X: Sums<S::V>, const RELU: bool>(
        &self,
        norm: &Norm,
        from: usize,
        to: usize,
        residual: *const f32,
    ) {
        unsafe {
            let n = self.segment.len;
            let first = self.sums.add(self.segment.start).cast::<f32>();
            for row in from..to {
                let source = self.source::<S, X>(row);
                let x = first.add(row * self.width);
                for column in (0..n).step_by(WIDTH) {
                    S::V::store(x.add(column), source.of(column, WIDTH));
                }
            }
            let mut known = [Statistics::default(); ROWS];
            for (row, known) in (from..to).zip(&mut known) {
                *known = statistics::<S::V>(norm, first.add(row * self.width), n);
            }
            for (row, &known) in (from..to).zip(&known) {
                let x = first.add(row * self.width);
                let normalizer = Normalizer::new(known, norm.affine());
                self.write::<S, RELU>(row, Normalized { x, normalizer }, residual);
            }
        }
    }

    #[inline(always)]
    unsafe fn write<S: Instructions, const RELU: bool>(
        &self,
        row: usize,
        source: impl Source<S::V>,
        residual: *const f32,
    ) {
        unsafe {
            let n = self.segment.len;
            let out = self.out.add(row * self.stride);
            for column in (0..n).step_by(WIDTH) {
                let count = WIDTH.min(n - column);
                let mut y = source.of(column, count);
                if RELU {
                    y = S::V::max(S::V::splat(0.0), y);
                }
                if !residual.is_null() {
                    let residual = residual.add(row * n + column);
                    y = S::V::add(y, part::<S::V>(residual, count));
                }
                let count = if self.whole { WIDTH } else { count };
                put_part::<S::V>(out.add(column), count, y);
            }
        }
    }

    /// Rows that mean the same, as pixels of an image do, and go out whole: a column's parameters are read once for
    /// all of them.
    #[inline(always)]
    unsafe fn columns<S: Instructions, X: Sums<S::V>, const RELU: bool>(
        &self,
        from: usize,
        to: usize,
    ) {
        unsafe {
            let source = self.source::<S, X>(from);
            for column in (0..self.segment.len).step_by(WIDTH) {
                let finish = source.column(column);
                let sums = self.sums.add(self.segment.start + column);
                for row in from..to {
                    let mut y = X::finish(finish, sums.add(row * self.width));
                    if RELU {
                        y = S::V::max(S::V::splat(0.0), y);
                    }
                    S::V::store(self.out.add(row * self.stride + column), y);
                }
            }
        }
    }

    /// Activation and residual of rows that are written.
    #[inline(always)]
    unsafe fn activate<S: Instructions>(&self, from: usize, to: usize) {
        unsafe {
            let n = self.segment.len;
            let len = (to - from - 1) * self.stride + if self.whole { self.stride } else { n };
            let rows = std::slice::from_raw_parts_mut(self.out.add(from * self.stride), len);
            S::enter(Activate(self.activation, rows));
            if self.residual.is_null() {
                return;
            }
            for row in from..to {
                let out = self.out.add(row * self.stride);
                for column in (0..n).step_by(WIDTH) {
                    let count = WIDTH.min(n - column);
                    let residual = part::<S::V>(self.residual.add(row * n + column), count);
                    let y = S::V::add(part::<S::V>(out.add(column), count), residual);
                    put_part::<S::V>(out.add(column), count, y);
                }
            }
        }
    }
}

/// Where a row's numbers before the activation come from, sixteen columns at a time.
trait Source<V: Lanes>: Copy {
    /// # Safety
    /// The processor has the instruction set; `n` <= 16 columns from `column`, a multiple of 16, are the row's.
    unsafe fn of(self, column: usize, n: usize) -> V::F;
}

/// A source that a block of sums is.
trait Sums<V: Lanes>: Source<V> {
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
struct Integers<V: Lanes> {
    sums: *const i32,
    code_sums: *const f32,
    scales: *const f32,
    bias: *const f32,
    minus_zero: V::F,
    scale: V::F,
}

/// Sums of f32 products: sum + bias, or NaN.
#[derive(Clone, Copy)]
struct Floats<V: Lanes> {
    sums: *const f32,
    bias: *const f32,
    scale: V::F,
}

/// Numbers to be normalized.
#[derive(Clone, Copy)]
struct Normalized<V: Lanes> {
    x: *const f32,
    normalizer: Normalizer<V>,
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
                minus_zero: V::splat((packed.layout.offset - row.zero) as f32),
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
