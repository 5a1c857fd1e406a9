//! LayerNorm and RMSNorm of rows.
//!
//! Statistics in two passes, the second over differences from the mean. Sixty-four partial sums, joined in one
//! order.

use super::instructions::{Instructions, Task};
use super::isa::Isa;
use super::lanes::{Lanes, WIDTH};
use super::memory::Numbers;

/// A norm over a row: y = (x - mean) / sqrt(var + epsilon) * gain + bias.
#[derive(Clone, Debug, PartialEq)]
pub struct Norm {
    /// LayerNorm (Ba et al. 2016) if true; RMSNorm (Zhang and Sennrich 2019: no mean, mean square for var) if
    /// false.
    pub centred: bool,
    /// Added to the variance.
    pub epsilon: f32,
    /// As long as the row; ones if absent.
    pub gain: Option<Numbers>,
    /// As long as the row; zeros if absent.
    pub bias: Option<Numbers>,
}

impl Norm {
    pub(super) fn affine(&self) -> Affine {
        let pointer = |values: &Option<Numbers>| {
            values
                .as_ref()
                .map_or(std::ptr::null(), |values| values.as_ptr())
        };
        Affine {
            gain: pointer(&self.gain),
            bias: pointer(&self.bias),
        }
    }

    pub(super) fn check(&self, width: usize) -> Result<(), super::KernelError> {
        for (what, values) in [("a norm's gain", &self.gain), ("a norm's bias", &self.bias)] {
            if let Some(values) = values {
                super::pack::check_length(what, values.len(), width)?;
            }
        }
        Ok(())
    }
}

/// Gain and bias, null where absent.
#[derive(Clone, Copy)]
pub(super) struct Affine {
    gain: *const f32,
    bias: *const f32,
}

/// What a row's norm multiplies and subtracts. NaN if a number is not finite or a square overflows.
#[derive(Clone, Copy, Default)]
pub(super) struct Statistics {
    mean: f32,
    inverse: f32,
}

/// # Safety
/// The processor has the instruction set; `x` has `n` numbers.
#[inline(always)]
pub(super) unsafe fn statistics<V: Lanes>(norm: &Norm, x: *const f32, n: usize) -> Statistics {
    // SAFETY: the caller's.
    unsafe {
        let mean = if norm.centred {
            total::<V, false>(x, n, V::splat(0.0)) / n as f32
        } else {
            0.0
        };
        let variance = total::<V, true>(x, n, V::splat(mean)) / n as f32;
        let inverse = if variance.is_finite() {
            1.0 / (variance + norm.epsilon).sqrt()
        } else {
            f32::NAN
        };
        Statistics { mean, inverse }
    }
}

/// The sum of `n` numbers, or of the squares of their differences from `mean`.
#[inline(always)]
unsafe fn total<V: Lanes, const SQUARES: bool>(x: *const f32, n: usize, mean: V::F) -> f32 {
    // SAFETY: below `n`; the caller's.
    unsafe {
        let mut sums = [V::splat(0.0); 4];
        let mut at = 0;
        while at + 4 * WIDTH <= n {
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = step::<V, SQUARES>(*sum, V::load(x.add(at + i * WIDTH)), mean);
            }
            at += 4 * WIDTH;
        }
        for sum in &mut sums {
            if at + WIDTH <= n {
                *sum = step::<V, SQUARES>(*sum, V::load(x.add(at)), mean);
                at += WIDTH;
            } else if at < n {
                let part = V::load_part(x.add(at), n - at);
                let part = V::select(V::first(n - at), part, mean);
                let part = if SQUARES {
                    part
                } else {
                    V::select(V::first(n - at), part, V::splat(0.0))
                };
                *sum = step::<V, SQUARES>(*sum, part, mean);
                at = n;
            }
        }
        V::sum(V::add(V::add(sums[0], sums[1]), V::add(sums[2], sums[3])))
    }
}

#[inline(always)]
unsafe fn step<V: Lanes, const SQUARES: bool>(sum: V::F, x: V::F, mean: V::F) -> V::F {
    // SAFETY: the caller's.
    unsafe {
        if SQUARES {
            let d = V::sub(x, mean);
            V::fma(d, d, sum)
        } else {
            V::add(sum, x)
        }
    }
}

/// A row's norm on sixteen lanes at a time.
#[derive(Clone, Copy)]
pub(super) struct Normalizer<V: Lanes> {
    mean: V::F,
    inverse: V::F,
    affine: Affine,
}

impl<V: Lanes> Normalizer<V> {
    #[inline(always)]
    pub unsafe fn new(statistics: Statistics, affine: Affine) -> Self {
        // SAFETY: the caller's: the processor has the instruction set.
        unsafe {
            Self {
                mean: V::splat(statistics.mean),
                inverse: V::splat(statistics.inverse),
                affine,
            }
        }
    }

    /// Of `x`, the `n` <= 16 numbers from column `column` on.
    #[inline(always)]
    pub unsafe fn of(&self, x: V::F, column: usize, n: usize) -> V::F {
        // SAFETY: gain and bias are as long as the row; the caller's.
        unsafe {
            let y = V::mul(V::sub(x, self.mean), self.inverse);
            let Affine { gain, bias } = self.affine;
            match (gain.is_null(), bias.is_null()) {
                (true, true) => y,
                (true, false) => V::add(y, part::<V>(bias.add(column), n)),
                (false, true) => V::mul(y, part::<V>(gain.add(column), n)),
                (false, false) => V::fma(
                    y,
                    part::<V>(gain.add(column), n),
                    part::<V>(bias.add(column), n),
                ),
            }
        }
    }

    /// Of a row of `n` numbers.
    #[inline(always)]
    pub unsafe fn row(&self, x: *const f32, n: usize, y: *mut f32) {
        // SAFETY: below `n`; the caller's.
        unsafe {
            let mut at = 0;
            while at + WIDTH <= n {
                V::store(y.add(at), self.of(V::load(x.add(at)), at, WIDTH));
                at += WIDTH;
            }
            if at < n {
                let rest = n - at;
                let x = V::load_part(x.add(at), rest);
                V::store_part(y.add(at), rest, self.of(x, at, rest));
            }
        }
    }
}

/// `n` <= 16 numbers, zeros after them.
#[inline(always)]
pub(super) unsafe fn part<V: Lanes>(p: *const f32, n: usize) -> V::F {
    // SAFETY: the caller's.
    unsafe {
        if n == WIDTH {
            V::load(p)
        } else {
            V::load_part(p, n)
        }
    }
}

/// Writes the norm of every row of `x` `[rows][width]` to `y`. A row that is not finite, or whose
/// squares overflow, gives NaN.
///
/// # Panics
/// If `width` is zero or gain or bias has another length, or `x` and `y` are not whole rows of one length.
pub fn normalize(isa: Isa, norm: &Norm, width: usize, x: &[f32], y: &mut [f32]) {
    assert!(
        width > 0 && x.len().is_multiple_of(width),
        "whole rows of {width}"
    );
    assert_eq!(x.len(), y.len(), "output as long as the input");
    norm.check(width).expect("a norm as wide as its rows");
    isa.run(Normalize { norm, width, x, y });
}

struct Normalize<'a> {
    norm: &'a Norm,
    width: usize,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Task for Normalize<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        let rows = self.x.chunks_exact(self.width);
        for (x, y) in rows.zip(self.y.chunks_exact_mut(self.width)) {
            // SAFETY: the instruction set is the caller's; both rows are `width` long.
            unsafe {
                let statistics = statistics::<S::V>(self.norm, x.as_ptr(), self.width);
                Normalizer::<S::V>::new(statistics, self.norm.affine()).row(
                    x.as_ptr(),
                    self.width,
                    y.as_mut_ptr(),
                );
            }
        }
    }
}
