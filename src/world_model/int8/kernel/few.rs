//! Attention of few tokens without packing, and the softmax of a query's scores.

use super::attention::{Attention, View};
use super::lanes::{Lanes, WIDTH};
use super::norm::part;
use super::quantize::Range;
use super::rows::{exponentials, put_part};

// SAFETY of the bodies: `q`, `k`, `v` and `out` hold a head's entries of their views, scores are padded to whole
// vectors; the instruction set is the caller's promise.

/// A head of few tokens, whose channels are contiguous.
#[inline(always)]
pub(super) unsafe fn direct<V: Lanes>(
    of: &Attention,
    q: *const f32,
    k: *const f32,
    v: *const f32,
    out: *mut f32,
) {
    let token = |view: View| view.strides[2];
    unsafe {
        let mut range = Range::<V>::new();
        for key in 0..of.keys {
            range.extend(k.add(key * token(of.k)), of.channels);
            range.extend(v.add(key * token(of.v)), of.value_channels);
        }
        let poison = if range.finite() { 0.0 } else { f32::NAN };
        for query in 0..of.queries {
            let q = q.add(query * token(of.q));
            let mut scores = [0.0; WIDTH];
            for (key, score) in scores[..of.keys].iter_mut().enumerate() {
                let k = k.add(key * token(of.k));
                let mut sum = V::splat(0.0);
                for at in (0..of.channels).step_by(WIDTH) {
                    let n = WIDTH.min(of.channels - at);
                    sum = V::fma(part::<V>(q.add(at), n), part::<V>(k.add(at), n), sum);
                }
                *score = V::sum(sum);
            }
            let mask = of.mask.as_ref().map_or(std::ptr::null(), |mask| {
                mask.as_ptr().wrapping_add(query * of.keys)
            });
            let factor = poison + probabilities::<V>(of, scores.as_mut_ptr(), mask);
            let factor = V::splat(factor);
            for at in (0..of.value_channels).step_by(WIDTH) {
                let n = WIDTH.min(of.value_channels - at);
                let mut sum = V::splat(0.0);
                for (key, &score) in scores[..of.keys].iter().enumerate() {
                    let v = part::<V>(v.add(key * token(of.v) + at), n);
                    sum = V::fma(V::splat(score), v, sum);
                }
                put_part::<V>(out.add(query * token(of.out) + at), n, V::mul(sum, factor));
            }
        }
    }
}

/// A row of scores to e^(scale score + mask - max); gives 1 / their sum, NaN if a score is not finite.
#[inline(always)]
pub(super) unsafe fn probabilities<V: Lanes>(
    of: &Attention,
    scores: *mut f32,
    mask: *const f32,
) -> f32 {
    unsafe {
        let scale = V::splat(of.scale);
        let mut range = Range::<V>::new();
        for at in (0..of.keys).step_by(WIDTH) {
            let n = WIDTH.min(of.keys - at);
            let score = V::load(scores.add(at));
            range.include(score);
            let mask = if mask.is_null() {
                V::splat(0.0)
            } else {
                part::<V>(mask.add(at), n)
            };
            V::store(scores.add(at), V::fma(score, scale, mask));
        }
        let inverse = exponentials::<V>(scores, of.keys, scores);
        if range.finite() { inverse } else { f32::NAN }
    }
}
