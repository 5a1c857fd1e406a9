//! Activations to codes: asymmetric, 8 bits, one scale and zero point a row or image.

use super::dot::{Codes, Dot};
use super::instructions::Instructions;
use super::lanes::{Lanes, WIDTH};

/// Numbers of a smaller range than this times 255 have code zero.
const FINEST: f32 = 1.0 / (1u128 << 120) as f32;

/// What a row's codes mean: x = `scale` (code - `zero`).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    /// NaN if a number of the row is not finite: then so is all that comes of it.
    pub scale: f32,
    pub zero: i32,
    /// 1 / `scale`.
    pub inverse: f32,
}

impl Row {
    /// A row of f32 that stays so.
    pub fn plain(finite: bool) -> Self {
        let scale = if finite { 1.0 } else { f32::NAN };
        Self {
            scale,
            zero: 0,
            inverse: scale,
        }
    }

    /// Codes 0..=255 over `low`..=`high`, which contain zero.
    pub fn spanning(low: f32, high: f32, finite: bool) -> Self {
        if !finite {
            return Self::plain(false);
        }
        let scale = (high / 255.0 - low / 255.0).max(FINEST);
        let inverse = 1.0 / scale;
        let zero = (-low * inverse).round_ties_even().clamp(0.0, 255.0) as i32;
        Self {
            scale,
            zero,
            inverse,
        }
    }
}

/// The range of numbers, zero included, and whether all are finite.
#[derive(Clone, Copy)]
pub(super) struct Range<V: Lanes> {
    low: V::F,
    high: V::F,
    /// Zeros as long as all are finite, then NaN.
    poison: V::F,
}

// SAFETY of the bodies: the processor has the instruction set, and pointers have `n` numbers, as the callers
// promise.
impl<V: Lanes> Range<V> {
    #[inline(always)]
    pub unsafe fn new() -> Self {
        unsafe {
            Self {
                low: V::splat(0.0),
                high: V::splat(0.0),
                poison: V::splat(0.0),
            }
        }
    }

    #[inline(always)]
    pub unsafe fn include(&mut self, x: V::F) {
        unsafe {
            self.low = V::min(x, self.low);
            self.high = V::max(x, self.high);
            self.check(x);
        }
    }

    /// Only whether `x` is finite.
    #[inline(always)]
    pub unsafe fn check(&mut self, x: V::F) {
        unsafe { self.poison = V::fma(x, V::splat(0.0), self.poison) }
    }

    /// Of `n` numbers at `p`: in four ranges, so that no vector waits for the one before it.
    #[inline(always)]
    pub unsafe fn of(p: *const f32, n: usize) -> Self {
        unsafe {
            let mut ranges = [Self::new(); 4];
            let mut at = 0;
            while at + 4 * WIDTH <= n {
                for (i, range) in ranges.iter_mut().enumerate() {
                    range.include(V::load(p.add(at + i * WIDTH)));
                }
                at += 4 * WIDTH;
            }
            let [mut all, b, c, d] = ranges;
            for other in [b, c, d] {
                all.low = V::min(all.low, other.low);
                all.high = V::max(all.high, other.high);
                all.poison = V::add(all.poison, other.poison);
            }
            all.extend(p.add(at), n - at);
            all
        }
    }

    /// Includes `n` numbers at `p`.
    #[inline(always)]
    pub unsafe fn extend(&mut self, p: *const f32, n: usize) {
        unsafe {
            let mut at = 0;
            while at + WIDTH <= n {
                self.include(V::load(p.add(at)));
                at += WIDTH;
            }
            if at < n {
                self.include(V::load_part(p.add(at), n - at));
            }
        }
    }

    #[inline(always)]
    pub unsafe fn finite(&self) -> bool {
        unsafe { !V::sum(self.poison).is_nan() }
    }

    #[inline(always)]
    pub unsafe fn row(&self) -> Row {
        unsafe { self.extent().row() }
    }

    #[inline(always)]
    pub unsafe fn extent(&self) -> Extent {
        unsafe {
            Extent {
                low: V::least(self.low),
                high: V::greatest(self.high),
                finite: self.finite(),
            }
        }
    }
}

/// Whether `n` numbers at `p` are finite.
///
/// # Safety
/// The processor has the instruction set; `p` has `n` numbers.
#[inline(always)]
pub(super) unsafe fn all_finite<V: Lanes>(p: *const f32, n: usize) -> bool {
    // SAFETY: below `n`; the caller's.
    unsafe {
        let mut ranges = [Range::<V>::new(); 4];
        let mut at = 0;
        while at + 4 * WIDTH <= n {
            for (i, range) in ranges.iter_mut().enumerate() {
                range.check(V::load(p.add(at + i * WIDTH)));
            }
            at += 4 * WIDTH;
        }
        ranges[0].extend(p.add(at), n - at);
        let [a, b, c, d] = ranges.map(|range| range.poison);
        !V::sum(V::add(V::add(a, b), V::add(c, d))).is_nan()
    }
}

/// A [`Range`] as numbers.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    low: f32,
    high: f32,
    pub finite: bool,
}

impl Extent {
    /// Of nothing but zero.
    pub const ZERO: Self = Self {
        low: 0.0,
        high: 0.0,
        finite: true,
    };

    /// Of what either has.
    pub fn join(&mut self, other: Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.finite &= other.finite;
    }

    pub fn row(self) -> Row {
        Row::spanning(self.low, self.high, self.finite)
    }
}

/// Numbers to what a row holds of them.
pub(super) trait Encode<V: Lanes>: Copy {
    /// Bytes a number.
    const BYTES: usize;

    /// Writes sixteen numbers.
    ///
    /// # Safety
    /// The processor has the instruction set; `to` has room for them.
    unsafe fn put(self, x: V::F, to: *mut u8);

    /// Writes `n` numbers, up to the next multiple of sixteen.
    ///
    /// # Safety
    /// As [`Self::put`]; `x` has `n` numbers.
    #[inline(always)]
    unsafe fn write(self, x: *const f32, n: usize, to: *mut u8) {
        // SAFETY: the caller's.
        unsafe {
            let mut at = 0;
            while at + WIDTH <= n {
                self.put(V::load(x.add(at)), to.add(at * Self::BYTES));
                at += WIDTH;
            }
            if at < n {
                let x = V::load_part(x.add(at), n - at);
                self.put(x, to.add(at * Self::BYTES));
            }
        }
    }
}

/// f32 as it is.
#[derive(Clone, Copy)]
pub(super) struct Copied;

impl<V: Lanes> Encode<V> for Copied {
    const BYTES: usize = 4;

    #[inline(always)]
    unsafe fn put(self, x: V::F, to: *mut u8) {
        // SAFETY: the caller's.
        unsafe { V::store(to.cast(), x) }
    }
}

/// Numbers to codes.
#[derive(Clone, Copy)]
pub(super) struct Coded<S: Instructions> {
    inverse: <S::V as Lanes>::F,
    zero: <S::V as Lanes>::F,
}

impl<S: Instructions> Coded<S> {
    #[inline(always)]
    pub unsafe fn new(row: Row) -> Self {
        // SAFETY: the caller's.
        unsafe {
            Self {
                inverse: S::V::splat(row.inverse),
                zero: S::V::splat(row.zero as f32),
            }
        }
    }
}

impl<S: Instructions> Encode<S::V> for Coded<S> {
    const BYTES: usize = <S::Int8 as Dot<S::V>>::CODE_BYTES;

    #[inline(always)]
    unsafe fn put(self, x: <S::V as Lanes>::F, to: *mut u8) {
        // SAFETY: the caller's.
        unsafe { S::Int8::put(to, S::V::nearest(S::V::fma(x, self.inverse, self.zero))) }
    }
}
