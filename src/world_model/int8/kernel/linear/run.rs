//! Rows through a linear layer, in blocks that stay in cache.

use std::marker::PhantomData;

use super::super::finish::Finish;
use super::super::gemm::Gemm;
use super::super::instructions::{Instructions, Task};
use super::super::isa::Product;
use super::super::lanes::{WIDTH, padded};
use super::super::memory::Scratch;
use super::super::operands::{Choice, Dense, InF32, InInt8};
use super::super::quantize::{Extent, Row};
use super::Linear;
use super::prepare::TOGETHER;

/// What a block of rows may take of the second-level cache, bytes, and how many rows it has.
const BLOCK_BYTES: usize = 224 * 1024;
const BLOCK_ROWS: [usize; 2] = [24, 96];
/// Weights, bytes, that are worth more rows than that: they come from far away for each block.
const LARGE: usize = 2 * 1024 * 1024;

impl Linear {
    /// `y = act(norm_after(norm_before(x) W^T + bias)) (+ residual)` for `rows` rows of `x` `[rows][k]`, into one
    /// output `[rows][columns]` a segment.
    ///
    /// # Panics
    /// If a slice has another length than the layer and `rows` say, or there is a residual and more than one
    /// segment.
    pub fn run(
        &self,
        rows: usize,
        x: &[f32],
        residual: Option<&[f32]>,
        outputs: &mut [&mut [f32]],
        scratch: &mut Scratch,
    ) {
        assert_eq!(x.len(), rows * self.k(), "input of {rows} rows");
        assert_eq!(outputs.len(), self.columns.len(), "one output a segment");
        for (output, columns) in outputs.iter().zip(&self.columns) {
            assert_eq!(output.len(), rows * columns, "output of {rows} rows");
        }
        if let Some(residual) = residual {
            assert_eq!(self.columns.len(), 1, "a residual has one output");
            assert_eq!(residual.len(), outputs[0].len(), "residual of {rows} rows");
        }
        let layout = self.packed.layout;
        let block = rows.min(self.block());
        let stride = row_stride(padded(self.k()) * layout.code_bytes);
        scratch.codes.grow(block * stride);
        scratch.sums.grow(block * self.width());
        if self.norm_before.is_some() {
            scratch.normed.grow(TOGETHER * padded(self.k()));
        }
        if scratch.rows.len() < block {
            scratch.rows.resize(block, Row::default());
        }
        self.isa.run(Run {
            layer: self,
            rows,
            most: block,
            stride,
            x: x.as_ptr(),
            residual: residual.map_or(std::ptr::null(), <[f32]>::as_ptr),
            outputs,
            scratch,
        });
    }

    /// Rows that go through together.
    fn block(&self) -> usize {
        if self.packed.data.bytes() > LARGE {
            return BLOCK_ROWS[1];
        }
        let row = row_stride(padded(self.k()) * self.packed.layout.code_bytes) + self.width() * 4;
        (BLOCK_BYTES / row).clamp(BLOCK_ROWS[0], BLOCK_ROWS[1]) / 6 * 6
    }

    /// Numbers between rows of sums.
    fn width(&self) -> usize {
        row_stride(self.packed.panels * WIDTH * 4) / 4
    }
}

/// Bytes between rows: not a multiple of a page, on which all rows would share the same cache sets.
fn row_stride(bytes: usize) -> usize {
    if bytes.is_multiple_of(2048) {
        bytes + 64
    } else {
        bytes
    }
}

/// A call whose lengths are checked and whose scratch is large enough.
pub(super) struct Run<'a, 'b> {
    pub(super) layer: &'a Linear,
    rows: usize,
    /// Rows of a block at most.
    most: usize,
    /// Bytes between rows of codes.
    pub(super) stride: usize,
    x: *const f32,
    residual: *const f32,
    outputs: &'a mut [&'b mut [f32]],
    pub(super) scratch: &'a mut Scratch,
}

impl Task for Run<'_, '_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(mut self) {
        let mut from = 0;
        while from < self.rows {
            let to = self.rows.min(from + self.most);
            // SAFETY: rows `from..to` are those of the slices that `Linear::run` measured; the instruction set
            // is the caller's.
            unsafe { self.block::<S>(from, to - from) };
            from = to;
        }
    }
}

// SAFETY of the bodies: as in `run`.
impl Run<'_, '_> {
    #[inline(always)]
    unsafe fn block<S: Instructions>(&mut self, from: usize, count: usize) {
        unsafe {
            let layer = self.layer;
            let x = self.x.add(from * layer.k());
            match layer.packed.product {
                Product::Int8 => {
                    self.encode::<S>(x, count);
                    self.multiply::<S, InInt8>(self.scratch.codes.as_ptr(), self.stride, count);
                }
                Product::F32 => {
                    let (rows, stride) = self.prepare::<S>(x, count);
                    self.multiply::<S, InF32>(rows, stride, count);
                }
            }
            let width = layer.width();
            for (index, segment) in layer.packed.segments.iter().enumerate() {
                let start = from * segment.len;
                let residual = match self.residual.is_null() {
                    true => self.residual,
                    false => self.residual.add(start),
                };
                S::enter(Finish {
                    packed: &layer.packed,
                    segment: *segment,
                    norm: layer.norm_after.as_ref(),
                    activation: layer.activations[index],
                    rows: self.scratch.rows.as_ptr(),
                    shared: false,
                    count,
                    sums: self.scratch.sums.as_mut_ptr(),
                    width,
                    residual,
                    out: self.outputs[index].as_mut_ptr().add(start),
                    stride: segment.len,
                    whole: false,
                    extent: &mut Extent::ZERO.clone(),
                });
            }
        }
    }

    #[inline(always)]
    unsafe fn multiply<S: Instructions, C: Choice>(
        &mut self,
        first: *const u8,
        stride: usize,
        count: usize,
    ) {
        let packed = &self.layer.packed;
        // SAFETY: the scratch was sized for this by `Linear::run`.
        unsafe {
            S::enter(Gemm {
                product: PhantomData::<C>,
                rows: Dense { first, stride },
                count,
                weights: packed.data.as_ptr(),
                panels: packed.panels,
                units: packed.units,
                starts: packed.starts.as_ptr(),
                sums: self.scratch.sums.as_mut_ptr(),
                width: self.layer.width(),
            });
        }
    }
}
