//! From sums to outputs: scale, bias, norm, activation, residual.

use super::activation::{Activate, Activation, Function, Identity, Relu, Silu};
use super::instructions::{Instructions, Task};
use super::isa::Product;
use super::lanes::{Lanes, WIDTH};
use super::norm::{Norm, Normalizer, Statistics, part, statistics};
use super::pack::{Packed, Segment};
use super::quantize::{Extent, Range, Row};
use super::rows::put_part;
use super::sums::{Floats, Integers, Normalized, Source, Sums};

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
    /// Takes in the range of what pixels become.
    pub extent: &'a mut Extent,
}

// SAFETY of the bodies: the struct's contract, and the instruction set is the caller's promise.
impl Task for Finish<'_> {
    type Output = ();

    /// In groups of rows.
    #[inline(always)]
    unsafe fn run<S: Instructions>(mut self) {
        let most = if self.pixels() { TOGETHER } else { ROWS };
        let group = (TOGETHER / self.stride).clamp(1, most);
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
    /// Rows that mean the same, as the pixels of an image do.
    fn pixels(&self) -> bool {
        self.shared && self.norm.is_none()
    }

    #[inline(always)]
    unsafe fn rows<S: Instructions, X: Sums<S::V>>(&mut self, from: usize, to: usize) {
        unsafe {
            // On the way a division waits beside other work; but each function here is one more set of loops.
            match self.activation {
                Activation::Identity => self.first::<S, X, _>(Identity, from, to, self.residual),
                Activation::Relu => self.first::<S, X, _>(Relu, from, to, self.residual),
                Activation::Silu => self.first::<S, X, _>(Silu, from, to, self.residual),
                _ => {
                    let before = *self.extent;
                    self.first::<S, X, _>(Identity, from, to, std::ptr::null());
                    self.activate::<S>(from, to);
                    *self.extent = before;
                    if self.pixels() {
                        let mut range = Range::<S::V>::new();
                        for row in from..to {
                            range.extend(self.out.add(row * self.stride), self.segment.len);
                        }
                        self.extent.join(range.extent());
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn first<S: Instructions, X: Sums<S::V>, A: Function>(
        &mut self,
        function: A,
        from: usize,
        to: usize,
        residual: *const f32,
    ) {
        unsafe {
            if let Some(norm) = self.norm {
                self.normalize::<S, X, A>(norm, function, from, to, residual);
            } else if self.pixels() {
                self.columns::<S, X, A>(function, from, to);
            } else {
                for row in from..to {
                    self.write::<S, A>(row, self.source::<S, X>(row), function, residual);
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
    unsafe fn normalize<S: Instructions, X: Sums<S::V>, A: Function>(
        &self,
        norm: &Norm,
        function: A,
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
                self.write::<S, A>(row, Normalized { x, normalizer }, function, residual);
            }
        }
    }

    #[inline(always)]
    unsafe fn write<S: Instructions, A: Function>(
        &self,
        row: usize,
        source: impl Source<S::V>,
        function: A,
        residual: *const f32,
    ) {
        unsafe {
            let n = self.segment.len;
            let out = self.out.add(row * self.stride);
            for column in (0..n).step_by(WIDTH) {
                let count = WIDTH.min(n - column);
                let mut y = function.of::<S::V>(source.of(column, count));
                if !residual.is_null() {
                    let residual = residual.add(row * n + column);
                    y = S::V::add(y, part::<S::V>(residual, count));
                }
                let count = if self.whole { WIDTH } else { count };
                put_part::<S::V>(out.add(column), count, y);
            }
        }
    }

    /// Of pixels: a column's parameters are read once for all of them.
    #[inline(always)]
    unsafe fn columns<S: Instructions, X: Sums<S::V>, A: Function>(
        &mut self,
        function: A,
        from: usize,
        to: usize,
    ) {
        unsafe {
            let source = self.source::<S, X>(from);
            let mut range = Range::<S::V>::new();
            for column in (0..self.segment.len).step_by(WIDTH) {
                let finish = source.column(column);
                let sums = self.sums.add(self.segment.start + column);
                let count = match self.whole {
                    true => WIDTH,
                    false => WIDTH.min(self.segment.len - column),
                };
                for row in from..to {
                    let y = X::finish(finish, sums.add(row * self.width));
                    let y = function.of::<S::V>(y);
                    match self.packed.product {
                        Product::Int8 => range.include(y),
                        Product::F32 => range.check(y),
                    }
                    put_part::<S::V>(self.out.add(row * self.stride + column), count, y);
                }
            }
            self.extent.join(range.extent());
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
