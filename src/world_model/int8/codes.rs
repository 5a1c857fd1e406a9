//! The s8 codes of a file, found again in what tract made of them.

use std::collections::BTreeSet;

use tract_onnx::pb;

/// The most scales of a file that are remembered; a file with more is quantized anew.
const MOST_SCALES: usize = 1 << 17;

/// The scales of all `DequantizeLinear` nodes of a file. tract multiplies codes and scales while it loads, and
/// may transpose, slice or merge the result; but each weight stays `code * scale`, bit for bit, so a row's scale
/// is the one that gives all its weights back.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Codes {
    /// Ascending, all above zero.
    scales: Vec<f32>,
}

impl Codes {
    /// Reads the scales of `graph`.
    pub fn read(graph: &pb::GraphProto) -> Self {
        let constants = graph
            .initializer
            .iter()
            .map(|tensor| (tensor.name.as_str(), tensor));
        let literals = graph.node.iter().filter(|node| node.op_type == "Constant");
        let literals = literals.filter_map(|node| {
            let value = node
                .attribute
                .iter()
                .find_map(|attribute| attribute.t.as_ref())?;
            Some((node.output.first()?.as_str(), value))
        });
        let constants: std::collections::HashMap<&str, &pb::TensorProto> =
            constants.chain(literals).collect();
        let mut scales = BTreeSet::new();
        for node in graph
            .node
            .iter()
            .filter(|node| node.op_type == "DequantizeLinear")
        {
            let scale = node
                .input
                .get(1)
                .and_then(|name| constants.get(name.as_str()));
            let raw = scale.map(|tensor| floats(tensor)).unwrap_or_default();
            scales.extend(raw.iter().filter(|s| **s > 0.0).map(|s| s.to_bits()));
        }
        if scales.len() > MOST_SCALES {
            return Self::default();
        }
        // Positive floats order like their bits.
        Self {
            scales: scales.into_iter().map(f32::from_bits).collect(),
        }
    }

    /// The scale of every row of `weights` `[n][k]`, if all of them consist of codes of the file.
    pub fn scales(&self, weights: &[f32], k: usize) -> Option<Vec<f32>> {
        if self.scales.is_empty() {
            return None;
        }
        weights.chunks_exact(k).map(|row| self.scale(row)).collect()
    }

    fn scale(&self, row: &[f32]) -> Option<f32> {
        let largest = row
            .iter()
            .fold(0.0f32, |most, weight| most.max(weight.abs()));
        if largest == 0.0 {
            return Some(1.0);
        }
        // The largest code is 128 at most: no smaller scale can reach the largest weight.
        let least = largest / 128.5;
        let first = self.scales.partition_point(|scale| *scale < least);
        let last = self
            .scales
            .partition_point(|scale| *scale <= largest * 1.001);
        let candidates = self.scales.get(first..last)?;
        candidates.iter().copied().find(|scale| {
            row.iter().all(|weight| {
                let code = (weight / scale).round();
                (-128.0..=127.0).contains(&code) && code * scale == *weight
            })
        })
    }
}

fn floats(tensor: &pb::TensorProto) -> Vec<f32> {
    if !tensor.float_data.is_empty() {
        return tensor.float_data.clone();
    }
    let chunks = tensor.raw_data.chunks_exact(4);
    chunks
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect()
}
