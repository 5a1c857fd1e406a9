//! Aligned memory: packed weights, and the scratch that calls share.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::quantize::Row;

#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A type for which every bit pattern is a value and which has no padding.
///
/// # Safety
/// Both must hold, and the size must divide 64.
pub(super) unsafe trait Plain: Copy {}
// SAFETY: primitive numbers.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for f32 {}

/// A zeroed array that begins on a cache line and owns all of its last one.
#[derive(Clone, Debug)]
pub(super) struct Aligned<T> {
    lines: Vec<Line>,
    len: usize,
    kind: PhantomData<T>,
}

impl<T> Default for Aligned<T> {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            len: 0,
            kind: PhantomData,
        }
    }
}

impl<T: Plain> Aligned<T> {
    pub fn zeroed(len: usize) -> Self {
        let mut new = Self::default();
        new.grow(len);
        new
    }

    /// At least `len` long from now on; what was in it is kept, what is new is zero.
    pub fn grow(&mut self, len: usize) -> &mut Self {
        if len > self.len {
            let lines = (len * size_of::<T>()).div_ceil(size_of::<Line>());
            if lines > self.lines.len() {
                self.lines.resize(lines, Line([0; 64]));
            }
            self.len = len;
        }
        self
    }

    pub fn as_slice(&self) -> &[T] {
        // SAFETY: the lines hold `len` initialised values, aligned to 64; any bits are a `T`.
        unsafe { std::slice::from_raw_parts(self.as_ptr(), self.len) }
    }

    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: as above, and the borrow is unique.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr(), self.len) }
    }

    pub fn as_ptr(&self) -> *const T {
        self.lines.as_ptr().cast()
    }

    pub fn as_mut_ptr(&mut self) -> *mut T {
        self.lines.as_mut_ptr().cast()
    }

    pub fn bytes(&self) -> usize {
        self.lines.len() * size_of::<Line>()
    }
}

/// Numbers that begin on a cache line: vectors of them that lie across two lines take twice as long.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Aligned<f32>);

impl Numbers {
    /// At least `len` long from now on; what was in it is kept, what is new is zero.
    pub fn grow(&mut self, len: usize) {
        self.0.grow(len);
    }
}

impl From<&[f32]> for Numbers {
    fn from(numbers: &[f32]) -> Self {
        let mut aligned = Self::default();
        aligned.grow(numbers.len());
        aligned.copy_from_slice(numbers);
        aligned
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Deref for Numbers {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        self.0.as_slice()
    }
}

impl DerefMut for Numbers {
    fn deref_mut(&mut self) -> &mut [f32] {
        self.0.as_mut_slice()
    }
}

/// Working memory of the kernels: one a thread. Grows to what the largest call needs, never shrinks.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// Activations as codes, or f32 rows after a norm.
    pub(super) codes: Aligned<u8>,
    pub(super) rows: Vec<Row>,
    /// A block of sums, `[rows][columns]`, i32 or f32.
    pub(super) sums: Aligned<u32>,
    /// A few rows after their norm.
    pub(super) normed: Aligned<f32>,
    /// The image between two convolutions.
    pub(super) between: Aligned<f32>,
    /// The least and the greatest sums of each of its channels.
    pub(super) extremes: Aligned<u32>,
    pub(super) attention: [Aligned<f32>; 4],
}
