//! Products of the same input are one product with several outputs.

use std::sync::Arc;

use tract_onnx::tract_core::internal::*;

use super::super::blueprint::{Blueprint, LinearPlan};
use super::{Rule, fused, replace};

/// The most columns of one merged product: its outputs live at the same time.
const COLUMNS: usize = 2560;
/// The most outputs of one merged product.
const SEGMENTS: usize = 16;

/// tract slices weights where a `Split` follows the product: gates of a recurrent cell, queries, keys and
/// values, scales and shifts. Merged, the input is quantized once.
pub(super) struct MergeRule;

impl Rule for MergeRule {
    fn find(&self, model: &TypedModel, node: &TypedNode) -> TractResult<Option<TypedModelPatch>> {
        let Some(first) = mergeable(node) else {
            return Ok(None);
        };
        let x = node.inputs[0];
        let mut plans = vec![first];
        let mut outputs = slots(node, first);
        // In the order of their making, so that neighbours in the network become neighbours in the product.
        let consumers = &model.node(x.node).outputs[x.slot].successors;
        let mut ids: Vec<usize> = consumers.iter().map(|inlet| inlet.node).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut columns = count(first);
        for other in ids.into_iter().filter(|id| *id != node.id) {
            let other = model.node(other);
            let Some(plan) = mergeable(other) else {
                continue;
            };
            let fits = plan.k == first.k && plan.k_axes == first.k_axes && other.inputs[0] == x;
            let more = slots(other, plan);
            let few = outputs.len() + more.len() <= SEGMENTS && columns + count(plan) <= COLUMNS;
            if fits && few {
                columns += count(plan);
                outputs.extend(more);
                plans.push(plan);
            }
        }
        if plans.len() == 1 {
            return Ok(None);
        }
        let weights: Vec<&[f32]> = plans.iter().map(|plan| plan.weights.as_slice()).collect();
        let segments = plans.iter().flat_map(|plan| plan.segments.iter().cloned());
        let blueprint = Blueprint::Linear(LinearPlan {
            weights: Arc::new(weights.concat()),
            segments: segments.collect(),
            ..first.clone()
        });
        replace(model, &node.name, &[x], &outputs, blueprint).map(Some)
    }
}

fn mergeable(node: &TypedNode) -> Option<&LinearPlan> {
    let Blueprint::Linear(plan) = fused(node)? else {
        return None;
    };
    (plan.norm_after.is_none() && !plan.residual).then_some(plan)
}

fn count(plan: &LinearPlan) -> usize {
    plan.segments.iter().map(|segment| segment.n).sum()
}

fn slots(node: &TypedNode, plan: &LinearPlan) -> Vec<OutletId> {
    (0..plan.segments.len())
        .map(|slot| OutletId::new(node.id, slot))
        .collect()
}
