//! What lies between `DequantizeLinear` and `QuantizeLinear`.
//!
//! tract folds what it takes for element by element there into a table of 256 entries, and it takes softmax for
//! that: the result is silently wrong. And it makes the table in the type of the last codes, so that the first
//! ones must have the same. `tests/suite/world_model/tract_defects.rs` tells when a newer tract does better.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb;
use tract_onnx::pb::tensor_proto::DataType;

use super::nodes::{label, literal};
use super::{Vet, Vetted};

/// Operators that look along an axis.
const NORMALISING: &[&str] = &[
    "BatchNormalization",
    "GroupNormalization",
    "InstanceNormalization",
    "LayerNormalization",
    "LogSoftmax",
    "LpNormalization",
    "RMSNormalization",
    "Softmax",
];

/// Operators behind which tract's table can't reach.
const CONTRACTIONS: &[&str] = &["Conv", "Gemm", "MatMul"];

/// Operators of one input that tract folds into its table, or that leave nothing behind.
const FOLDED: &[&str] = &[
    "Abs",
    "Cos",
    "Elu",
    "Erf",
    "Exp",
    "Flatten",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "LeakyRelu",
    "Log",
    "Mish",
    "Neg",
    "Reciprocal",
    "Reshape",
    "Sigmoid",
    "Sin",
    "Softplus",
    "Sqrt",
    "Squeeze",
    "Tanh",
    "Transpose",
    "Unsqueeze",
];

impl Vet<'_> {
    /// Refuses what tract would compute wrong, or not at all, between activations' codes, by name.
    pub(super) fn between_codes(&self, graph: &pb::GraphProto) -> Vetted {
        if let Some(node) = graph
            .node
            .iter()
            .find(|node| node.op_type == "DynamicQuantizeLinear")
        {
            return Err(self.refuse(
                label(node),
                "operator DynamicQuantizeLinear",
                "constant scales: this one is of the whole batch, and one candidate's future would depend on \
                 the others'",
            ));
        }
        let before = dequantized(graph);
        let after = requantized(graph);
        let any = |names: &[String], set: &HashSet<&str>| {
            names.iter().any(|name| set.contains(name.as_str()))
        };
        for node in &graph.node {
            let operator = node.op_type.as_str();
            if NORMALISING.contains(&operator)
                && any(&node.input, &before)
                && any(&node.output, &after)
            {
                return Err(self.refuse(
                    label(node),
                    format!("a quantized {operator}"),
                    "this operator in f32: quantized, tract computes it wrong",
                ));
            }
        }
        self.same_sign(graph)
    }

    /// Codes that become codes again by a table must be of one type.
    fn same_sign(&self, graph: &pb::GraphProto) -> Vetted {
        let kinds = kinds(graph);
        let kind = |node: &pb::NodeProto| match node.input.get(2) {
            Some(zero) => kinds.get(zero.as_str()).copied(),
            None => Some(DataType::Uint8 as i32),
        };
        // Values that are a function of codes of that type.
        let mut codes: HashMap<&str, i32> = HashMap::new();
        for node in &graph.node {
            let first = node.input.first().map_or("", String::as_str);
            let from = match node.op_type.as_str() {
                "DequantizeLinear" if !kinds.contains_key(first) => kind(node),
                "QuantizeLinear" => {
                    let (from, to) = (codes.get(first), kind(node));
                    if from.is_some_and(|from| Some(*from) != to) {
                        return Err(self.refuse(
                            label(node),
                            "a QuantizeLinear to other codes than the DequantizeLinear before it",
                            "both INT8 or both UINT8: tract refuses the table between them",
                        ));
                    }
                    None
                }
                folded if FOLDED.contains(&folded) => codes.get(first).copied(),
                _ => None,
            };
            if let (Some(kind), Some(output)) = (from, node.output.first()) {
                codes.insert(output, kind);
            }
        }
        Ok(())
    }
}

/// Types of the constants.
fn kinds(graph: &pb::GraphProto) -> HashMap<&str, i32> {
    let literals = graph.node.iter().filter_map(|node| {
        let output = node.output.first()?;
        Some((output.as_str(), literal(node)?.data_type))
    });
    let constants = graph.initializer.iter();
    constants
        .map(|tensor| (tensor.name.as_str(), tensor.data_type))
        .chain(literals)
        .collect()
}

/// What depends on dequantized activations without a contraction between.
fn dequantized(graph: &pb::GraphProto) -> HashSet<&str> {
    let constants = kinds(graph);
    let mut found: HashSet<&str> = HashSet::new();
    for node in &graph.node {
        let operator = node.op_type.as_str();
        let mut inputs = node.input.iter().map(String::as_str);
        let starts = operator == "DequantizeLinear"
            && !inputs
                .clone()
                .next()
                .is_some_and(|codes| constants.contains_key(codes));
        let passes = !CONTRACTIONS.contains(&operator) && inputs.any(|name| found.contains(name));
        if starts || passes {
            found.extend(node.output.iter().map(String::as_str));
        }
    }
    found
}

/// What `QuantizeLinear` depends on without a contraction between.
fn requantized(graph: &pb::GraphProto) -> HashSet<&str> {
    let mut found: HashSet<&str> = HashSet::new();
    for node in graph.node.iter().rev() {
        let operator = node.op_type.as_str();
        let starts = operator == "QuantizeLinear";
        let mut outputs = node.output.iter();
        let passes =
            !CONTRACTIONS.contains(&operator) && outputs.any(|name| found.contains(name.as_str()));
        if starts || passes {
            found.extend(node.input.iter().map(String::as_str));
        }
    }
    found
}
