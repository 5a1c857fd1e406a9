//! What the matrix product takes: where the units of its rows lie, and in which numbers it multiplies.

use super::dot::{Dot, Single};
use super::instructions::Instructions;

/// Where units lie.
pub(super) trait Rows: Copy {
    /// # Safety
    /// `row` is one of the rows.
    unsafe fn row(self, row: usize) -> *const u8;
    /// Bytes from a row's start to its unit.
    ///
    /// # Safety
    /// `unit` is one of a row's.
    unsafe fn offset<const UNIT: usize>(self, unit: usize) -> usize;
}

/// Rows of contiguous units.
#[derive(Clone, Copy)]
pub(super) struct Dense {
    pub first: *const u8,
    /// Bytes between rows.
    pub stride: usize,
}

impl Rows for Dense {
    #[inline(always)]
    unsafe fn row(self, row: usize) -> *const u8 {
        // SAFETY: inside the rows, by the caller's promise.
        unsafe { self.first.add(row * self.stride) }
    }
    #[inline(always)]
    unsafe fn offset<const UNIT: usize>(self, unit: usize) -> usize {
        unit * UNIT
    }
}

/// Rows whose starts and units are looked up: the windows of a convolution, without copying them out.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    pub first: *const u8,
    /// Bytes from `first` to each row.
    pub rows: *const u32,
    /// Bytes from a row's start to each unit.
    pub units: *const u32,
}

impl Rows for Windows {
    #[inline(always)]
    unsafe fn row(self, row: usize) -> *const u8 {
        // SAFETY: inside the table and the rows, by the caller's promise.
        unsafe { self.first.add(*self.rows.add(row) as usize) }
    }
    #[inline(always)]
    unsafe fn offset<const UNIT: usize>(self, unit: usize) -> usize {
        // SAFETY: inside the table, by the caller's promise.
        unsafe { *self.units.add(unit) as usize }
    }
}

/// Which product an instruction set is to use.
pub(super) trait Choice: Copy {
    type Dot<S: Instructions>: Dot<S::V>;
}

#[derive(Clone, Copy)]
pub(super) struct InF32;
#[derive(Clone, Copy)]
pub(super) struct InInt8;

impl Choice for InF32 {
    type Dot<S: Instructions> = Single;
}
impl Choice for InInt8 {
    type Dot<S: Instructions> = S::Int8;
}
