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
    /// The smaller one; NaN where one is NaN.
    Min,
    /// The larger one, likewise.
    Max,
}

/// The second operand.
#[derive(Clone, Copy)]
enum Second<'a> {
    /// A number for each number.
    Each(&'a [f32]),
    /// One number for all.
    Scalar(f32),
}

struct Zipped<'a> {
    op: Zip,
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
    let b = Second::Each(b);
    isa.run(Zipped { op, a, b, y });
}

/// y = a op b, where `b` is one number.
///
/// # Panics
/// If the lengths differ.
pub fn zip_scalar(isa: Isa, op: Zip, a: &[f32], b: f32, y: &mut [f32]) {
    assert_eq!(a.len(), y.len(), "one length");
    let b = Second::Scalar(b);
    isa.run(Zipped { op, a, b, y });
}

impl Task for Zipped<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        // SAFETY: the caller's.
        unsafe {
            match self.op {
                Zip::Add => self.joined::<S::V, 0>(),
                Zip::Sub => self.joined::<S::V, 1>(),
                Zip::Mul => self.joined::<S::V, 2>(),
                Zip::Div => self.joined::<S::V, 3>(),
                Zip::Min => self.joined::<S::V, 4>(),
                Zip::Max => self.joined::<S::V, 5>(),
            }
        }
    }
}

impl Zipped<'_> {
    #[inline(always)]
    unsafe fn joined<V: Lanes, const OP: u8>(self) {
        // SAFETY: the instruction set is the caller's; `a`, `y` and, if it is a slice, `b` have one length.
        unsafe {
            match self.b {
                Second::Each(b) => join_all::<V, OP, true>(self.a, b.as_ptr(), self.y),
                Second::Scalar(b) => join_all::<V, OP, false>(self.a, &raw const b, self.y),
            }
        }
    }
}

/// `b` has a number for each of `a`, or one for all.
#[inline(always)]
unsafe fn join_all<V: Lanes, const OP: u8, const EACH: bool>(
    a: &[f32],
    b: *const f32,
    y: &mut [f32],
) {
    let n = a.len();
    // SAFETY: below `n`; the caller's.
    unsafe {
        let single = if EACH { V::splat(0.0) } else { V::splat(*b) };
        for at in (0..n).step_by(WIDTH) {
            let count = WIDTH.min(n - at);
            let second = if EACH {
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
            4 => either::<V>(V::min(a, b), V::min(b, a)),
            _ => either::<V>(V::max(a, b), V::max(b, a)),
        }
    }
}

/// Two equal numbers, or one of them NaN: then NaN, as the bits of a NaN stay one under any others.
#[inline(always)]
unsafe fn either<V: Lanes>(a: V::F, b: V::F) -> V::F {
    // SAFETY: the caller's.
    unsafe { V::of_bits(V::or(V::bits(a), V::bits(b))) }
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
