//! A padded image: numbers to codes, or f32 copied, with zeros around them.

use std::marker::PhantomData;

use super::super::instructions::{Instructions, Task};
use super::super::isa::Product;
use super::super::lanes::{Lanes, WIDTH};
use super::super::quantize::{Coded, Copied, Encode, Row};
use super::stage::Stage;
use super::unfinished::Unfinished;

/// Fills a stage's padded image.
///
/// # Safety
/// Of running it: `from` has the stage's input, `[channel][y][x]` if its windows are of planes or if it is turned,
/// else `[y][x][channel]` with channels padded to whole vectors; `to` has [`Stage::frame_bytes`].
pub(super) struct Frame<'a> {
    pub stage: &'a Stage,
    /// What codes mean.
    pub row: Row,
    pub from: Image<'a>,
    pub to: *mut u8,
}

/// What goes between the padding.
#[derive(Clone, Copy)]
pub(super) enum Image<'a> {
    /// Only the padding is written.
    Nothing,
    /// In the order of the frame.
    Straight(*const f32),
    /// In planes, but read by pixels.
    Turned(*const f32),
    /// What the layer before has summed.
    Sums(Unfinished<'a>),
}

// SAFETY of the bodies: the struct's contract, and the instruction set is the caller's promise.
impl Task for Frame<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        unsafe {
            match self.stage.packed.product {
                Product::Int8 => {
                    Writer::<S::V, _>::new(Coded::<S>::new(self.row), self.to).fill(&self)
                }
                Product::F32 => Writer::<S::V, _>::new(Copied, self.to).fill(&self),
            }
        }
    }
}

/// Writes from the first number to the last. Each write may go past its end, up to a multiple of sixteen: what
/// comes after is written later, and behind the image there is room.
struct Writer<V, E> {
    encode: E,
    to: *mut u8,
    lanes: PhantomData<V>,
}

impl<V: Lanes, E: Encode<V>> Writer<V, E> {
    #[inline(always)]
    fn new(encode: E, to: *mut u8) -> Self {
        Self {
            encode,
            to,
            lanes: PhantomData,
        }
    }

    /// `n` zeros.
    #[inline(always)]
    unsafe fn zeros(&mut self, n: usize) {
        unsafe {
            let zero = V::splat(0.0);
            for at in (0..n).step_by(WIDTH) {
                self.encode.put(zero, self.to.add(at * E::BYTES));
            }
            self.to = self.to.add(n * E::BYTES);
        }
    }

    #[inline(always)]
    unsafe fn numbers(&mut self, x: *const f32, n: usize) {
        unsafe {
            self.encode.write(x, n, self.to);
            self.to = self.to.add(n * E::BYTES);
        }
    }

    #[inline(always)]
    unsafe fn fill(&mut self, frame: &Frame) {
        let stage = frame.stage;
        let [height, width] = stage.input;
        let [top, left, bottom, right] = stage.padding;
        let across = left + width + right;
        let padded = stage.cin.next_multiple_of(WIDTH);
        // Numbers of a pixel, planes, and the pieces of a row: how many, of how many numbers, how far apart.
        let (pixel, planes, pieces, piece, apart) = if stage.planes {
            (1, stage.cin, 1, width, width)
        } else if padded == stage.cin {
            (stage.cin, 1, 1, width * stage.cin, width * stage.cin)
        } else {
            (stage.cin, 1, width, stage.cin, padded)
        };
        let mut gap = 0;
        unsafe {
            for plane in 0..planes {
                gap += top * across * pixel;
                for line in plane * height..(plane + 1) * height {
                    self.zeros(gap + left * pixel);
                    match frame.from {
                        Image::Nothing => self.to = self.to.add(pieces * piece * E::BYTES),
                        Image::Straight(x) => {
                            for at in line * pieces..(line + 1) * pieces {
                                self.numbers(x.add(at * apart), piece);
                            }
                        }
                        Image::Turned(x) => {
                            let x = x.add(line * width);
                            self.turned(x, width, stage.cin, height * width);
                        }
                        Image::Sums(sums) => {
                            self.sums(sums, line * width, width, stage.cin);
                        }
                    }
                    gap = right * pixel;
                }
                gap += bottom * across * pixel;
            }
            self.zeros(gap);
        }
    }

    /// `width` pixels of `channels` numbers, out of the sums of the layer before. The last channels come first: what
    /// is written past a pixel's end is the next one's beginning.
    #[inline(always)]
    unsafe fn sums(&mut self, sums: Unfinished, from: usize, width: usize, channels: usize) {
        unsafe {
            for channel in (0..channels).step_by(WIDTH).rev() {
                let with = sums.column::<V>(channel);
                for at in 0..width {
                    let y = sums.finished::<V>(with, from + at, channel);
                    let to = (at * channels + channel) * E::BYTES;
                    self.encode.put(y, self.to.add(to));
                }
            }
            self.to = self.to.add(width * channels * E::BYTES);
        }
    }

    /// `width` pixels of `channels` numbers, gathered from planes.
    #[inline(always)]
    unsafe fn turned(&mut self, x: *const f32, width: usize, channels: usize, plane: usize) {
        let mut pixel = [0.0; WIDTH];
        for at in 0..width {
            for from in (0..channels).step_by(WIDTH) {
                let n = WIDTH.min(channels - from);
                for (c, slot) in pixel[..n].iter_mut().enumerate() {
                    *slot = unsafe { *x.add((from + c) * plane + at) };
                }
                unsafe { self.numbers(pixel.as_ptr(), n) };
            }
        }
    }
}
