//! tract's decluttered model, rewritten: chains of its operators become fused ones.
//!
//! Every rule looks at one node and the few after it, and answers with a patch. Rules run in the order of
//! [`rewrite`], each until it finds nothing more. What no rule knows stays as it is.

mod attention;
mod convolution;
mod linear;
mod merge;
mod norm;
pub(super) mod pattern;
mod source;
mod sum;

use tract_onnx::tract_core::internal::*;

use super::blueprint::Blueprint;
use super::fused::Fused;

/// A rewriting rule.
trait Rule {
    /// The patch that `node` begins, if the rule knows it.
    fn find(&self, model: &TypedModel, node: &TypedNode) -> TractResult<Option<TypedModelPatch>>;
}

/// Replaces what the fused operators can do. `together`: linears of different inputs whose sum is taken
/// become one linear of the joined inputs, if the joined row is shorter than that.
pub(super) fn rewrite(model: &mut TypedModel, together: usize) -> TractResult<()> {
    let rules: [&dyn Rule; 7] = [
        &norm::NormRule,
        &attention::AttentionRule,
        &convolution::ConvolutionRule { only_tokens: false },
        &linear::LinearRule,
        &sum::SumRule {
            shorter_than: together,
        },
        &merge::MergeRule,
        &linear::SurroundRule,
    ];
    rules.into_iter().try_for_each(|rule| exhaust(model, rule))
}

/// To be called before tract declutters: patches that become tokens are fused already. Otherwise tract moves the
/// turn of the axes behind the whole network, and every norm and product runs across the memory.
pub(in super::super) fn protect_tokens(model: &mut TypedModel) -> TractResult<()> {
    exhaust(model, &convolution::ConvolutionRule { only_tokens: true })
}

fn exhaust(model: &mut TypedModel, rule: &dyn Rule) -> TractResult<()> {
    while let Some(patch) = first(model, rule)? {
        patch.apply(model)?;
        model.compact()?;
    }
    Ok(())
}

fn first(model: &TypedModel, rule: &dyn Rule) -> TractResult<Option<TypedModelPatch>> {
    for id in model.eval_order()? {
        if let Some(patch) = rule.find(model, model.node(id))? {
            return Ok(Some(patch));
        }
    }
    Ok(None)
}

/// The fused operator that `node` is.
fn fused(node: &TypedNode) -> Option<&Blueprint> {
    Some(node.op_as::<Fused>()?.blueprint())
}

/// A patch that computes `outputs` from `inputs` by a fused operator.
fn replace(
    model: &TypedModel,
    name: &str,
    inputs: &[OutletId],
    outputs: &[OutletId],
    blueprint: Blueprint,
) -> TractResult<TypedModelPatch> {
    let mut patch = TypedModelPatch::default();
    let taps = patch.taps(model, inputs)?;
    let wires = patch.wire_node(format!("{name}.fused"), Fused::new(blueprint), &taps)?;
    for (old, new) in outputs.iter().zip(wires) {
        patch.shunt_outside(model, *old, new)?;
    }
    Ok(patch)
}
