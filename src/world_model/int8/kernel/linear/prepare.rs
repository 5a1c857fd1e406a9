//! Rows of a linear layer before the product: normalized, quantized, or only looked through.

use super::super::instructions::Instructions;
use super::super::lanes::padded;
use super::super::norm::{Norm, Normalizer, Statistics, statistics};
use super::super::quantize::{Coded, Encode, Range, Row, all_finite};
use super::run::Run;

/// Rows that are prepared together, while they are in the first-level cache.
pub(super) const TOGETHER: usize = 4;

// SAFETY of the bodies: `x` has `count` rows of the layer's inputs; `Linear::run` sized the scratch; the instruction
// set is the caller's promise.
impl Run<'_, '_> {
    /// Quantizes a block of rows: each step for a few rows, so that no row waits for its own range.
    #[inline(always)]
    pub(super) unsafe fn encode<S: Instructions>(&mut self, x: *const f32, count: usize) {
        unsafe {
            let k = self.layer.k();
            for from in (0..count).step_by(TOGETHER) {
                let to = count.min(from + TOGETHER);
                let (x, stride) = if let Some(norm) = &self.layer.norm_before {
                    let (normed, stride) = (self.scratch.normed.as_mut_ptr(), padded(k));
                    normalize_rows::<S>(norm, k, x.add(from * k), to - from, normed, stride);
                    (normed.cast_const(), stride)
                } else {
                    (x.add(from * k), k)
                };
                for row in from..to {
                    let x = x.add((row - from) * stride);
                    self.scratch.rows[row] = Range::<S::V>::of(x, k).row();
                }
                for row in from..to {
                    let to = self.scratch.codes.as_mut_ptr().add(row * self.stride);
                    let x = x.add((row - from) * stride);
                    Coded::<S>::new(self.scratch.rows[row]).write(x, k, to);
                }
            }
        }
    }

    /// Normalizes a block of rows if the layer does, else takes them as they lie; finds those that are not
    /// finite.
    #[inline(always)]
    pub(super) unsafe fn prepare<S: Instructions>(
        &mut self,
        mut x: *const f32,
        count: usize,
    ) -> (*const u8, usize) {
        unsafe {
            let k = self.layer.k();
            let mut stride = k;
            if let Some(norm) = &self.layer.norm_before {
                let to: *mut f32 = self.scratch.codes.as_mut_ptr().cast();
                stride = self.stride / 4;
                for from in (0..count).step_by(TOGETHER) {
                    let rows = TOGETHER.min(count - from);
                    let to = to.add(from * stride);
                    normalize_rows::<S>(norm, k, x.add(from * k), rows, to, stride);
                }
                x = to;
            }
            for row in 0..count {
                let finite = all_finite::<S::V>(x.add(row * stride), k);
                self.scratch.rows[row] = Row::plain(finite);
            }
            (x.cast(), stride * 4)
        }
    }
}

/// Norms of up to [`TOGETHER`] rows of `x`, at `stride` in `to`.
#[inline(always)]
unsafe fn normalize_rows<S: Instructions>(
    norm: &Norm,
    k: usize,
    x: *const f32,
    count: usize,
    to: *mut f32,
    stride: usize,
) {
    unsafe {
        let mut known = [Statistics::default(); TOGETHER];
        for (row, known) in known[..count].iter_mut().enumerate() {
            *known = statistics::<S::V>(norm, x.add(row * k), k);
        }
        for (row, &known) in known[..count].iter().enumerate() {
            let normalizer = Normalizer::<S::V>::new(known, norm.affine());
            normalizer.row(x.add(row * k), k, to.add(row * stride));
        }
    }
}
