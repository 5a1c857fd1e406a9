//! What a fused operator will compute, before its weights are packed.

use std::sync::Arc;

use tract_onnx::tract_core::internal::*;

use super::kernel::{Activation, Attention, Norm};

/// A fused operator on paper.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Blueprint {
    Norm(NormPlan),
    Linear(LinearPlan),
    Convolution(ConvolutionPlan),
    Attention(AttentionPlan),
}

/// [.., width] to the same shape.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NormPlan {
    pub norm: Norm,
    /// Numbers that are normalised together: the product of the axes from `axis` on.
    pub width: usize,
    pub axis: usize,
}

/// One input, contracted over its last axes, to an output a segment: norm, product, bias, norm, activation,
/// and a second input that is added at the very end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LinearPlan {
    /// Numbers that a row has.
    pub k: usize,
    /// Axes of the input that make a row: the last ones.
    pub k_axes: usize,
    /// `[sum of n][k]`, one row an output column.
    pub weights: Arc<Vec<f32>>,
    pub segments: Vec<Segment>,
    pub norm_before: Option<Norm>,
    pub norm_after: Option<Norm>,
    /// True if a second input, of the output's shape, is added.
    pub residual: bool,
}

/// One output of a [`LinearPlan`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Segment {
    /// Output columns.
    pub n: usize,
    pub bias: Option<Vec<f32>>,
    pub activation: Activation,
}

/// Convolutions one after another, `[N, C, H, W]` to `[N, H', W', C']`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ConvolutionPlan {
    /// `[C, H, W]` of the input.
    pub input: [usize; 3],
    /// `[H', W', C']` of the output.
    pub output: [usize; 3],
    pub layers: Vec<ConvolutionLayer>,
}

/// One convolution with its activation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ConvolutionLayer {
    pub channels: [usize; 2],
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// Top, left, bottom, right.
    pub padding: [usize; 4],
    /// OIHW.
    pub weights: Vec<f32>,
    pub bias: Option<Vec<f32>>,
    pub activation: Activation,
}

/// softmax(scale q k' + mask) v.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AttentionPlan {
    pub attention: Attention,
    /// Where queries, keys and values begin in their tensors, in numbers.
    pub offsets: [usize; 3],
    /// The output's shape without the batch axis.
    pub shape: Vec<usize>,
}

impl Blueprint {
    /// The facts of the outputs.
    pub fn outputs(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let x = inputs.first().context("no input")?;
        ensure!(
            x.datum_type == f32::datum_type(),
            "{:?} instead of f32",
            x.datum_type
        );
        let with = |lead: usize, tail: &[usize]| {
            let mut shape: TVec<TDim> = x.shape.iter().take(lead).cloned().collect();
            shape.extend(tail.iter().map(|size| size.to_dim()));
            f32::datum_type().fact(shape)
        };
        Ok(match self {
            Self::Norm(_) => tvec!(f32::datum_type().fact(x.shape.clone())),
            Self::Linear(plan) => {
                let lead = x.rank().checked_sub(plan.k_axes).context("rank")?;
                let k: TDim = x.shape.iter().skip(lead).product();
                ensure!(k == plan.k.to_dim(), "rows of {k} instead of {}", plan.k);
                let segments = plan.segments.iter();
                segments.map(|segment| with(lead, &[segment.n])).collect()
            }
            Self::Convolution(plan) => {
                let expected = plan.input.iter().map(|size| size.to_dim());
                ensure!(
                    x.shape.iter().skip(1).cloned().eq(expected),
                    "{:?}",
                    x.shape
                );
                tvec!(with(1, &plan.output))
            }
            Self::Attention(plan) => tvec!(with(1, &plan.shape)),
        })
    }
}
