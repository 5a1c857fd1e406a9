//! From a rewritten tract model to a program.

use std::collections::HashMap;

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::{Gather, MultiBroadcastTo, Slice, TypedConcat};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::change_axes::AxisOp;
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::nn::{Reduce, Reducer, Softmax, SoftmaxKind};

use super::super::fused::Fused;
use super::super::kernel::{Isa, Zip};
use super::super::transform::pattern;
use super::copies::broadcast;
use super::functions::{function_of, zip_of};
use super::loops::Loops;
use super::shape::Shape;
use super::slots::share;
use super::step::{Action, MOST, Output, Place, Reduction, Source, Step};
use super::{Program, block};

/// A value of the network.
#[derive(Clone)]
pub(super) struct Value {
    pub source: Source,
    pub shape: Shape,
}

impl Program {
    /// Translates `model`, rewritten and packed, whose batch is `batch`; `Err` names the first node that only
    /// tract can run.
    pub fn compile(model: &TypedModel, isa: Isa, batch: &Symbol) -> Result<Self, String> {
        let mut build = Build {
            model,
            batch,
            values: HashMap::new(),
            steps: Vec::new(),
            constants: Vec::new(),
            slots: 0,
        };
        if model.inputs.len() > MOST || model.outputs.len() != 1 {
            return Err(format!("{} outputs", model.outputs.len()));
        }
        for (index, outlet) in model.inputs.iter().enumerate() {
            let shape = build
                .shape(*outlet)
                .ok_or("an input without a batch axis")?;
            let source = Source {
                place: Place::Input(index),
                width: shape.width(),
            };
            build.values.insert(*outlet, Value { source, shape });
        }
        let order = model.eval_order().map_err(|error| format!("{error:#}"))?;
        for id in order {
            let node = model.node(id);
            if build.values.contains_key(&OutletId::new(id, 0)) {
                continue;
            }
            build
                .node(node)
                .ok_or_else(|| format!("{} ({})", node.name, node.op.name()))?;
        }
        let result = build.values.get(&model.outputs[0]).ok_or("no result")?;
        if result.shape.batch.is_none() {
            return Err("a result without a batch axis".into());
        }
        let mut result = result.source;
        let mut steps = build.steps;
        let slots = share(&mut steps, &mut result);
        Ok(Self {
            isa,
            steps,
            constants: build.constants,
            block: block(&slots),
            slots,
            result,
        })
    }
}

pub(super) struct Build<'a> {
    pub model: &'a TypedModel,
    batch: &'a Symbol,
    values: HashMap<OutletId, Value>,
    steps: Vec<Step>,
    constants: Vec<Vec<f32>>,
    slots: usize,
}

impl Build<'_> {
    fn node(&mut self, node: &TypedNode) -> Option<()> {
        let outlet = OutletId::new(node.id, 0);
        if let Some(constant) = &node.outputs.first()?.fact.konst {
            // Constants that aren't f32 serve as attributes: no step reads them.
            let Some(numbers) = pattern::numbers(constant) else {
                return Some(());
            };
            let shape = self.shape(outlet)?;
            let source = Source {
                place: Place::Constant(self.constants.len()),
                width: numbers.len(),
            };
            self.constants.push(numbers);
            self.values.insert(outlet, Value { source, shape });
            return Some(());
        }
        if let Some(fused) = node.op_as::<Fused>() {
            let action = Action::Fused(fused.operator()?.clone());
            return self.push(node, action, None);
        }
        if let Some(op) = node.op_as::<AxisOp>() {
            return self.axes(node, op);
        }
        if let Some(op) = node.op_as::<TypedBinOp>() {
            return self.zip(node, zip_of(op)?);
        }
        if node.op_is::<ElementWiseOp>() {
            let action = match pattern::function(node) {
                Some(activation) => Action::Activate(activation),
                None => Action::Map(function_of(node.op_as::<ElementWiseOp>()?)?),
            };
            return self.push(node, action, None);
        }
        if let Some(op) = node.op_as::<TypedConcat>() {
            return self.concat(node, op.axis);
        }
        if let Some(op) = node.op_as::<Slice>() {
            return self.cut(node, op.axis, op.start.to_usize().ok()?);
        }
        if let Some(op) = node.op_as::<Gather>() {
            return self.gather(node, op.axis);
        }
        if node.op_is::<MultiBroadcastTo>() {
            return self.broadcast(node);
        }
        if let Some(op) = node.op_as::<Reduce>() {
            return self.reduce(node, op);
        }
        let op = node.op_as::<Softmax>()?;
        let rank = self.value(node.inputs[0])?.shape.sizes.len();
        let plain = matches!(op.kind, SoftmaxKind::Softmax) && op.quant_output_dt.is_none();
        if !plain || op.axes[..] != [rank - 1] || rank < 2 {
            return None;
        }
        let width = self.value(node.inputs[0])?.shape.sizes[rank - 1];
        self.push(node, Action::Softmax(width), None)
    }

    pub(super) fn shape(&self, outlet: OutletId) -> Option<Shape> {
        Shape::read(self.model.outlet_fact(outlet).ok()?, self.batch)
    }

    pub(super) fn value(&self, outlet: OutletId) -> Option<&Value> {
        self.values.get(&outlet)
    }

    /// A step that reads `inputs`, or all of the node's, and writes what the node gives.
    pub(super) fn push(
        &mut self,
        node: &TypedNode,
        action: Action,
        inputs: Option<&[OutletId]>,
    ) -> Option<()> {
        let read: Option<Vec<Source>> = inputs
            .unwrap_or(&node.inputs)
            .iter()
            .map(|outlet| Some(self.value(*outlet)?.source))
            .collect();
        let inputs = read?;
        let mut outputs = Vec::new();
        for slot in 0..node.outputs.len() {
            let outlet = OutletId::new(node.id, slot);
            let shape = self.shape(outlet)?;
            shape.batch?;
            let width = shape.width();
            outputs.push(Output {
                slot: self.slots,
                width,
            });
            let source = Source {
                place: Place::Slot(self.slots),
                width,
            };
            self.slots += 1;
            self.values.insert(outlet, Value { source, shape });
        }
        if inputs.len() > MOST || outputs.len() > MOST {
            return None;
        }
        self.steps.push(Step {
            action,
            inputs,
            outputs,
        });
        Some(())
    }

    /// The same numbers under another shape.
    pub(super) fn alias(&mut self, node: &TypedNode) -> Option<()> {
        let outlet = OutletId::new(node.id, 0);
        let shape = self.shape(outlet)?;
        let value = self.value(node.inputs[0])?;
        if shape.width() != value.shape.width()
            || shape.batch.is_some() != value.shape.batch.is_some()
        {
            return None;
        }
        let source = value.source;
        self.values.insert(outlet, Value { source, shape });
        Some(())
    }

    fn zip(&mut self, node: &TypedNode, kind: Zip) -> Option<()> {
        let output = self.shape(OutletId::new(node.id, 0))?;
        let [a, b] = [0, 1].map(|slot| self.value(node.inputs[slot]).map(|v| v.shape.clone()));
        let strides = [broadcast(&a?, &output)?, broadcast(&b?, &output)?];
        let sizes = &output.sizes;
        let loops = Loops::new(
            true,
            sizes,
            [&strides[0], &strides[1], &output.strides()],
            [0; 3],
        )?;
        self.push(node, Action::Zip(kind, loops), None)
    }

    fn reduce(&mut self, node: &TypedNode, op: &Reduce) -> Option<()> {
        let sizes = &self.value(node.inputs[0])?.shape.sizes;
        let first = *op.axes.first()?;
        let last = first + op.axes.len();
        if first == 0 || !op.axes.iter().copied().eq(first..last) {
            return None;
        }
        let count = sizes[first..last].iter().product();
        let inner = sizes[last..].iter().product();
        let reduction = match op.reducer {
            Reducer::Sum => Reduction::Sum,
            Reducer::Max => Reduction::Max,
            Reducer::Min => Reduction::Min,
            Reducer::MeanOfSquares => Reduction::MeanOfSquares,
            _ => return None,
        };
        let action = Action::Reduce {
            reduction,
            count,
            inner,
        };
        self.push(node, action, None)
    }
}
