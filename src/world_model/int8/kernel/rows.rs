//! Element-wise operations and softmax on whole slices and rows.

use super::instructions::{Instructions, Task};
use super::isa::Isa;
use super::lanes::{Lanes, WIDTH};
use super::math;
use super::norm::part;

/// An operation of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zip {
    /// The sum.
    Add,
    /// The difference.
    Sub,
    /// The product.
    Mul,
    /// The quotient.
    Div,
    /// The second number where one is NaN, as in C's `a < b ? a : b`.
    Min,
    /// The larger one, likewise.
    Max,
}

/// The second operand.
#[derive(Clone, Copy)]
enum Second<'a> {
    /// A number for each number.
    Each(&'a [f32]),
    /// One row for all rows.
    Row(&'a [f32]),
    /// One number a row.
    Scalar(&'a [f32]),
}

struct Zipped<'a> {
    op: Zip,
    width: usize,
    a: &'a [f32],
    b: Second<'a>,
    y: &'a mut [f32],
}

/// y = a op b, number by number.
///
/// # Panics
/// If the lengths differ.
pub fn zip(isa: Isa, op: Zip, a: &[f32], b: &[f32], y: &mut [f32]) {
    assert!(a.len() == b.len() && a.len() == y.len(), "one length");
    let (width, b) = (a.len(), Second::Each(b));
    isa.run(Zipped { op, width, a, b, y });
}

/// y = a op b for every row of `a`, where `b` is one row.
///
/// # Panics
/// If `a` is not whole rows as long as `b`, or `y` has another length.
pub fn zip_row(isa: Isa, op: Zip, a: &[f32], b: &[f32], y: &mut [f32]) {
    let width = b.len();
    assert!(a.is_empty() || a.len().is_multiple_of(width), "whole rows");
    assert_eq!(a.len(), y.len(), "output as long as the input");
    let b = Second::Row(b);
    isa.run(Zipped { op, width, a, b, y });
}

/// y = a op b for every row of `a` `[rows][width]`, where `b` has one number a row.
///
/// # Panics
/// If `a` is not `b.len()` rows of `width`, or `y` has another length.
pub fn zip_scalar(isa: Isa, op: Zip, width: usize, a: &[f32], b: &[f32], y: &mut [f32]) {
    assert_eq!(a.len(), width * b.len(), "one number a row");
    assert_eq!(a.len(), y.len(), "output as long as the input");
    let b = Second::Scalar(b);
    isa.run(Zipped { op, width, a, b, y });
}

impl Task for Zipped<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        // SAFETY: the caller's.
        unsafe {
            match self.op {
                Zip::Add => self.rows::<S, 0>(),
                Zip::Sub => self.rows::<S, 1>(),
                Zip::Mul => self.rows::<S, 2>(),
                Zip::Div => self.rows::<S, 3>(),
                Zip::Min => self.rows::<S, 4>(),
                Zip::Max => self.rows::<S, 5>(),
            }
        }
    }
}

impl Zipped<'_> {
    #[inline(always)]
    unsafe fn rows<S: Instructions, const OP: u8>(self) {
        let width = self.width.max(1);
        let rows = self.a.chunks_exact(width);
        for (row, (a, y)) in rows.zip(self.y.chunks_exact_mut(width)).enumerate() {
            // SAFETY: the instruction set is the caller's; `a`, `b` and `y` have `width` numbers here.
            unsafe {
                match self.b {
                    Second::Each(b) | Second::Row(b) => {
                        one_row::<S::V, OP, true>(a, b.as_ptr(), y);
                    }
                    Second::Scalar(b) => one_row::<S::V, OP, false>(a, &b[row], y),
                }
            }
        }
    }
}

/// `b` is a row, or one number.
#[inline(always)]
unsafe fn one_row<V: Lanes, const OP: u8, const ROW: bool>(
    a: &[f32],
    b: *const f32,
    y: &mut [f32],
) {
    let n = a.len();
    // SAFETY: below `n`; the caller's.
    unsafe {
        let single = if ROW { V::splat(0.0) } else { V::splat(*b) };
        for at in (0..n).step_by(WIDTH) {
            let count = WIDTH.min(n - at);
            let second = if ROW {
                part::<V>(b.add(at), count)
            } else {
                single
            };
            let joined = join::<V, OP>(part::<V>(a.as_ptr().add(at), count), second);
            put_part::<V>(y.as_mut_ptr().add(at), count, joined);
        }
    }
}

#[inline(always)]
unsafe fn join<V: Lanes, const OP: u8>(a: V::F, b: V::F) -> V::F {
    // SAFETY: the caller's.
    unsafe {
        match OP {
            0 => V::add(a, b),
            1 => V::sub(a, b),
            2 => V::mul(a, b),
            3 => V::div(a, b),
            4 => V::min(a, b),
            _ => V::max(a, b),
        }
    }
}

/// y = x (1 + scale) + shift: the modulation of an adaptive norm (DiT, Peebles and Xie 2023). `scale` and
/// `shift` have as many numbers as `x`, or one row of `width` for each `x.len() / scale.len()` rows.
///
/// # Panics
/// If the lengths are not whole rows, or don't divide.
pub fn modulate(isa: Isa, width: usize, x: &[f32], scale: &[f32], shift: &[f32], y: &mut [f32]) {
    assert!(
        width > 0 && x.len().is_multiple_of(width),
        "whole rows of {width}"
    );
    assert!(
        scale.len() == shift.len() && x.len() == y.len(),
        "one length"
    );
    assert!(
        x.is_empty() || (scale.len().is_multiple_of(width) && !scale.is_empty()),
        "whole rows of scales"
    );
    let rows = x.len() / width;
    let groups = scale.len() / width;
    assert!(
        rows == 0 || rows.is_multiple_of(groups),
        "rows for each scale"
    );
    isa.run(Modulate {
        width,
        each: rows / groups.max(1),
        x,
        scale,
        shift,
        y,
    });
}

struct Modulate<'a> {
    width: usize,
    /// Rows for each row of scales.
    each: usize,
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    y: &'a mut [f32],
}

impl Task for Modulate<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        let n = self.width;
        for (row, y) in self.y.chunks_exact_mut(n).enumerate() {
            let group = row / self.each * n;
            // SAFETY: the instruction set is the caller's; all four rows have `n` numbers.
            unsafe {
                let x = self.x.as_ptr().add(row * n);
                let scale = self.scale.as_ptr().add(group);
                let shift = self.shift.as_ptr().add(group);
                for at in (0..n).step_by(WIDTH) {
                    let count = WIDTH.min(n - at);
                    let factor = S::V::add(S::V::splat(1.0), part::<S::V>(scale.add(at), count));
                    let x = part::<S::V>(x.add(at), count);
                    let sum = S::V::fma(x, factor, part::<S::V>(shift.add(at), count));
                    put_part::<S::V>(y.as_mut_ptr().add(at), count, sum);
                }
            }
        }
    }
}

/// Stores the first `n` <= 16 lanes.
#[inline(always)]
pub(super) unsafe fn put_part<V: Lanes>(p: *mut f32, n: usize, v: V::F) {
    // SAFETY: the caller's.
    unsafe {
        if n == WIDTH {
            V::store(p, v);
        } else {
            V::store_part(p, n, v);
        }
    }
}

/// The softmax of every row of `x` `[rows][width]`. A row with a NaN or +infinity gives NaN; -infinity gives 0.
///
/// # Panics
/// If `width` is zero, or `x` and `y` are not whole rows of one length.
pub fn softmax(isa: Isa, width: usize, x: &[f32], y: &mut [f32]) {
    assert!(
        width > 0 && x.len().is_multiple_of(width),
        "whole rows of {width}"
    );
    assert_eq!(x.len(), y.len(), "output as long as the input");
    isa.run(Softmax { width, x, y });
}

struct Softmax<'a> {
    width: usize,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Task for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        let rows = self.x.chunks_exact(self.width);
        for (x, y) in rows.zip(self.y.chunks_exact_mut(self.width)) {
            // SAFETY: the instruction set is the caller's; both rows are `width` long.
            unsafe {
                let inverse = exponentials::<S::V>(x.as_ptr(), self.width, y.as_mut_ptr());
                let factor = S::V::splat(inverse);
                for at in (0..self.width).step_by(WIDTH) {
                    let n = WIDTH.min(self.width - at);
                    let e = part::<S::V>(y.as_ptr().add(at), n);
                    put_part::<S::V>(y.as_mut_ptr().add(at), n, S::V::mul(e, factor));
                }
            }
        }
    }
}

/// Writes e^(x - max) of `n` > 0 numbers; gives 1 / their sum. `x` and `y` may be the same.
#[inline(always)]
pub(super) unsafe fn exponentials<V: Lanes>(x: *const f32, n: usize, y: *mut f32) -> f32 {
    // SAFETY: below `n`; the caller's.
    unsafe {
        let lowest = V::splat(f32::NEG_INFINITY);
        let mut greatest = lowest;
        for at in (0..n).step_by(WIDTH) {
            let count = WIDTH.min(n - at);
            let v = part::<V>(x.add(at), count);
            greatest = V::max(V::select(V::first(count), v, lowest), greatest);
        }
        let greatest = V::splat(V::greatest(greatest));
        let mut sum = V::splat(0.0);
        for at in (0..n).step_by(WIDTH) {
            let count = WIDTH.min(n - at);
            let e = math::exp::<V>(V::sub(part::<V>(x.add(at), count), greatest));
            let e = V::select(V::first(count), e, V::splat(0.0));
            sum = V::add(sum, e);
            put_part::<V>(y.add(at), count, e);
        }
        1.0 / V::sum(sum)
    }
}
