//! From a rewritten tract model to a program.

use std::collections::HashMap;

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::{Gather, MultiBroadcastTo, Slice, TypedConcat};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::change_axes::AxisOp;
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::math;
use tract_onnx::tract_core::ops::nn::{Reduce, Reducer, Softmax, SoftmaxKind};

use super::super::fused::Fused;
use super::super::kernel::{Isa, Zip};
use super::super::transform::pattern;
use super::loops::Loops;
use super::shape::Shape;
use super::slots::share;
use super::step::{Action, MOST, Output, Place, Reduction, Source, Step};
use super::{Program, block};

/// A value of the network.
#[derive(Clone)]
struct Value {
    source: Source,
    shape: Shape,
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

struct Build<'a> {
    model: &'a TypedModel,
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

    fn shape(&self, outlet: OutletId) -> Option<Shape> {
        Shape::read(self.model.outlet_fact(outlet).ok()?, self.batch)
    }

    fn value(&self, outlet: OutletId) -> Option<&Value> {
        self.values.get(&outlet)
    }

    /// A step that reads `inputs`, or all of the node's, and writes what the node gives.
    fn push(
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
    fn alias(&mut self, node: &TypedNode) -> Option<()> {
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

    fn axes(&mut self, node: &TypedNode, op: &AxisOp) -> Option<()> {
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

    fn concat(&mut self, node: &TypedNode, axis: usize) -> Option<()> {
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

    fn cut(&mut self, node: &TypedNode, axis: usize, start: usize) -> Option<()> {
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
    fn gather(&mut self, node: &TypedNode, axis: usize) -> Option<()> {
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

    fn broadcast(&mut self, node: &TypedNode) -> Option<()> {
        let input = self.value(node.inputs[0])?.shape.clone();
        let output = self.shape(OutletId::new(node.id, 0))?;
        let strides = broadcast(&input, &output)?;
        let way = Loops::new(true, &output.sizes, [&strides, &output.strides()], [0, 0])?;
        self.push(node, Action::Copy(vec![way]), None)
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

/// Strides with which `input` is read as `output`: zero where it is repeated. The batch axis of numbers that are
/// the same for all rows is repeated, too.
fn broadcast(input: &Shape, output: &Shape) -> Option<Vec<usize>> {
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

fn zip_of(op: &TypedBinOp) -> Option<Zip> {
    let op = &op.0;
    if op.is::<math::Add>() {
        Some(Zip::Add)
    } else if op.is::<math::Sub>() {
        Some(Zip::Sub)
    } else if op.is::<math::Mul>() {
        Some(Zip::Mul)
    } else if op.is::<math::Div>() {
        Some(Zip::Div)
    } else if op.is::<math::Max>() {
        Some(Zip::Max)
    } else if op.is::<math::Min>() {
        Some(Zip::Min)
    } else {
        None
    }
}

fn function_of(op: &ElementWiseOp) -> Option<fn(f32) -> f32> {
    let op = &op.0;
    if op.is::<math::Exp>() {
        Some(f32::exp)
    } else if op.is::<math::Ln>() {
        Some(f32::ln)
    } else if op.is::<math::Sqrt>() {
        Some(f32::sqrt)
    } else if op.is::<math::Rsqrt>() {
        Some(|x| x.sqrt().recip())
    } else if op.is::<math::Recip>() {
        Some(f32::recip)
    } else if op.is::<math::Neg>() {
        Some(|x| -x)
    } else if op.is::<math::Abs>() {
        Some(f32::abs)
    } else if op.is::<math::Square>() {
        Some(|x| x * x)
    } else if op.is::<math::Sin>() {
        Some(f32::sin)
    } else if op.is::<math::Cos>() {
        Some(f32::cos)
    } else {
        None
    }
}
