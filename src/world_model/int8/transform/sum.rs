//! The sum of two products of different inputs is one product of the joined inputs.

use std::sync::Arc;

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::TypedConcat;
use tract_onnx::tract_core::ops::change_axes::AxisOp;
use tract_onnx::tract_core::ops::math;

use super::super::blueprint::{Blueprint, LinearPlan, Segment};
use super::super::fused::Fused;
use super::super::kernel::Activation;
use super::linear::tail;
use super::pattern::{only_consumer, other};
use super::{Rule, fused};

/// tract pushes a `Concat` before a product behind it: `[a, b] W` becomes `a W1 + b W2`. Two rows that would be
/// quantized each with a scale of its own are joined only where they aren't quantized at all.
pub(super) struct SumRule {
    pub shorter_than: usize,
}

impl Rule for SumRule {
    fn find(&self, model: &TypedModel, node: &TypedNode) -> TractResult<Option<TypedModelPatch>> {
        let Some(first) = plain(node) else {
            return Ok(None);
        };
        let Some(sum) = only_consumer(model, node) else {
            return Ok(None);
        };
        let Some(outlet) = other::<math::Add>(sum, node.id.into()) else {
            return Ok(None);
        };
        let second_node = model.node(outlet.node);
        let Some(second) = plain(second_node) else {
            return Ok(None);
        };
        let k = first.k + second.k;
        let n = first.segments[0].n;
        let shapes = [node.id, second_node.id].map(|id| model.outlet_fact(id.into()));
        let [Ok(a), Ok(b)] = shapes else {
            return Ok(None);
        };
        if only_consumer(model, second_node).is_none()
            || a.shape != b.shape
            || k >= self.shorter_than
        {
            return Ok(None);
        }
        let rows = first.weights.chunks_exact(first.k);
        let rows = rows.zip(second.weights.chunks_exact(second.k));
        let weights: Vec<f32> = rows.flat_map(|(a, b)| a.iter().chain(b)).copied().collect();
        let tail = tail(model, sum, n);
        let biases = [
            &first.segments[0].bias,
            &second.segments[0].bias,
            &tail.bias,
        ];
        let bias = biases
            .into_iter()
            .flatten()
            .fold(None, |sum: Option<Vec<f32>>, bias| {
                Some(match sum {
                    Some(sum) => sum.iter().zip(bias).map(|(a, b)| a + b).collect(),
                    None => bias.clone(),
                })
            });
        let plan = LinearPlan {
            k,
            k_axes: 1,
            weights: Arc::new(weights),
            segments: vec![Segment {
                n,
                bias,
                activation: tail.activation,
            }],
            norm_before: None,
            norm_after: tail.norm,
            residual: false,
        };
        let mut patch = TypedModelPatch::default();
        let mut rows = TVec::new();
        for (node, plan) in [(node, first), (second_node, second)] {
            rows.push(flat(&mut patch, model, node, plan)?);
        }
        let axis = a.rank() - 1;
        let name = format!("{}.joined", node.name);
        let joined = patch.wire_node(name, TypedConcat::new(axis), &rows)?;
        let fused = Fused::new(Blueprint::Linear(plan));
        let wires = patch.wire_node(format!("{}.fused", node.name), fused, &joined)?;
        patch.shunt_outside(model, tail.last.into(), wires[0])?;
        Ok(Some(patch))
    }
}

/// A fused linear without anything around the product but a bias.
fn plain(node: &TypedNode) -> Option<&LinearPlan> {
    let Blueprint::Linear(plan) = fused(node)? else {
        return None;
    };
    let [segment] = plan.segments.as_slice() else {
        return None;
    };
    let bare = plan.norm_before.is_none() && plan.norm_after.is_none() && !plan.residual;
    (bare && segment.activation == Activation::Identity).then_some(plan)
}

/// The input of `node` with its row in one axis.
fn flat(
    patch: &mut TypedModelPatch,
    model: &TypedModel,
    node: &TypedNode,
    plan: &LinearPlan,
) -> TractResult<OutletId> {
    let tap = patch.tap_model(model, node.inputs[0])?;
    if plan.k_axes == 1 {
        return Ok(tap);
    }
    let shape = &model.outlet_fact(node.inputs[0])?.shape;
    let lead = shape.rank() - plan.k_axes;
    let row: TVec<TDim> = shape.iter().skip(lead).cloned().collect();
    let flat = AxisOp::Reshape(lead, row, tvec!(plan.k.to_dim()));
    let name = format!("{}.row", node.name);
    Ok(patch.wire_node(name, flat, &[tap])?[0])
}
