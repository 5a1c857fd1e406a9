//! Arithmetic kernels: linear layers, convolutions, attention and row functions in f32 and int8.
//!
//! Takes slices of f32 and constant weights; gives f32. Knows nothing of networks, tract or the other rooms,
//! so it builds alone (`tests/kernels`). Imports nothing; the only room with `unsafe`, and each use says why
//! it is sound.
//!
//! - Activations become unsigned 8-bit codes row by row (or image by image) as they come: the range, zero
//!   included, on 0..=255. Weights are signed 8-bit, one scale an output channel. Products and sums are exact
//!   integers.
//! - Every instruction set gives the same bits: everything but the multiply-accumulate is written once over
//!   `lanes::Lanes` (sixteen numbers at a time), fused multiply-adds are fused everywhere, sums have one order,
//!   and a row's result doesn't depend on the rows beside it.
//! - A row (image) with a NaN or an infinity gives a row (image) of NaN.
//! - Nothing allocates once a [`Scratch`] has seen its largest call.

mod activation;
mod arena;
mod attention;
mod convolution;
mod dot;
mod error;
mod few;
mod finish;
mod gemm;
mod instructions;
mod isa;
mod lanes;
mod linear;
mod math;
mod memory;
mod norm;
mod operands;
mod pack;
mod panels;
mod peak;
mod quantize;
mod rows;
mod sums;
mod weights;

pub use activation::{Activation, activate};
pub use arena::gather;
pub use attention::{Attention, View};
pub use convolution::{ConvolutionSpec, Convolutions};
pub use error::KernelError;
pub use isa::{Isa, Product, UnknownIsa};
pub use linear::{Linear, LinearSpec};
pub use memory::{Numbers, Scratch};
pub use norm::{Norm, normalize};
pub use peak::peak;
pub use rows::{Zip, softmax, zip, zip_scalar};
