//! Where the numbers of a tensor lie that an attention reads.

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::Slice;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::math;

use super::super::blueprint::Walk;
use super::pattern::{scalar, with_constant};

/// Positions of batch, head, token and channel in a tensor; no head axis in a network with one head.
pub(super) type Positions = (usize, Option<usize>, usize, usize);

/// The size of an axis.
pub(super) fn size(model: &TypedModel, outlet: OutletId, axis: usize) -> Option<usize> {
    model
        .outlet_fact(outlet)
        .ok()?
        .shape
        .get(axis)?
        .to_usize()
        .ok()
}

/// Where the numbers of `outlet` really lie, behind a factor and a slice: that outlet, how to walk through it, and the
/// factor.
pub(super) fn source(
    model: &TypedModel,
    mut outlet: OutletId,
    positions: Positions,
) -> Option<((OutletId, Walk), f32)> {
    let mut factor = 1.0;
    let node = model.node(outlet.node);
    if node.op_is::<TypedBinOp>() {
        for input in &node.inputs {
            let found = with_constant::<math::Mul>(model, node, *input).and_then(|c| scalar(&c));
            if let Some(found) = found {
                factor = found;
                outlet = *input;
                break;
            }
        }
    }
    let mut offset = 0;
    let node = model.node(outlet.node);
    if let Some(slice) = node.op_as::<Slice>()
        && slice.axis > 0
    {
        let shape = &model.outlet_fact(node.inputs[0]).ok()?.shape;
        let inner: Option<Vec<usize>> = shape
            .iter()
            .skip(slice.axis + 1)
            .map(|d| d.to_usize().ok())
            .collect();
        offset = slice.start.to_usize().ok()? * inner?.iter().product::<usize>();
        outlet = node.inputs[0];
    }
    let shape = &model.outlet_fact(outlet).ok()?.shape;
    let strides = strides(shape, positions)?;
    Some(((outlet, Walk { offset, strides }), factor))
}

/// From one batch row, head, token, channel to the next, in numbers.
pub(super) fn strides(
    shape: &ShapeFact,
    (batch, head, token, channel): Positions,
) -> Option<[usize; 4]> {
    let stride = |axis: usize| {
        let inner: Option<Vec<usize>> = shape
            .iter()
            .skip(axis + 1)
            .map(|d| d.to_usize().ok())
            .collect();
        Some(inner?.iter().product::<usize>())
    };
    let head = head.map_or(Some(0), stride)?;
    Some([stride(batch)?, head, stride(token)?, stride(channel)?])
}
