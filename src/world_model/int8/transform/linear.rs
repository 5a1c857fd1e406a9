//! Products with constant weights, and what stands before and after them.

use std::sync::Arc;

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::change_axes::AxisOp;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::math;

use super::super::blueprint::{Blueprint, LinearPlan, NormPlan, Segment};
use super::super::kernel::{Activation, Norm};
use super::pattern::{
    activation, constant, last_axis, numbers, only_consumer, other, trailing, with_constant,
};
use super::{Rule, fused, replace};

/// `EinSum` with constant weights, bias, norm, activation.
pub(super) struct LinearRule;

impl Rule for LinearRule {
    fn find(&self, model: &TypedModel, node: &TypedNode) -> TractResult<Option<TypedModelPatch>> {
        let Some(product) = product(model, node) else {
            return Ok(None);
        };
        let n = product.weights.len() / product.k;
        let tail = tail(model, node, n);
        let plan = LinearPlan {
            k: product.k,
            k_axes: product.k_axes,
            weights: Arc::new(product.weights),
            segments: vec![Segment {
                n,
                bias: tail.bias,
                activation: tail.activation,
            }],
            norm_before: None,
            norm_after: tail.norm,
            residual: false,
        };
        let outputs = [tail.last.into()];
        let blueprint = Blueprint::Linear(plan);
        replace(model, &node.name, &[product.x], &outputs, blueprint).map(Some)
    }
}

struct Product {
    x: OutletId,
    k: usize,
    k_axes: usize,
    /// `[n][k]`.
    weights: Vec<f32>,
}

/// A product over the last axes of a variable with a constant, whose free axis comes out last.
fn product(model: &TypedModel, node: &TypedNode) -> Option<Product> {
    let op = node.op_as::<EinSum>()?;
    let f32 = f32::datum_type();
    if op.q_params.is_some() || op.operating_dt != f32 || node.inputs.len() != 2 {
        return None;
    }
    let ws = (0..2).find(|slot| constant(model, node.inputs[*slot]).is_some())?;
    let xs = 1 - ws;
    let weights = constant(model, node.inputs[ws])?;
    let mut x = node.inputs[xs];
    let x_shape = model.outlet_fact(x).ok()?.shape.clone();
    // (position in x, position in the weights or none for an axis of size 1).
    let mut contracted: Vec<(usize, Option<usize>)> = Vec::new();
    let mut free = None;
    let out_rank = op.axes.rank(InOut::Out(0));
    for axis in op.axes.iter_all_axes() {
        let at = |positions: &TVec<usize>| match positions.as_slice() {
            [] => Some(None),
            [one] => Some(Some(*one)),
            _ => None,
        };
        let in_weights = at(&axis.inputs[ws])?;
        match (at(&axis.inputs[xs])?, in_weights, at(&axis.outputs[0])?) {
            (Some(x), Some(w), None) => contracted.push((x, Some(w))),
            (Some(x), None, None) if x_shape[x].is_one() => contracted.push((x, None)),
            (None, Some(w), Some(out)) if out + 1 == out_rank && free.is_none() => free = Some(w),
            (Some(x), None, Some(out)) if x == out => {}
            _ => return None,
        }
    }
    let free = free?;
    contracted.sort();
    let rank = x_shape.rank();
    let k_axes = contracted.len();
    if !contracted.iter().map(|(x, _)| *x).eq(rank - k_axes..rank) {
        return None;
    }
    let mut order: Vec<usize> = contracted.iter().filter_map(|(_, w)| *w).collect();
    // Rows that a convolution left in NHWC, turned to NCHW only for this product: the weights turn instead.
    let maker = model.node(x.node);
    if let (Some(AxisOp::Move(3, 1)), 3, 3) = (maker.op_as::<AxisOp>(), k_axes, order.len()) {
        x = maker.inputs[0];
        order.rotate_left(1);
    }
    let n = weights.shape()[free];
    let weights = turned(&weights, free, &order)?;
    let k = trailing(model, x, rank - k_axes)?;
    (k > 0 && n > 0 && weights.len() == n * k).then_some(Product {
        x,
        k,
        k_axes,
        weights,
    })
}

/// The weights as `[n][k]`: axis `free`, then the axes `order`.
fn turned(weights: &Tensor, free: usize, order: &[usize]) -> Option<Vec<f32>> {
    /// Rows and columns that are turned together: both fit in the first-level cache.
    const SQUARE: usize = 32;
    if let ([contracted], 2) = (order, weights.rank()) {
        let plain = weights.try_as_plain_ram().ok()?;
        let from = plain.as_slice::<f32>().ok()?;
        if free < *contracted {
            return Some(from.to_vec());
        }
        let (k, n) = (weights.shape()[*contracted], weights.shape()[free]);
        let mut to = vec![0.0; n * k];
        for row in (0..k).step_by(SQUARE) {
            for column in (0..n).step_by(SQUARE) {
                for row in row..k.min(row + SQUARE) {
                    for column in column..n.min(column + SQUARE) {
                        to[column * k + row] = from[row * n + column];
                    }
                }
            }
        }
        return Some(to);
    }
    let axes: Vec<usize> = std::iter::once(free).chain(order.iter().copied()).collect();
    numbers(&weights.clone().permute_axes(&axes).ok()?)
}

/// What follows a product.
pub(super) struct Tail {
    pub bias: Option<Vec<f32>>,
    pub norm: Option<Norm>,
    pub activation: Activation,
    /// The node whose output this is.
    pub last: usize,
}

/// Follows `node`, a product with `n` columns.
pub(super) fn tail(model: &TypedModel, node: &TypedNode, n: usize) -> Tail {
    let mut last = node;
    let mut bias: Option<Vec<f32>> = None;
    while let Some(next) = only_consumer(model, last)
        && let Some(added) = with_constant::<math::Add>(model, next, last.id.into())
        && let Some(added) = last_axis(&added, n)
        && model.outlet_fact(next.id.into()).ok().map(|f| &f.shape)
            == model.outlet_fact(last.id.into()).ok().map(|f| &f.shape)
    {
        bias = Some(match bias {
            Some(bias) => bias.iter().zip(added).map(|(a, b)| a + b).collect(),
            None => added,
        });
        last = next;
    }
    let mut norm = None;
    if let Some(next) = only_consumer(model, last)
        && let Some(Blueprint::Norm(plan)) = fused(next)
        && plan.width == n
    {
        norm = Some(plan.norm.clone());
        last = next;
    }
    let mut function = Activation::Identity;
    if let Some(next) = only_consumer(model, last)
        && let Some(found) = activation(model, next, last.id.into())
    {
        function = found;
        last = next;
    }
    Tail {
        bias,
        norm,
        activation: function,
        last: last.id,
    }
}

/// A norm right before a fused linear, and a sum right after it, become parts of it.
pub(super) struct SurroundRule;

impl Rule for SurroundRule {
    fn find(&self, model: &TypedModel, node: &TypedNode) -> TractResult<Option<TypedModelPatch>> {
        let Some(Blueprint::Linear(plan)) = fused(node) else {
            return Ok(None);
        };
        let maker = model.node(node.inputs[0].node);
        if let Some(Blueprint::Norm(NormPlan { norm, width, axis })) = fused(maker)
            && only_consumer(model, maker).is_some()
            && (*width, plan.k_axes) == (plan.k, 1)
            && *axis + 1 == model.outlet_fact(node.inputs[0])?.rank()
            && plan.norm_before.is_none()
        {
            let mut plan = plan.clone();
            plan.norm_before = Some(norm.clone());
            let mut inputs = node.inputs.to_vec();
            inputs[0] = maker.inputs[0];
            let outputs: Vec<OutletId> = (0..plan.segments.len())
                .map(|slot| OutletId::new(node.id, slot))
                .collect();
            let blueprint = Blueprint::Linear(plan);
            return replace(model, &node.name, &inputs, &outputs, blueprint).map(Some);
        }
        if plan.residual || plan.segments.len() != 1 {
            return Ok(None);
        }
        let x: OutletId = node.id.into();
        if let Some(next) = only_consumer(model, node)
            && let Some(added) = other::<math::Add>(next, x)
            && constant(model, added).is_none()
            && model.outlet_fact(added)?.shape == model.outlet_fact(x)?.shape
        {
            let mut plan = plan.clone();
            plan.residual = true;
            let inputs = [node.inputs[0], added];
            let outputs = [next.id.into()];
            let blueprint = Blueprint::Linear(plan);
            return replace(model, &node.name, &inputs, &outputs, blueprint).map(Some);
        }
        Ok(None)
    }
}
