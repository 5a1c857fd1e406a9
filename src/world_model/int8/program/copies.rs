//! Steps that only move numbers.

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::change_axes::AxisOp;

use super::compile::Build;
use super::loops::Loops;
use super::shape::Shape;
use super::step::Action;

impl Build<'_> {
    pub(super) fn axes(&mut self, node: &TypedNode, op: &AxisOp) -> Option<()> {
        let AxisOp::Move(from, to) = *op else {
            return self.alias(node);
        };
        let input = self.value(node.inputs[0])?.shape.clone();
        let output = self.shape(OutletId::new(node.id, 0))?;
        if from == 0 || to == 0 {
            return None;
        }
        let mut strides = input.strides();
        let moved = strides.remove(from);
        strides.insert(to, moved);
        let way = Loops::new(true, &output.sizes, [&strides, &output.strides()], [0, 0])?;
        self.push(node, Action::Copy(vec![way]), None)
    }

    pub(super) fn concat(&mut self, node: &TypedNode, axis: usize) -> Option<()> {
        let output = self.shape(OutletId::new(node.id, 0))?;
        let mut ways = Vec::new();
        let mut offset = 0;
        for outlet in &node.inputs {
            let input = self.value(*outlet)?.shape.clone();
            let mut shape = output.clone();
            shape.sizes[axis] = input.sizes[axis];
            let strides = broadcast(&input, &shape)?;
            let to = output.strides();
            ways.push(Loops::new(
                true,
                &shape.sizes,
                [&strides, &to],
                [0, offset * to[axis]],
            )?);
            offset += input.sizes[axis];
        }
        if axis == 0 {
            return None;
        }
        self.push(node, Action::Copy(ways), None)
    }

    pub(super) fn cut(&mut self, node: &TypedNode, axis: usize, start: usize) -> Option<()> {
        let input = self.value(node.inputs[0])?.shape.clone();
        let output = self.shape(OutletId::new(node.id, 0))?;
        if axis == 0 {
            return None;
        }
        let from = input.strides();
        let offset = start * from[axis];
        let way = Loops::new(true, &output.sizes, [&from, &output.strides()], [offset, 0])?;
        self.push(node, Action::Copy(vec![way]), None)
    }

    /// One index of an axis.
    pub(super) fn gather(&mut self, node: &TypedNode, axis: usize) -> Option<()> {
        let index = self.model.outlet_fact(node.inputs[1]).ok()?.konst.clone()?;
        let input = self.value(node.inputs[0])?.shape.clone();
        let output = self.shape(OutletId::new(node.id, 0))?;
        if axis == 0 || index.len() != 1 {
            return None;
        }
        let size = i64::try_from(input.sizes[axis]).ok()?;
        let index = index.cast_to_scalar::<i64>().ok()?;
        let index = usize::try_from(if index < 0 { index + size } else { index }).ok()?;
        let mut strides = input.strides();
        let offset = strides.remove(axis) * index;
        if output.sizes.len() == strides.len() + 1 {
            strides.insert(axis, 0);
        }
        if strides.len() != output.sizes.len() || index >= input.sizes[axis] {
            return None;
        }
        let way = Loops::new(
            true,
            &output.sizes,
            [&strides, &output.strides()],
            [offset, 0],
        )?;
        self.push(node, Action::Copy(vec![way]), Some(&node.inputs[..1]))
    }

    pub(super) fn broadcast(&mut self, node: &TypedNode) -> Option<()> {
        let input = self.value(node.inputs[0])?.shape.clone();
        let output = self.shape(OutletId::new(node.id, 0))?;
        let strides = broadcast(&input, &output)?;
        let way = Loops::new(true, &output.sizes, [&strides, &output.strides()], [0, 0])?;
        self.push(node, Action::Copy(vec![way]), None)
    }
}

/// Strides with which `input` is read as `output`: zero where it is repeated. The batch axis of numbers that are
/// the same for all rows is repeated, too.
pub(super) fn broadcast(input: &Shape, output: &Shape) -> Option<Vec<usize>> {
    output.batch?;
    if input.sizes.len() != output.sizes.len() {
        return None;
    }
    let sizes = input.sizes.iter().zip(&output.sizes);
    let pairs = sizes.zip(input.strides()).enumerate();
    pairs
        .map(|(axis, ((from, to), stride))| match axis {
            0 if input.batch.is_none() => (*from == 1).then_some(0),
            _ if from == to => Some(stride),
            _ => (*from == 1).then_some(0),
        })
        .collect()
}
