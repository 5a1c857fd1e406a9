//! Where the numbers of a tensor lie that an attention reads.

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::Slice;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::math;

use super::super::kernel::View;
use super::pattern::{scalar, trailing, with_constant};

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

/// Where the numbers of a tensor really lie, behind a factor and a slice.
pub(super) struct Source {
    pub outlet: OutletId,
    /// Where they begin in it.
    pub offset: usize,
    pub view: View,
    pub factor: f32,
}

impl Source {
    pub fn of(model: &TypedModel, mut outlet: OutletId, positions: Positions) -> Option<Self> {
        let mut factor = 1.0;
        let node = model.node(outlet.node);
        if node.op_is::<TypedBinOp>() {
            for input in &node.inputs {
                let found =
                    with_constant::<math::Mul>(model, node, *input).and_then(|c| scalar(&c));
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
            outlet = node.inputs[0];
            offset = slice.start.to_usize().ok()? * trailing(model, outlet, slice.axis + 1)?;
        }
        Some(Self {
            outlet,
            offset,
            view: view(model, outlet, positions)?,
            factor,
        })
    }
}

/// From one batch row, head, token, channel of `outlet` to the next.
pub(super) fn view(
    model: &TypedModel,
    outlet: OutletId,
    (batch, head, token, channel): Positions,
) -> Option<View> {
    let stride = |axis: usize| trailing(model, outlet, axis + 1);
    let head = head.map_or(Some(0), stride)?;
    Some(View {
        strides: [stride(batch)?, head, stride(token)?, stride(channel)?],
    })
}
