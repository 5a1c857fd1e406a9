//! The matrix product: rows of units times packed panels, into 32-bit sums.
//!
//! One loop for linear layers and convolutions, f32 and int8, and every instruction set: a unit of each of up
//! to six rows is broadcast and multiplied with its weights in one or more panels of sixteen columns, all sums
//! in registers (the tile of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008,
//! as BLIS arranges it). The loops around it keep panels in the first-level cache. A sum runs through the units
//! in order whatever the tile, so a row's bits don't depend on the number of rows.

use std::marker::PhantomData;

use super::dot::{Dot, Single};
use super::instructions::{Instructions, Task};

/// Bytes of weights that the loop over rows goes through again and again.
const PANEL_BYTES: usize = 16 * 1024;

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

/// Computes `sums[r][c] = sum over units of row r times column c`.
///
/// # Safety of running it
/// `rows` has `count` rows of `units` units; `weights` has `panels` whole panels; `sums` takes `count` rows of
/// `width` >= 16 `panels` numbers.
pub(super) struct Gemm<C, R> {
    pub product: PhantomData<C>,
    pub rows: R,
    pub count: usize,
    pub weights: *const u8,
    pub panels: usize,
    pub units: usize,
    pub sums: *mut u32,
    /// Numbers between rows of `sums`.
    pub width: usize,
}

impl<C: Choice, R: Rows> Task for Gemm<C, R> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        // SAFETY: the caller's.
        unsafe { Loops::<S, C::Dot<S>, R>::run(self.rows, &self) }
    }
}

/// Panels and units that a call of [`Loops::rows`] goes through.
#[derive(Clone, Copy)]
struct Block {
    weights: *const u8,
    /// Bytes between panels.
    stride: usize,
    panel: usize,
    from: usize,
    to: usize,
}

/// Whether an instruction set has tiles of H rows and P panels: a constant, so that no others are compiled.
struct Fits<S, const H: usize, const P: usize>(PhantomData<S>);

impl<S: Instructions, const H: usize, const P: usize> Fits<S, H, P> {
    const YES: bool = H <= S::HEIGHT && P <= S::PANELS[H];
}

struct Loops<S, D, R>(PhantomData<(S, D, R)>);

impl<S: Instructions, D: Dot<S::V>, R: Rows> Loops<S, D, R> {
    // SAFETY of the bodies: every index is below the counts of `Gemm`, whose contract gives the memory.
    #[inline(always)]
    unsafe fn run<C>(rows: R, g: &Gemm<C, R>) {
        if g.count == 0 {
            return;
        }
        let tiles = g.count.div_ceil(S::HEIGHT);
        let side = S::PANELS[g.count.div_ceil(tiles)];
        let depth = if tiles == 1 {
            g.units.max(1)
        } else {
            (PANEL_BYTES / D::STEP / side).max(1)
        };
        let mut from = 0;
        while from < g.units.max(1) {
            let to = g.units.min(from + depth);
            let mut panel = 0;
            while panel < g.panels {
                let left = g.panels - panel;
                let block = Block {
                    weights: unsafe { g.weights.add((panel * g.units + from) * D::STEP) },
                    stride: g.units * D::STEP,
                    panel,
                    from,
                    to,
                };
                let side = side.min(left);
                unsafe {
                    panel += if Fits::<S, 1, 8>::YES && side >= 8 {
                        Self::panels::<C, 8>(rows, g, block)
                    } else if Fits::<S, 1, 4>::YES && side >= 4 {
                        Self::panels::<C, 4>(rows, g, block)
                    } else if Fits::<S, 1, 2>::YES && side >= 2 {
                        Self::panels::<C, 2>(rows, g, block)
                    } else {
                        Self::panels::<C, 1>(rows, g, block)
                    };
                }
            }
            from += depth;
        }
    }

    #[inline(always)]
    unsafe fn panels<C, const P: usize>(rows: R, g: &Gemm<C, R>, block: Block) -> usize {
        unsafe { Self::rows::<C, P>(rows, g, block) };
        P
    }

    /// All rows, in tiles of nearly the same height.
    #[inline(always)]
    unsafe fn rows<C, const P: usize>(rows: R, g: &Gemm<C, R>, block: Block) {
        let tiles = g.count.div_ceil(S::HEIGHT);
        let (height, higher) = (g.count / tiles, g.count % tiles);
        let mut row = 0;
        for tile in 0..tiles {
            let height = height + usize::from(tile < higher);
            unsafe {
                match height {
                    1 => Self::tile_if_fits::<C, 1, P>(rows, g, block, row),
                    2 => Self::tile_if_fits::<C, 2, P>(rows, g, block, row),
                    3 => Self::tile_if_fits::<C, 3, P>(rows, g, block, row),
                    4 => Self::tile_if_fits::<C, 4, P>(rows, g, block, row),
                    5 => Self::tile_if_fits::<C, 5, P>(rows, g, block, row),
                    _ => Self::tile_if_fits::<C, 6, P>(rows, g, block, row),
                }
            }
            row += height;
        }
    }

    #[inline(always)]
    unsafe fn tile_if_fits<C, const H: usize, const P: usize>(
        rows: R,
        g: &Gemm<C, R>,
        block: Block,
        row: usize,
    ) {
        if Fits::<S, H, P>::YES {
            unsafe { Self::tile::<C, H, P>(rows, g, block, row) };
        } else {
            unreachable!("tiles are as wide as their height allows");
        }
    }

    #[expect(
        clippy::needless_range_loop,
        reason = "tiles are indexed by row and panel"
    )]
    #[inline(always)]
    unsafe fn tile<C, const H: usize, const P: usize>(
        rows: R,
        g: &Gemm<C, R>,
        block: Block,
        row: usize,
    ) {
        unsafe {
            let mut starts = [std::ptr::null(); H];
            for (i, start) in starts.iter_mut().enumerate() {
                *start = rows.row(row + i);
            }
            let sums = g.sums.add(row * g.width + block.panel * 16);
            let mut acc = [[D::zero(); P]; H];
            if block.from > 0 {
                for i in 0..H {
                    for j in 0..P {
                        acc[i][j] = D::load(sums.add(i * g.width + j * 16));
                    }
                }
            }
            let mut weights = block.weights;
            for unit in block.from..block.to {
                let offset = Self::offset(rows, unit);
                let mut w = [D::weights(weights); P];
                for j in 1..P {
                    w[j] = D::weights(weights.add(j * block.stride));
                }
                for i in 0..H {
                    let x = D::unit(starts[i].add(offset));
                    for j in 0..P {
                        acc[i][j] = D::mac(acc[i][j], x, w[j]);
                    }
                }
                weights = weights.add(D::STEP);
            }
            for i in 0..H {
                for j in 0..P {
                    D::store(sums.add(i * g.width + j * 16), acc[i][j]);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn offset(rows: R, unit: usize) -> usize {
        unsafe {
            match D::UNIT {
                2 => rows.offset::<2>(unit),
                _ => rows.offset::<4>(unit),
            }
        }
    }
}
