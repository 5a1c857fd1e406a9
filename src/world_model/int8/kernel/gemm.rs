//! The matrix product: rows of units times packed panels, into 32-bit sums.
//!
//! One loop for linear layers and convolutions, f32 and int8, and every instruction set: a unit of each of up
//! to six rows is broadcast and multiplied with its weights in one or more panels of sixteen columns, all sums
//! in registers (the tile of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008,
//! as BLIS arranges it). The loops around it keep panels in the first-level cache. A sum runs through the units
//! in order whatever the tile, so a row's bits don't depend on the number of rows.

use std::marker::PhantomData;

use super::dot::Dot;
use super::instructions::{Instructions, Task};
use super::operands::{Choice, Rows};

/// Bytes of weights that the loop over rows goes through again and again.
const PANEL_BYTES: usize = 24 * 1024;

/// Bytes of weights that stay near between calls, where one tile takes all rows and where rows and results of many
/// tiles push them out: nothing is asked for ahead of them.
const NEAR: [usize; 2] = [512 * 1024, 192 * 1024];

/// How far ahead of a product of few rows its weights are asked for, bytes.
const AHEAD: usize = 1024;

/// Bytes that come together from memory.
const LINE: usize = 64;

/// Asks for a line to be brought to the second-level cache; any address will do.
#[inline(always)]
fn prefetch(line: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which never faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(line.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}

/// Computes `sums[r][c] = starts[c] + sum over units of row r times column c`.
///
/// # Safety of running it
/// `rows` has `count` rows of `units` units; `weights` and `starts`, if it is read, have `panels` whole panels; `sums` takes `count` rows of
/// `width` >= 16 `panels` numbers.
pub(super) struct Gemm<C, R> {
    pub product: PhantomData<C>,
    pub rows: R,
    pub count: usize,
    pub weights: *const u8,
    pub panels: usize,
    pub units: usize,
    /// What a column's sums begin with, where codes are stored less an offset; otherwise never read.
    pub starts: *const u32,
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
    /// What is asked for first, and how many units pass for each of its cache lines, in all panels.
    next: *const u8,
    pace: usize,
    /// Tiles that the rows make.
    tiles: usize,
}

/// Whether an instruction set has tiles of H rows and P panels: a constant, so that no others are compiled.
struct Fits<S, const H: usize, const P: usize>(PhantomData<S>);

impl<S: Instructions, const H: usize, const P: usize> Fits<S, H, P> {
    const YES: bool = match H <= S::HEIGHT {
        true => P <= S::PANELS[H],
        false => H <= S::TALL && P == 1,
    };
}

struct Loops<S, D, R>(PhantomData<(S, D, R)>);

impl<S: Instructions, D: Dot<S::V>, R: Rows> Loops<S, D, R> {
    // SAFETY of the bodies: every index is below the counts of `Gemm`, whose contract gives the memory.
    #[inline(always)]
    unsafe fn run<C>(rows: R, g: &Gemm<C, R>) {
        if g.count == 0 {
            return;
        }
        let height = if g.panels == 1 { S::TALL } else { S::HEIGHT };
        let tiles = g.count.div_ceil(height);
        let side = match g.count.div_ceil(tiles) {
            height if height <= S::HEIGHT => S::PANELS[height],
            _ => 1,
        };
        let depth = if tiles == 1 {
            g.units.max(1)
        } else {
            let most = (PANEL_BYTES / D::STEP / side).max(1);
            // Passes of nearly the same depth: each reads and writes all sums.
            g.units.div_ceil(g.units.div_ceil(most).max(1)).max(1)
        };
        let far = g.panels * g.units * D::STEP > NEAR[usize::from(tiles > 1)];
        let mut from = 0;
        while from < g.units.max(1) {
            let to = g.units.min(from + depth);
            let mut panel = 0;
            while panel < g.panels {
                let side = side.min(g.panels - panel);
                let side = 1 << side.ilog2();
                let weights = unsafe { g.weights.add((panel * g.units + from) * D::STEP) };
                let next = match panel + side < g.panels {
                    _ if tiles == 1 => weights.wrapping_add(AHEAD),
                    true => weights.wrapping_add(side * g.units * D::STEP),
                    false => g.weights.wrapping_add(to * D::STEP),
                };
                let block = Block {
                    weights,
                    stride: g.units * D::STEP,
                    panel,
                    from,
                    to,
                    next,
                    tiles,
                    pace: match far {
                        true => (tiles * LINE / D::STEP).max(1),
                        false => g.units.max(1),
                    },
                };
                unsafe {
                    if Fits::<S, 1, 8>::YES && side == 8 {
                        Self::rows::<C, 8>(rows, g, block);
                    } else if Fits::<S, 1, 4>::YES && side == 4 {
                        Self::rows::<C, 4>(rows, g, block);
                    } else if Fits::<S, 1, 2>::YES && side == 2 {
                        Self::rows::<C, 2>(rows, g, block);
                    } else {
                        Self::rows::<C, 1>(rows, g, block);
                    }
                }
                panel += side;
            }
            from += depth;
        }
    }

    /// All rows, in tiles of nearly the same height.
    #[inline(always)]
    unsafe fn rows<C, const P: usize>(rows: R, g: &Gemm<C, R>, mut block: Block) {
        let (height, higher) = (g.count / block.tiles, g.count % block.tiles);
        let mut row = 0;
        for tile in 0..block.tiles {
            let height = height + usize::from(tile < higher);
            unsafe {
                match height {
                    1 => Self::tile_if_fits::<C, 1, P>(rows, g, block, row),
                    2 => Self::tile_if_fits::<C, 2, P>(rows, g, block, row),
                    3 => Self::tile_if_fits::<C, 3, P>(rows, g, block, row),
                    4 => Self::tile_if_fits::<C, 4, P>(rows, g, block, row),
                    5 => Self::tile_if_fits::<C, 5, P>(rows, g, block, row),
                    6 => Self::tile_if_fits::<C, 6, P>(rows, g, block, row),
                    7 => Self::tile_if_fits::<C, 7, P>(rows, g, block, row),
                    _ => Self::tile_if_fits::<C, 8, P>(rows, g, block, row),
                }
            }
            row += height;
            let asked = (block.to - block.from).div_ceil(block.pace);
            block.next = block.next.wrapping_add(asked * LINE);
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
            } else if D::OFFSET != 0 {
                for j in 0..P {
                    let start = D::load(g.starts.add((block.panel + j) * 16));
                    for i in 0..H {
                        acc[i][j] = start;
                    }
                }
            }
            let mut weights = block.weights;
            let mut ahead = block.next;
            let mut unit = block.from;
            while unit < block.to {
                for j in 0..P {
                    prefetch(ahead.wrapping_add(j * block.stride));
                }
                ahead = ahead.wrapping_add(LINE);
                let stop = block.to.min(unit + block.pace);
                while unit < stop {
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
                    unit += 1;
                }
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
