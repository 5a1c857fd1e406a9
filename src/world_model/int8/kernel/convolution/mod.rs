//! A chain of 2-D convolutions with bias and activation.
//!
//! Inside, images are codes (or f32) with the channels innermost, in a frame of padding; a window is not copied
//! out but found through tables of offsets (implicit GEMM: Chetlur et al., "cuDNN", 2014). A first layer of few
//! channels reads its image as it comes, plane by plane.

mod frame;
mod run;
mod stage;
mod unfinished;

use super::activation::Activation;
use super::error::KernelError;
use super::isa::{Isa, Product};
use stage::Stage;

/// A convolution as its weights come; no groups, no dilation.
#[derive(Clone, Debug)]
pub struct ConvolutionSpec<'a> {
    /// Channels of the input.
    pub cin: usize,
    /// Channels of the output.
    pub cout: usize,
    /// Height and width.
    pub kernel: [usize; 2],
    /// Down and to the right.
    pub stride: [usize; 2],
    /// Zeros around the image: top, left, bottom, right.
    pub padding: [usize; 4],
    /// `[cout][cin][height][width]`.
    pub weights: &'a [f32],
    /// A scale an output channel, of which its weights are exact multiples, -128 to 127; else they are rounded.
    pub scales: Option<&'a [f32]>,
    /// One number an output channel.
    pub bias: Option<&'a [f32]>,
    /// Of the sums with bias.
    pub activation: Activation,
}

/// Convolutions one after another, packed for an instruction set.
#[derive(Clone, Debug)]
pub struct Convolutions {
    isa: Isa,
    product: Product,
    stages: Vec<Stage>,
}

impl Convolutions {
    /// Packs `layers` for images of `size` = `[height, width]`.
    ///
    /// # Errors
    /// No layer, layers whose channels don't fit, a kernel larger than its padded image, a stride of zero, or
    /// what [`Linear::new`](super::Linear::new) refuses.
    pub fn new(
        isa: Isa,
        product: Product,
        size: [usize; 2],
        layers: &[ConvolutionSpec],
    ) -> Result<Self, KernelError> {
        let mut stages: Vec<Stage> = Vec::with_capacity(layers.len());
        for layer in layers {
            let stage = match stages.last() {
                None => Stage::first(isa, product, size, layer)?,
                Some(before) => Stage::after(isa, product, before, layer)?,
            };
            stages.push(stage);
        }
        if stages.is_empty() {
            return Err(KernelError::Unsupported("a chain of no convolution"));
        }
        Ok(Self {
            isa,
            product,
            stages,
        })
    }

    /// Height, width and channels of the output.
    pub fn output_shape(&self) -> [usize; 3] {
        let last = &self.stages[self.stages.len() - 1];
        [last.output[0], last.output[1], last.cout]
    }

    /// Channels, height and width of the input.
    fn input_shape(&self) -> [usize; 3] {
        let first = &self.stages[0];
        [first.cin, first.input[0], first.input[1]]
    }

    /// Memory of packed weights and tables, bytes.
    pub fn bytes(&self) -> usize {
        self.stages.iter().map(Stage::bytes).sum()
    }
}
