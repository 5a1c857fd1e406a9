//! Integer sums that wait until their image's range is known, and become codes in one step.
//!
//! What is done to a channel's sums keeps their order (or turns it round, if a scale is negative), so the range of
//! what they become is known from the least and the greatest of each channel.

use super::super::activation::{Activation, Function, Relu};
use super::super::instructions::{Instructions, Task};
use super::super::lanes::{Lanes, WIDTH};
use super::super::quantize::{Extent, Range, Row};
use super::super::sums::{Integers, Sums};
use super::stage::Stage;

/// The sums of a layer whose activation keeps order.
///
/// # Safety
/// Of using it: `sums` has every pixel, `[pixel][panel][16]`; `extremes` one pixel of the least and one of the
/// greatest.
#[derive(Clone, Copy)]
pub(super) struct Unfinished<'a> {
    pub stage: &'a Stage,
    /// What the codes that were multiplied mean.
    pub row: Row,
    pub sums: *const u32,
    pub extremes: *mut i32,
}

// SAFETY of the bodies: the struct's contract, and the instruction set is the caller's promise.
impl Unfinished<'_> {
    fn width(&self) -> usize {
        self.stage.packed.panels * WIDTH
    }

    /// What sixteen channels from `channel` on are finished with.
    #[inline(always)]
    pub unsafe fn column<V: Lanes>(&self, channel: usize) -> [V::F; 4] {
        unsafe { Integers::<V>::new(&self.stage.packed, 0, self.row, self.sums).column(channel) }
    }

    /// These channels of a pixel, before the activation: a code is the same with and without it, as codes of what a
    /// ReLU cuts off are clamped to the code of zero.
    #[inline(always)]
    pub unsafe fn finished<V: Lanes>(&self, with: [V::F; 4], pixel: usize, channel: usize) -> V::F {
        unsafe { Integers::<V>::finish(with, self.sums.add(pixel * self.width() + channel)) }
    }
}

/// Takes the sums of `count` pixels from `from` on into the extremes; the first ones begin them.
///
/// # Safety
/// Of running it: that of [`Unfinished`].
pub(super) struct Extend<'a> {
    pub unfinished: Unfinished<'a>,
    pub from: usize,
    pub count: usize,
}

impl Task for Extend<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        let width = self.unfinished.width();
        for column in (0..width).step_by(WIDTH) {
            unsafe {
                let sums = self.unfinished.sums.add(self.from * width + column);
                let sums = sums.cast::<i32>();
                let low = self.unfinished.extremes.add(column);
                let high = low.add(width);
                let first = S::V::load_i(sums);
                let (mut least, mut greatest) = match self.from {
                    0 => (first, first),
                    _ => (S::V::load_i(low), S::V::load_i(high)),
                };
                for pixel in 0..self.count {
                    let sum = S::V::load_i(sums.add(pixel * width));
                    least = S::V::min_i(least, sum);
                    greatest = S::V::max_i(greatest, sum);
                }
                S::V::store_i(low, least);
                S::V::store_i(high, greatest);
            }
        }
    }
}

/// The range of what all the sums become.
///
/// # Safety
/// Of running it: that of [`Unfinished`].
pub(super) struct Reach<'a>(pub Unfinished<'a>);

impl Task for Reach<'_> {
    type Output = Extent;

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) -> Extent {
        let Unfinished {
            stage, extremes, ..
        } = self.0;
        let width = self.0.width();
        unsafe {
            let mut range = Range::<S::V>::new();
            for column in (0..width).step_by(WIDTH) {
                let with = self.0.column::<S::V>(column);
                for end in [extremes, extremes.add(width)] {
                    let y = Integers::<S::V>::finish(with, end.add(column).cast());
                    range.include(match stage.activation {
                        Activation::Relu => Relu.of::<S::V>(y),
                        _ => y,
                    });
                }
            }
            range.extent()
        }
    }
}
