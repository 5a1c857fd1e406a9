//! Scaled dot-product attention (Vaswani et al. 2017) in f32: softmax(scale q k^T + mask) v, head by head.

use std::marker::PhantomData;

use super::few::{direct, probabilities};
use super::gemm::Gemm;
use super::instructions::{Instructions, Task};
use super::isa::Isa;
use super::lanes::{Lanes, WIDTH, padded};
use super::memory::Scratch;
use super::operands::{Dense, InF32};
use super::panels::{pack_values, turn_keys};
use super::rows::put_part;

/// Pairs of a query and a key up to which each is multiplied on its own: packing would take longer.
const FEW: usize = 36;
/// Queries that go through together.
const BLOCK: usize = 48;

/// Where numbers lie in a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Numbers between batch entries, heads, tokens and channels.
    pub strides: [usize; 4],
}

impl View {
    /// Numbers from the first to the last, both included.
    fn extent(self, counts: [usize; 4]) -> usize {
        if counts.contains(&0) {
            return 0;
        }
        let last: usize = self
            .strides
            .iter()
            .zip(counts)
            .map(|(stride, count)| stride * (count - 1))
            .sum();
        last + 1
    }

    fn at(self, batch: usize, head: usize) -> usize {
        batch * self.strides[0] + head * self.strides[1]
    }
}

/// An attention of fixed shape; the batch comes with the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Attention {
    /// Heads, H.
    pub heads: usize,
    /// Queries of a head, M.
    pub queries: usize,
    /// Keys of a head, N.
    pub keys: usize,
    /// Of queries and keys.
    pub channels: usize,
    /// Of values and results.
    pub value_channels: usize,
    /// Factor on the product of queries and keys.
    pub scale: f32,
    /// Added to the scaled scores, `[queries][keys]`; -infinity hides a key.
    pub mask: Option<Vec<f32>>,
    /// Where queries lie.
    pub q: View,
    /// Where keys lie.
    pub k: View,
    /// Where values lie.
    pub v: View,
    /// Where results go.
    pub out: View,
}

impl Attention {
    /// Writes the attention of `batch` entries to `out`. A query that is not finite gives NaN, a key or value
    /// that is not gives NaN for every query of its head.
    ///
    /// # Panics
    /// If a slice is shorter than its view, the mask has another length, or a count but `batch` is zero.
    #[expect(clippy::too_many_arguments, reason = "four tensors")]
    pub fn run(
        &self,
        isa: Isa,
        batch: usize,
        q: &[f32],
        k: &[f32],
        v: &[f32],
        out: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let counts = [
            self.heads,
            self.queries,
            self.keys,
            self.channels,
            self.value_channels,
        ];
        assert!(!counts.contains(&0), "an attention of something");
        let entries = [batch, self.heads, self.queries, self.channels];
        assert!(q.len() >= self.q.extent(entries), "queries");
        let entries = [batch, self.heads, self.keys, self.channels];
        assert!(k.len() >= self.k.extent(entries), "keys");
        let entries = [batch, self.heads, self.keys, self.value_channels];
        assert!(v.len() >= self.v.extent(entries), "values");
        let entries = [batch, self.heads, self.queries, self.value_channels];
        assert!(out.len() >= self.out.extent(entries), "outputs");
        if let Some(mask) = &self.mask {
            assert_eq!(mask.len(), self.queries * self.keys, "mask");
        }
        let block = self.queries.min(BLOCK);
        let (keys, values) = (padded(self.keys), padded(self.value_channels));
        let sizes = [
            block * self.channels,
            keys * self.channels,
            self.keys * values,
            block * values,
        ];
        for (buffer, size) in scratch.attention.iter_mut().zip(sizes) {
            buffer.grow(size);
        }
        scratch.sums.grow(block * keys);
        isa.run(Run {
            of: self,
            batch,
            q: q.as_ptr(),
            k: k.as_ptr(),
            v: v.as_ptr(),
            out: out.as_mut_ptr(),
            scratch,
        });
    }
}

/// A call whose lengths are checked and whose scratch is large enough.
struct Run<'a> {
    of: &'a Attention,
    batch: usize,
    q: *const f32,
    k: *const f32,
    v: *const f32,
    out: *mut f32,
    scratch: &'a mut Scratch,
}

impl Task for Run<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(mut self) {
        let of = self.of;
        let contiguous = [of.q, of.k, of.v, of.out]
            .iter()
            .all(|view| view.strides[3] == 1);
        for batch in 0..self.batch {
            for head in 0..of.heads {
                // SAFETY: `Attention::run` checked that each view's slice holds all of its entries.
                unsafe {
                    if contiguous && of.queries * of.keys <= FEW && of.keys <= WIDTH {
                        let q = self.q.add(of.q.at(batch, head));
                        let k = self.k.add(of.k.at(batch, head));
                        let v = self.v.add(of.v.at(batch, head));
                        direct::<S::V>(of, q, k, v, self.out.add(of.out.at(batch, head)));
                    } else {
                        self.head::<S>(batch, head);
                    }
                }
            }
        }
    }
}

// SAFETY of the bodies: as in `run`; the scratch is as large as its layout here.
impl Run<'_> {
    #[inline(always)]
    unsafe fn head<S: Instructions>(&mut self, batch: usize, head: usize) {
        let of = self.of;
        unsafe {
            let k = self.k.add(of.k.at(batch, head));
            let v = self.v.add(of.v.at(batch, head));
            let [_, keys, values, _] = &mut self.scratch.attention;
            let finite = turn_keys::<S::V>(of, k, keys.as_mut_ptr())
                & pack_values::<S::V>(of, v, values.as_mut_ptr());
            let poison = if finite { 0.0 } else { f32::NAN };
            for from in (0..of.queries).step_by(BLOCK) {
                self.block::<S>(batch, head, from, BLOCK.min(of.queries - from), poison);
            }
        }
    }

    #[inline(always)]
    unsafe fn block<S: Instructions>(
        &mut self,
        batch: usize,
        head: usize,
        from: usize,
        count: usize,
        poison: f32,
    ) {
        let of = self.of;
        let (width, values_width) = (padded(of.keys), padded(of.value_channels));
        unsafe {
            let [queries, keys, values, results] = &mut self.scratch.attention;
            let [_, _, token, channel] = of.q.strides;
            let q = self.q.add(of.q.at(batch, head) + from * token);
            let rows = if channel == 1 {
                Dense {
                    first: q.cast(),
                    stride: token * 4,
                }
            } else {
                let to = queries.as_mut_ptr();
                for row in 0..count {
                    for c in 0..of.channels {
                        *to.add(row * of.channels + c) = *q.add(row * token + c * channel);
                    }
                }
                Dense {
                    first: queries.as_ptr().cast(),
                    stride: of.channels * 4,
                }
            };
            let scores = self.scratch.sums.as_mut_ptr();
            S::enter(Gemm {
                product: PhantomData::<InF32>,
                rows,
                count,
                weights: keys.as_ptr().cast(),
                panels: width / WIDTH,
                units: of.channels,
                starts: std::ptr::null(),
                sums: scores,
                width,
            });
            let mut factors = [0.0; BLOCK];
            for (row, factor) in factors[..count].iter_mut().enumerate() {
                let scores = scores.add(row * width).cast::<f32>();
                let mask = of.mask.as_ref().map_or(std::ptr::null(), |mask| {
                    mask.as_ptr().wrapping_add((from + row) * of.keys)
                });
                *factor = poison + probabilities::<S::V>(of, scores, mask);
            }
            S::enter(Gemm {
                product: PhantomData::<InF32>,
                rows: Dense {
                    first: scores.cast_const().cast(),
                    stride: width * 4,
                },
                count,
                weights: values.as_ptr().cast(),
                panels: values_width / WIDTH,
                units: of.keys,
                starts: std::ptr::null(),
                sums: results.as_mut_ptr().cast(),
                width: values_width,
            });
            let [_, _, token, channel] = of.out.strides;
            let out = self.out.add(of.out.at(batch, head) + from * token);
            for (row, &factor) in factors[..count].iter().enumerate() {
                let result = results.as_mut_ptr().add(row * values_width);
                let factor = S::V::splat(factor);
                for at in (0..of.value_channels).step_by(WIDTH) {
                    let n = WIDTH.min(of.value_channels - at);
                    let y = S::V::mul(S::V::load(result.add(at)), factor);
                    if channel == 1 {
                        put_part::<S::V>(out.add(row * token + at), n, y);
                    } else {
                        S::V::store(result.add(at), y);
                        for c in at..at + n {
                            *out.add(row * token + c * channel) = *result.add(c);
                        }
                    }
                }
            }
        }
    }
}
