//! Attention: softmax(scale q k' + mask) v, with the axes wherever the network has them.

use std::sync::Arc;

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::math;
use tract_onnx::tract_core::ops::nn::{Softmax, SoftmaxKind};

use super::super::blueprint::{AttentionPlan, Blueprint};
use super::super::kernel::Attention;
use super::pattern::{constant, numbers, only_consumer, scalar, with_constant};
use super::source::{Positions, Source, size, view};
use super::{Rule, replace};

/// Begins at the product of queries and keys.
pub(super) struct AttentionRule;

impl Rule for AttentionRule {
    fn find(&self, model: &TypedModel, node: &TypedNode) -> TractResult<Option<TypedModelPatch>> {
        let Some((plan, inputs, last)) = attention(model, node) else {
            return Ok(None);
        };
        let blueprint = Blueprint::Attention(plan);
        replace(model, &node.name, &inputs, &[last.into()], blueprint).map(Some)
    }
}

fn attention(
    model: &TypedModel,
    node: &TypedNode,
) -> Option<(AttentionPlan, [OutletId; 3], usize)> {
    let product = variables(model, node)?;
    let Scaled {
        softmax,
        axis,
        mut scale,
        mask,
    } = Scaled::of(model, node)?;
    let scores = Axes::of_scores(model, node, product, axis)?;
    let mask = match mask {
        Some(added) => Some(scores.mask(&added)?),
        None => None,
    };
    let mix = only_consumer(model, softmax)?;
    let mixed = Mixed::of(model, mix, softmax.id.into(), &scores)?;
    let queries = Source::of(model, node.inputs[scores.query_slot], scores.query_axes)?;
    let keys = Source::of(model, node.inputs[1 - scores.query_slot], scores.key_axes)?;
    scale *= queries.factor;
    scale *= keys.factor;
    let values = Source::of(model, mix.inputs[mixed.value_slot], mixed.value_axes)?;
    if values.factor != 1.0 {
        return None;
    }
    let output = mix.id.into();
    let shape: Option<Vec<usize>> = model
        .outlet_fact(output)
        .ok()?
        .shape
        .iter()
        .skip(1)
        .map(|d| d.to_usize().ok())
        .collect();
    let attention = Attention {
        heads: scores.heads,
        queries: scores.queries,
        keys: scores.keys,
        channels: scores.channels,
        value_channels: mixed.channels,
        scale,
        mask,
        q: queries.view,
        k: keys.view,
        v: values.view,
        out: view(model, output, mixed.output_axes)?,
    };
    let plan = AttentionPlan {
        attention,
        offsets: [queries.offset, keys.offset, values.offset],
        shape: shape?,
    };
    Some((plan, [queries.outlet, keys.outlet, values.outlet], mix.id))
}

/// From the product of queries and keys to its softmax.
struct Scaled<'a> {
    softmax: &'a TypedNode,
    /// Along which the softmax runs.
    axis: usize,
    scale: f32,
    /// What is added once they are scaled.
    mask: Option<Arc<Tensor>>,
}

impl<'a> Scaled<'a> {
    /// Up to three steps with constants come before the softmax.
    fn of(model: &'a TypedModel, scores: &'a TypedNode) -> Option<Self> {
        let (mut scale, mut mask) = (1.0, None);
        let mut last = scores;
        for _ in 0..4 {
            let next = only_consumer(model, last)?;
            if let Some(op) = next.op_as::<Softmax>() {
                let plain = matches!(op.kind, SoftmaxKind::Softmax) && op.quant_output_dt.is_none();
                let [axis] = op.axes[..] else {
                    return None;
                };
                return plain.then_some(Self {
                    softmax: next,
                    axis,
                    scale,
                    mask,
                });
            }
            if mask.is_some() {
                return None;
            }
            let x = last.id.into();
            if let Some(factor) = with_constant::<math::Mul>(model, next, x) {
                scale *= scalar(&factor)?;
            } else {
                mask = Some(with_constant::<math::Add>(model, next, x)?);
            }
            last = next;
        }
        None
    }
}

/// The product of queries and keys.
struct Axes {
    query_slot: usize,
    query_axes: Positions,
    key_axes: Positions,
    heads: usize,
    queries: usize,
    keys: usize,
    channels: usize,
    head_out: Option<usize>,
    query_out: usize,
    key_out: usize,
    out_rank: usize,
}

impl Axes {
    /// Of `node`, which is `op`. Its softmax runs along `softmax`, over the keys.
    fn of_scores(
        model: &TypedModel,
        node: &TypedNode,
        op: &EinSum,
        softmax: usize,
    ) -> Option<Self> {
        let mut head = None;
        let (mut rows, mut channel) = ([None; 2], None);
        for axis in op.axes.iter_all_axes() {
            let [a, b] = [0, 1].map(|slot| axis.inputs[slot].as_slice());
            match (a, b, axis.outputs[0].as_slice()) {
                ([0], [0], [0]) => {}
                ([a], [b], [out]) if head.is_none() => head = Some(([*a, *b], *out)),
                ([a], [b], []) if channel.is_none() => channel = Some([*a, *b]),
                ([a], [], [out]) if rows[0].is_none() => rows[0] = Some((*a, *out)),
                ([], [b], [out]) if rows[1].is_none() => rows[1] = Some((*b, *out)),
                ([a], [], []) if size(model, node.inputs[0], *a)? == 1 => {}
                ([], [b], []) if size(model, node.inputs[1], *b)? == 1 => {}
                _ => return None,
            }
        }
        let channel = channel?;
        let rows = [rows[0]?, rows[1]?];
        let query_slot = (0..2).find(|slot| rows[1 - slot].1 == softmax)?;
        let positions = |slot: usize| {
            let head = head.map(|(positions, _)| positions[slot]);
            (0, head, rows[slot].0, channel[slot])
        };
        let of = |slot: usize, axis: usize| size(model, node.inputs[slot], axis);
        Some(Self {
            query_slot,
            query_axes: positions(query_slot),
            key_axes: positions(1 - query_slot),
            heads: head.map_or(Some(1), |(positions, _)| of(0, positions[0]))?,
            queries: of(query_slot, rows[query_slot].0)?,
            keys: of(1 - query_slot, rows[1 - query_slot].0)?,
            channels: of(0, channel[0])?,
            head_out: head.map(|(_, out)| out),
            query_out: rows[query_slot].1,
            key_out: rows[1 - query_slot].1,
            out_rank: op.axes.rank(InOut::Out(0)),
        })
    }

    /// A constant that is added to the scores as `[queries][keys]`, the same for every batch row and head.
    fn mask(&self, added: &Tensor) -> Option<Vec<f32>> {
        let shape = added.shape();
        if shape.len() != self.out_rank {
            return None;
        }
        let values = numbers(added)?;
        let fits = shape.iter().enumerate().all(|(axis, size)| {
            *size == 1
                || axis == self.query_out && *size == self.queries
                || axis == self.key_out && *size == self.keys
        });
        if !fits {
            return None;
        }
        let stride = |axis: usize| match shape[axis] {
            1 => 0,
            _ => shape[axis + 1..].iter().product(),
        };
        let [row, column] = [stride(self.query_out), stride(self.key_out)];
        let grid =
            (0..self.queries).flat_map(|q| (0..self.keys).map(move |k| q * row + k * column));
        Some(grid.map(|index| values[index]).collect())
    }
}

/// The product of the softmax and the values.
struct Mixed {
    value_slot: usize,
    value_axes: Positions,
    output_axes: Positions,
    channels: usize,
}

impl Mixed {
    fn of(model: &TypedModel, node: &TypedNode, weights: OutletId, scores: &Axes) -> Option<Self> {
        let op = variables(model, node)?;
        let ws = (0..2).find(|slot| node.inputs[*slot] == weights)?;
        let vs = 1 - ws;
        let (mut head, mut query, mut key, mut channel) = (None, None, None, None);
        for axis in op.axes.iter_all_axes() {
            let [w, v] = [ws, vs].map(|slot| axis.inputs[slot].as_slice());
            match (w, v, axis.outputs[0].as_slice()) {
                ([0], [0], [0]) => {}
                ([w], [v], [out]) if Some(*w) == scores.head_out => head = Some((*v, *out)),
                ([w], [v], []) if *w == scores.key_out => key = Some(*v),
                ([w], [], [out]) if *w == scores.query_out => query = Some(*out),
                ([], [v], [out]) if channel.is_none() => channel = Some((*v, *out)),
                ([], [v], []) if size(model, node.inputs[vs], *v)? == 1 => {}
                _ => return None,
            }
        }
        if scores.head_out.is_some() != head.is_some() {
            return None;
        }
        let (channel, key) = (channel?, key?);
        Some(Self {
            value_slot: vs,
            value_axes: (0, head.map(|head| head.0), key, channel.0),
            output_axes: (0, head.map(|head| head.1), query?, channel.1),
            channels: size(model, node.inputs[vs], channel.0)?,
        })
    }
}

/// A product of two variables.
fn variables<'a>(model: &TypedModel, node: &'a TypedNode) -> Option<&'a EinSum> {
    let op = node.op_as::<EinSum>()?;
    let f32 = op.q_params.is_none() && op.operating_dt == f32::datum_type();
    let free = node
        .inputs
        .iter()
        .all(|input| constant(model, *input).is_none());
    (f32 && free && node.inputs.len() == 2).then_some(op)
}
