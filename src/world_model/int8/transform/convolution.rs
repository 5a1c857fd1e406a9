//! Convolutions one after another, from a picture to a map whose channels lie side by side.

use std::sync::Arc;

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::cast::Cast;
use tract_onnx::tract_core::ops::change_axes::AxisOp;
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat, PaddingSpec};
use tract_onnx::tract_core::ops::nn::DataFormat;

use super::super::blueprint::{Blueprint, ConvolutionLayer, ConvolutionPlan};
use super::super::fused::Fused;
use super::super::kernel::Activation;
use super::Rule;
use super::pattern::{activation, constant, numbers, only_consumer};

/// `Conv`, activation, `Conv`, ...; then the axes go back to NCHW, unless what follows wants tokens.
pub(super) struct ConvolutionRule {
    /// Leave those alone that tokens don't follow.
    pub only_tokens: bool,
}

impl Rule for ConvolutionRule {
    fn find(&self, model: &TypedModel, node: &TypedNode) -> TractResult<Option<TypedModelPatch>> {
        let Some((plan, last)) = chain(model, node) else {
            return Ok(None);
        };
        let [height, width, _] = plan.output;
        let tokens = tokens(model, model.node(last), [height, width]);
        if self.only_tokens && tokens.is_none() {
            return Ok(None);
        }
        let mut patch = TypedModelPatch::default();
        let taps = patch.taps(model, &node.inputs[..1])?;
        let fused = Fused::new(Blueprint::Convolution(plan));
        let wires = patch.wire_node(format!("{}.fused", node.name), fused, &taps)?;
        let name = format!("{}.axes", node.name);
        if let Some(tokens) = tokens {
            let flat = AxisOp::Reshape(
                1,
                tvec!(height.to_dim(), width.to_dim()),
                tvec!((height * width).to_dim()),
            );
            let wires = patch.wire_node(name, flat, &wires)?;
            patch.shunt_outside(model, tokens.into(), wires[0])?;
        } else {
            let wires = patch.wire_node(name, AxisOp::Move(3, 1), &wires)?;
            patch.shunt_outside(model, last.into(), wires[0])?;
        }
        Ok(Some(patch))
    }
}

fn chain(model: &TypedModel, first: &TypedNode) -> Option<(ConvolutionPlan, usize)> {
    let (layer, input, mut size) = layer(model, first)?;
    let mut layers = vec![layer];
    let mut last = first;
    loop {
        if let Some(next) = only_consumer(model, last)
            && let Some(function) = activation(model, next, last.id.into())
        {
            layers.last_mut()?.activation = function;
            last = next;
        }
        let Some(next) = only_consumer(model, last) else {
            break;
        };
        let Some((layer, _, output)) = self::layer(model, next) else {
            break;
        };
        if next.inputs.first() != Some(&last.id.into()) {
            break;
        }
        layers.push(layer);
        size = output;
        last = next;
    }
    let channels = layers.last()?.channels[1];
    let plan = ConvolutionPlan {
        input,
        output: [size[0], size[1], channels],
        layers,
    };
    Some((plan, last.id))
}

/// One convolution, the `[C, H, W]` of its input and the `[H, W]` of its output.
fn layer(
    model: &TypedModel,
    node: &TypedNode,
) -> Option<(ConvolutionLayer, [usize; 3], [usize; 2])> {
    let op = node.op_as::<Conv>()?;
    let pool = &op.pool_spec;
    let plain = op.group == 1
        && op.q_params.is_none()
        && op.kernel_fmt == KernelFormat::OIHW
        && pool.data_format == DataFormat::NCHW
        && pool.kernel_shape.len() == 2
        && pool.dilations.iter().flatten().all(|step| *step == 1);
    if !plain {
        return None;
    }
    let fact = model.outlet_fact(*node.inputs.first()?).ok()?;
    let size = |axis: usize| fact.shape.get(axis)?.to_usize().ok();
    let input = [size(1)?, size(2)?, size(3)?];
    let output = &model.outlet_fact(node.id.into()).ok()?.shape;
    let output = [
        output.get(2)?.to_usize().ok()?,
        output.get(3)?.to_usize().ok()?,
    ];
    let kernel = [pool.kernel_shape[0], pool.kernel_shape[1]];
    let stride = [pool.stride(0), pool.stride(1)];
    let padding = match &pool.padding {
        PaddingSpec::Explicit(before, after) => [
            *before.first()?,
            *before.get(1)?,
            *after.first()?,
            *after.get(1)?,
        ],
        PaddingSpec::Valid => [0; 4],
        PaddingSpec::SameUpper | PaddingSpec::SameLower => {
            let lower = matches!(pool.padding, PaddingSpec::SameLower);
            let around = [0, 1].map(|axis| {
                let covered = (output[axis] - 1) * stride[axis] + kernel[axis];
                let all = covered.saturating_sub(input[axis + 1]);
                let less = all / 2;
                if lower {
                    [all - less, less]
                } else {
                    [less, all - less]
                }
            });
            [around[0][0], around[1][0], around[0][1], around[1][1]]
        }
        PaddingSpec::ExplicitOnnxPool(..) => return None,
    };
    let weights = constant(model, node.inputs[1])?;
    let cout = *weights.shape().first()?;
    let bias = numbers(&*settled(model, *node.inputs.get(2)?)?)?;
    let bias = match bias.len() {
        1 => vec![bias[0]; cout],
        len if len == cout => bias,
        _ => return None,
    };
    let layer = ConvolutionLayer {
        channels: [input[0], cout],
        kernel,
        stride,
        padding,
        weights: numbers(&weights)?,
        bias: Some(bias),
        activation: Activation::Identity,
    };
    Some((layer, input, output))
}

/// A constant, or one behind a cast to what it is already, as tract has it before it declutters.
fn settled(model: &TypedModel, outlet: OutletId) -> Option<Arc<Tensor>> {
    let node = model.node(outlet.node);
    match node.op_as::<Cast>() {
        Some(cast) if cast.to == f32::datum_type() => constant(model, node.inputs[0]),
        _ => constant(model, outlet),
    }
}

/// The end of `Reshape([h, w] -> [h * w])`, `Move(1, 2)`: a map becomes a row of tokens.
fn tokens(model: &TypedModel, last: &TypedNode, [height, width]: [usize; 2]) -> Option<usize> {
    let reshape = only_consumer(model, last)?;
    let AxisOp::Reshape(2, from, to) = reshape.op_as::<AxisOp>()? else {
        return None;
    };
    let flat = from[..] == [height.to_dim(), width.to_dim()];
    if !flat || to[..] != [(height * width).to_dim()] {
        return None;
    }
    let swap = only_consumer(model, reshape)?;
    matches!(
        swap.op_as::<AxisOp>()?,
        AxisOp::Move(1, 2) | AxisOp::Move(2, 1)
    )
    .then_some(swap.id)
}
