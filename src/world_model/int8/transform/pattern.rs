//! What the rules ask of tract's model: constants, single consumers, the shape of an elementwise step.

use std::sync::Arc;

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::binary::{BinMiniOp, TypedBinOp};
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::{math, nn};

use super::super::kernel::Activation;

/// The constant that `outlet` carries, if it does.
pub(super) fn constant(model: &TypedModel, outlet: OutletId) -> Option<Arc<Tensor>> {
    let constant = model.outlet_fact(outlet).ok()?.konst.clone()?;
    (constant.datum_type() == f32::datum_type()).then_some(constant)
}

/// The numbers of a constant.
pub(in super::super) fn numbers(tensor: &Tensor) -> Option<Vec<f32>> {
    let plain = tensor.try_as_plain_ram().ok()?;
    Some(plain.as_slice::<f32>().ok()?.to_vec())
}

/// The only number of a constant.
pub(super) fn scalar(tensor: &Tensor) -> Option<f32> {
    let numbers = numbers(tensor)?;
    (numbers.len() == 1).then(|| numbers[0])
}

/// A constant that varies along the last axis at most, as `n` numbers.
pub(super) fn last_axis(tensor: &Tensor, n: usize) -> Option<Vec<f32>> {
    let found = numbers(tensor)?;
    match found.len() {
        1 => Some(vec![found[0]; n]),
        len if len == n && tensor.shape().last() == Some(&n) => Some(found),
        _ => None,
    }
}

/// The only consumer of `node`, unless the network gives `node`'s result away.
pub(super) fn only_consumer<'a>(model: &'a TypedModel, node: &TypedNode) -> Option<&'a TypedNode> {
    if node.outputs.len() != 1 || model.outputs.iter().any(|outlet| outlet.node == node.id) {
        return None;
    }
    match node.outputs[0].successors.as_slice() {
        [one] => Some(model.node(one.node)),
        _ => None,
    }
}

/// The other operand if `node` is the binary operation `B` on `x`.
pub(super) fn other<B: BinMiniOp>(node: &TypedNode, x: OutletId) -> Option<OutletId> {
    node.op_as::<TypedBinOp>()?.0.downcast_ref::<B>()?;
    match node.inputs.as_slice() {
        [a, b] if *a == x && *b != x => Some(*b),
        [a, b] if *b == x && *a != x => Some(*a),
        _ => None,
    }
}

/// The constant operand if `node` is the binary operation `B` of `x` and a constant. For operations whose
/// order matters ask for the inputs' order, too.
pub(super) fn with_constant<B: BinMiniOp>(
    model: &TypedModel,
    node: &TypedNode,
    x: OutletId,
) -> Option<Arc<Tensor>> {
    constant(model, other::<B>(node, x)?)
}

/// The activation function that `node` applies to `x`.
pub(super) fn activation(model: &TypedModel, node: &TypedNode, x: OutletId) -> Option<Activation> {
    if let Some(zero) = with_constant::<math::Max>(model, node, x) {
        return (scalar(&zero) == Some(0.0)).then_some(Activation::Relu);
    }
    function(node)
}

/// The activation function that an elementwise `node` is.
pub(in super::super) fn function(node: &TypedNode) -> Option<Activation> {
    let function = &node.op_as::<ElementWiseOp>()?.0;
    if function.is::<nn::silu::Silu>() {
        Some(Activation::Silu)
    } else if function.is::<nn::gelu_exact::GeluExact>() {
        Some(Activation::GeluErf)
    } else if function
        .downcast_ref::<nn::gelu_approximate::GeluApproximate>()
        .is_some_and(|gelu| !gelu.fast_impl)
    {
        Some(Activation::GeluTanh)
    } else if function.is::<nn::Sigmoid>() {
        Some(Activation::Sigmoid)
    } else if function.is::<math::Tanh>() {
        Some(Activation::Tanh)
    } else {
        None
    }
}

/// True if `outlet`'s axes from `first` on have known sizes; gives their product.
pub(super) fn trailing(model: &TypedModel, outlet: OutletId, first: usize) -> Option<usize> {
    let fact = model.outlet_fact(outlet).ok()?;
    let sizes = fact.shape.iter().skip(first);
    sizes
        .map(|size| size.to_usize().ok())
        .try_fold(1, |product, size| Some(product * size?))
}
