//! Images through a chain of convolutions, one after another.

use std::marker::PhantomData;

use super::super::finish::Finish;
use super::super::gemm::Gemm;
use super::super::instructions::{Instructions, Task};
use super::super::isa::Product;
use super::super::lanes::WIDTH;
use super::super::memory::Scratch;
use super::super::operands::{Choice, InF32, InInt8, Windows};
use super::super::quantize::{Extent, Range, Row, all_finite};
use super::Convolutions;
use super::frame::{Frame, Image};
use super::stage::Stage;
use super::unfinished::{Extend, Reach, Unfinished};

/// Pixels that go through a layer together, about.
const BLOCK: usize = 96;

impl Convolutions {
    /// `images` images of `x` `[image][channel][y][x]` into `y` `[image][y][x][channel]`.
    ///
    /// # Panics
    /// If `x` or `y` has another length than `images` and the shapes say.
    pub fn run(&self, images: usize, x: &[f32], y: &mut [f32], scratch: &mut Scratch) {
        let input = self.input_shape().iter().product::<usize>();
        let output = self.output_shape().iter().product::<usize>();
        assert_eq!(x.len(), images * input, "input of {images} images");
        assert_eq!(y.len(), images * output, "output of {images} images");
        for (index, stage) in self.stages.iter().enumerate() {
            let pixels = stage.windows.len();
            let width = stage.packed.panels * WIDTH;
            scratch.codes.grow(stage.frame_bytes());
            scratch.sums.grow(pixels.min(block(stage)) * width);
            match self.product {
                Product::F32 => scratch.between.grow(stage.frame_bytes().div_ceil(4)),
                Product::Int8 if index + 1 < self.stages.len() => {
                    scratch.extremes.grow(2 * width);
                    scratch.between.grow(pixels * width)
                }
                Product::Int8 => continue,
            };
        }
        self.isa.run(Run {
            chain: self,
            x,
            y,
            input,
            output,
            scratch,
        });
    }
}

/// Pixels that go through a layer together: whole lines.
fn block(stage: &Stage) -> usize {
    let across = stage.output[1];
    (BLOCK / across).max(1) * across
}

/// A call whose lengths are checked and whose scratch is large enough.
struct Run<'a> {
    chain: &'a Convolutions,
    x: &'a [f32],
    y: &'a mut [f32],
    /// Numbers of an image.
    input: usize,
    output: usize,
    scratch: &'a mut Scratch,
}

impl Task for Run<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        let images = self.x.chunks_exact(self.input);
        for (x, y) in images.zip(self.y.chunks_exact_mut(self.output)) {
            // SAFETY: the scratch is large enough, and the instruction set is the caller's.
            unsafe {
                match self.chain.product {
                    Product::F32 => image::<S, InF32>(self.chain, x, y, self.scratch),
                    Product::Int8 => image::<S, InInt8>(self.chain, x, y, self.scratch),
                }
            }
        }
    }
}

// SAFETY of the bodies: pixels, channels and units are counted from the stage, whose tables, weights and frame are
// made for them; `Convolutions::run` sized the scratch.
#[inline(always)]
unsafe fn image<S: Instructions, C: Choice>(
    chain: &Convolutions,
    x: &[f32],
    y: &mut [f32],
    scratch: &mut Scratch,
) {
    let last = chain.stages.len() - 1;
    let in_f32 = chain.product == Product::F32;
    let frames = [
        scratch.codes.as_mut_ptr(),
        scratch.between.as_mut_ptr().cast::<u8>(),
    ];
    let mut extent = Extent::ZERO;
    match chain.product {
        Product::Int8 => extent = unsafe { Range::<S::V>::of(x.as_ptr(), x.len()).extent() },
        Product::F32 => extent.finite = unsafe { all_finite::<S::V>(x.as_ptr(), x.len()) },
    }
    // What the layer before has left in `between`, unless that are numbers.
    let mut before = None;
    for (index, stage) in chain.stages.iter().enumerate() {
        let frame = frames[if in_f32 { index % 2 } else { 0 }];
        let mut first = frame.cast_const();
        let from = match before.take() {
            Some(sums) => Image::Sums(sums),
            None if index > 0 => Image::Straight(scratch.between.as_ptr()),
            None if stage.planes => Image::Straight(x.as_ptr()),
            None => Image::Turned(x.as_ptr()),
        };
        // Codes wait for the range of all pixels; f32 goes straight into the next layer's frame.
        let next = chain.stages.get(index + 1).filter(|_| in_f32);
        unsafe {
            let row = match chain.product {
                Product::Int8 => extent.row(),
                Product::F32 => Row::plain(extent.finite),
            };
            if in_f32 && stage.planes && !stage.is_padded() {
                first = x.as_ptr().cast();
            } else if !in_f32 || index == 0 {
                S::enter(Frame {
                    stage,
                    row,
                    from,
                    to: frame,
                });
            }
            let width = stage.packed.panels * WIDTH;
            let (mut out, mut stride) = if index == last {
                (y.as_mut_ptr(), stage.cout)
            } else {
                (scratch.between.as_mut_ptr(), width)
            };
            // From one line of output pixels to the next.
            let mut line = stage.output[1] * stride;
            if let Some(next) = next {
                let to = frames[(index + 1) % 2];
                S::enter(Frame {
                    stage: next,
                    row,
                    from: Image::Nothing,
                    to,
                });
                let [top, left, _, _] = next.padding;
                (stride, line) = (stage.cout, next.frame()[1] * stage.cout);
                out = to.cast::<f32>().add(top * line + left * stride);
            }
            // What keeps order waits as sums, all of them, and is finished on the way into the next frame.
            let waits = !in_f32 && index < last && stage.activation.keeps_order();
            let unfinished = Unfinished {
                stage,
                row,
                sums: scratch.between.as_ptr().cast(),
                extremes: scratch.extremes.as_mut_ptr().cast(),
            };
            extent = Extent::ZERO;
            let across = stage.output[1];
            let most = block(stage);
            for from in (0..stage.windows.len()).step_by(most) {
                let count = most.min(stage.windows.len() - from);
                let sums = match waits {
                    true => scratch.between.as_mut_ptr().cast::<u32>().add(from * width),
                    false => scratch.sums.as_mut_ptr(),
                };
                S::enter(Gemm {
                    product: PhantomData::<C>,
                    rows: Windows {
                        first,
                        rows: stage.windows.as_ptr().add(from),
                        units: stage.units.as_ptr(),
                    },
                    count,
                    weights: stage.packed.data.as_ptr(),
                    panels: stage.packed.panels,
                    units: stage.packed.units,
                    starts: stage.packed.starts.as_ptr(),
                    sums,
                    width,
                });
                if waits {
                    S::enter(Extend {
                        unfinished,
                        from,
                        count,
                    });
                    continue;
                }
                // Lines that lie behind one another are finished at once.
                let piece = if next.is_some() { across } else { count };
                for start in (0..count).step_by(piece) {
                    S::enter(Finish {
                        packed: &stage.packed,
                        segment: stage.packed.segments[0],
                        norm: None,
                        activation: stage.activation,
                        rows: &raw const row,
                        shared: true,
                        count: piece,
                        sums: sums.add(start * width),
                        width,
                        residual: std::ptr::null(),
                        out: out.add((from + start) / across * line),
                        stride,
                        whole: index < last && !in_f32,
                        extent: &mut extent,
                    });
                }
            }
            if waits {
                extent = S::enter(Reach(unfinished));
                before = Some(unfinished);
            }
        }
    }
}
