//! Quantization: of constant weights only.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb;
use tract_onnx::pb::tensor_proto::DataType;

use super::nodes::{Known, label, literal};
use super::operator::{NORMALISING, QUANTIZED};
use super::{Vet, Vetted, tensor};

impl Vet<'_> {
    /// Only weights may be quantized: codes, positive scales and zero points, all constants.
    pub(super) fn dequantize(
        &self,
        node: &pb::NodeProto,
        label: &str,
        known: &HashMap<&str, Known>,
    ) -> Vetted {
        let part = |index: usize| {
            let name = node.input.get(index)?;
            match known.get(name.as_str()) {
                Some(Known::Constant(kind, constant)) => Some((*kind, *constant)),
                _ => None,
            }
        };
        let codes = |kind| matches!(kind, DataType::Int8 | DataType::Uint8);
        let (Some((code, _)), Some((DataType::Float, scale))) = (part(0), part(1)) else {
            return Err(self.refuse(
                label,
                "quantized activations",
                "constant weights with constant f32 scales",
            ));
        };
        let zero = node.input.len() < 3 || part(2).is_some_and(|(kind, _)| kind == code);
        if !codes(code) || !zero {
            return Err(self.refuse(
                label,
                "other codes",
                "INT8 or UINT8 codes with zero points of the same type",
            ));
        }
        match tensor::floats(scale).find(|scale| *scale <= 0.0) {
            None => Ok(()),
            Some(bad) => Err(self.refuse(format!("{label}: scale"), bad, "scales above 0")),
        }
    }

    /// Refuses quantized activations, and first of all a quantized softmax or norm, by name.
    pub(super) fn quantized(&self, graph: &pb::GraphProto) -> Vetted {
        let literals = graph.node.iter().filter(|node| literal(node).is_some());
        let literals = literals.flat_map(|node| &node.output);
        let constants = graph.initializer.iter().map(|tensor| &tensor.name);
        let constants: HashSet<&str> = constants.chain(literals).map(String::as_str).collect();
        let mut dequantized: HashSet<&str> = HashSet::new();
        for node in &graph.node {
            let operator = node.op_type.as_str();
            let reads = node
                .input
                .iter()
                .any(|input| dequantized.contains(input.as_str()));
            let first = node.input.first().map_or("", String::as_str);
            if reads && NORMALISING.contains(&operator) {
                return Err(self.refuse(
                    label(node),
                    format!("a quantized {operator}"),
                    "this operator in f32: quantized, tract computes it wrong",
                ));
            }
            if reads || operator == "DequantizeLinear" && !constants.contains(first) {
                dequantized.extend(node.output.iter().map(String::as_str));
            }
        }
        match graph
            .node
            .iter()
            .find(|n| QUANTIZED.contains(&n.op_type.as_str()))
        {
            None => Ok(()),
            Some(node) => Err(self.refuse(
                label(node),
                format!("operator {} on activations", node.op_type),
                "f32 activations; only constant weights behind DequantizeLinear",
            )),
        }
    }
}
