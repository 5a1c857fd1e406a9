//! LayerNorm and RMSNorm, as tract spells them, over the last axis or over all but the batch axis.

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::math;
use tract_onnx::tract_core::ops::nn::{Reduce, Reducer, RmsNorm};

use super::super::blueprint::{Blueprint, NormPlan};
use super::super::kernel::Norm;
use super::pattern::{
    constant, last_axis, numbers, only_consumer, other, scalar, trailing, with_constant,
};
use super::{Rule, replace};

/// `Reduce<Sum>(x) -> Mul(1/n) -> Sub(x, mean) -> RmsNorm` (ONNX LayerNormalization), the same with the root
/// written out (`Reduce<MeanOfSquares> -> Add(epsilon) -> Rsqrt -> Mul`), or `RmsNorm` alone; then gain, bias.
pub(super) struct NormRule;

struct Found {
    x: OutletId,
    last: usize,
    width: usize,
    /// The first axis normalised over.
    axis: usize,
    epsilon: f32,
    centred: bool,
}

impl Rule for NormRule {
    fn find(&self, model: &TypedModel, node: &TypedNode) -> TractResult<Option<TypedModelPatch>> {
        let Some(found) = centred(model, node).or_else(|| root_mean_square(model, node)) else {
            return Ok(None);
        };
        let width = found.width;
        let mut last = model.node(found.last);
        let mut norm = Norm {
            centred: found.centred,
            epsilon: found.epsilon,
            gain: None,
            bias: None,
        };
        let rank = model.outlet_fact(found.x)?.rank();
        let vector = |tensor: &Tensor| match found.axis + 1 == rank {
            true => last_axis(tensor, width),
            // Over several axes: a constant a number.
            false => numbers(tensor).filter(|numbers| numbers.len() == width),
        };
        if let Some(next) = only_consumer(model, last)
            && let Some(gain) = with_constant::<math::Mul>(model, next, last.id.into())
            && let Some(gain) = vector(&gain)
        {
            norm.gain = Some(gain.as_slice().into());
            last = next;
        }
        if let Some(next) = only_consumer(model, last) {
            let x = last.id.into();
            let added = with_constant::<math::Add>(model, next, x).and_then(|bias| vector(&bias));
            let bias = added.or_else(|| {
                let taken = (next.inputs.first() == Some(&x)).then_some(next)?;
                let taken = with_constant::<math::Sub>(model, taken, x).and_then(|b| vector(&b))?;
                Some(taken.iter().map(|value| -value).collect())
            });
            if let Some(bias) = bias {
                norm.bias = Some(bias.as_slice().into());
                last = next;
            }
        }
        let plan = NormPlan {
            norm,
            width,
            axis: found.axis,
        };
        let outputs = [last.id.into()];
        let blueprint = Blueprint::Norm(plan);
        replace(model, &node.name, &[found.x], &outputs, blueprint).map(Some)
    }
}

fn centred(model: &TypedModel, sum: &TypedNode) -> Option<Found> {
    let reduce = sum
        .op_as::<Reduce>()
        .filter(|r| r.reducer == Reducer::Sum)?;
    let x = *sum.inputs.first()?;
    let (axis, width) = reduced(model, x, reduce)?;
    let mean = only_consumer(model, sum)?;
    let factor = with_constant::<math::Mul>(model, mean, sum.id.into())?;
    let factor = scalar(&factor)?;
    if (factor * width as f32 - 1.0).abs() > 1e-5 {
        return None;
    }
    let sub = only_consumer(model, mean)?;
    sub.op_as::<TypedBinOp>()?.0.downcast_ref::<math::Sub>()?;
    if sub.inputs[..] != [x, mean.id.into()] {
        return None;
    }
    let (last, epsilon) = match only_consumer(model, sub) {
        Some(norm) => {
            let op = norm.op_as::<RmsNorm>().filter(|op| op.axis == axis)?;
            if axis + 1 != model.outlet_fact(x).ok()?.rank() {
                return None;
            }
            (norm.id, scalar(&op.eps)?)
        }
        None => written_out(model, sub, axis)?,
    };
    Some(Found {
        x,
        last,
        width,
        axis,
        epsilon,
        centred: true,
    })
}

/// `Reduce<MeanOfSquares>(d) -> Add(epsilon) -> Rsqrt -> Mul(d)`.
fn written_out(model: &TypedModel, centred: &TypedNode, axis: usize) -> Option<(usize, f32)> {
    let d: OutletId = centred.id.into();
    if model.outputs.contains(&d) || centred.outputs[0].successors.len() != 2 {
        return None;
    }
    let consumers = centred.outputs[0].successors.iter();
    let mut consumers = consumers.map(|inlet| model.node(inlet.node));
    let square = consumers.find(|node| {
        let reduce = node.op_as::<Reduce>();
        reduce.is_some_and(|reduce| reduce.reducer == Reducer::MeanOfSquares)
    })?;
    if reduced(model, d, square.op_as::<Reduce>()?)?.0 != axis {
        return None;
    }
    let add = only_consumer(model, square)?;
    let epsilon = with_constant::<math::Add>(model, add, square.id.into())?;
    let epsilon = scalar(&epsilon)?;
    let root = only_consumer(model, add)?;
    root.op_as::<ElementWiseOp>()?
        .0
        .downcast_ref::<math::Rsqrt>()?;
    let product = only_consumer(model, root)?;
    (other::<math::Mul>(product, root.id.into())? == d).then_some((product.id, epsilon))
}

fn root_mean_square(model: &TypedModel, node: &TypedNode) -> Option<Found> {
    let op = node.op_as::<RmsNorm>()?;
    let x = *node.inputs.first()?;
    let rank = model.outlet_fact(x).ok()?.rank();
    if op.axis + 1 != rank || constant(model, x).is_some() {
        return None;
    }
    Some(Found {
        x,
        last: node.id,
        width: trailing(model, x, op.axis)?,
        axis: op.axis,
        epsilon: scalar(&op.eps)?,
        centred: false,
    })
}

/// The first of the reduced axes, which must be all of the last ones, and how many numbers they hold.
fn reduced(model: &TypedModel, x: OutletId, reduce: &Reduce) -> Option<(usize, usize)> {
    let rank = model.outlet_fact(x).ok()?.rank();
    let axis = rank
        .checked_sub(reduce.axes.len())
        .filter(|axis| *axis > 0)?;
    if !reduce.axes.iter().copied().eq(axis..rank) {
        return None;
    }
    Some((axis, trailing(model, x, axis)?))
}
