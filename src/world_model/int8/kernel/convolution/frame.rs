//! A padded image: numbers to codes, or f32 copied, with zeros around them.

use std::marker::PhantomData;

use super::super::instructions::{Instructions, Task};
use super::super::isa::Product;
use super::super::lanes::{Lanes, WIDTH};
use super::super::quantize::{Coded, Copied, Encode, Row};
use super::stage::Stage;

/// Fills a stage's padded image.
///
/// # Safety
/// Of running it: `x` has the stage's input, `[channel][y][x]` if its windows are of planes or if `turned`, else
/// `[y][x][channel]` with channels padded to whole vectors; `to` has [`Stage::frame_bytes`].
pub(super) struct Frame<'a> {
    pub stage: &'a Stage,
    /// What codes mean.
    pub row: Row,
    /// The image comes in planes, but is read by pixels.
    pub turned: bool,
    /// Null: only the padding is written.
    pub x: *const f32,
    pub to: *mut u8,
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
        let mut x = frame.x;
        let mut gap = 0;
        unsafe {
            for _ in 0..planes {
                gap += top * across * pixel;
                for _ in 0..height {
                    self.zeros(gap + left * pixel);
                    if frame.x.is_null() {
                        self.to = self.to.add(pieces * piece * E::BYTES);
                    } else if frame.turned {
                        self.turned(x, width, stage.cin, height * width);
                        x = x.add(width);
                    } else {
                        for _ in 0..pieces {
                            self.numbers(x, piece);
                            x = x.add(apart);
                        }
                    }
                    gap = right * pixel;
                }
                gap += bottom * across * pixel;
            }
            self.zeros(gap);
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
