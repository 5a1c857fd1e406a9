//! ONNX files screened before tract sees them.
//!
//! Some files make tract abort, hang, or compute garbage in silence, and neither of the first two can be
//! caught: deep dimension expressions overflow the stack, a permutation like `[0, 0]` or a padding of 2^40
//! never ends, hidden quantized softmaxes are folded wrong. So the protobuf is counted ([`wire`]), decoded,
//! and every part of it checked against what a small network needs; all else is refused by name.

mod attribute;
mod dataflow;
mod nodes;
mod operator;
mod quantized;
mod tensor;
mod values;
mod wire;

use std::path::Path;

use prost::Message;
use tract_onnx::pb;

use super::ModelError;

/// Operator set versions that are read; a package is written in 17.
const OPSETS: std::ops::RangeInclusive<i64> = 13..=21;
/// Longest name of a node, tensor or operator [bytes].
const LONGEST_NAME: usize = 256;

type Vetted<T = ()> = Result<T, ModelError>;

/// Decodes the ONNX file `path` with content `bytes`, if it is harmless.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Vetted<pb::ModelProto> {
    let vet = Vet { path };
    wire::count(bytes)
        .map_err(|found| vet.refuse("protobuf", found, "the ONNX form of a small network"))?;
    // tract's own reader copies the file first; and out of `Bytes` glibc takes each weight from the kernel, and
    // gives it back. What a large network's load waits for is memory that nobody touched before.
    let model = pb::ModelProto::decode(bytes)
        .map_err(|error| vet.refuse("protobuf", error, "an ONNX model"))?;
    vet.model(&model)?;
    Ok(model)
}

/// Knows which file it speaks of.
struct Vet<'a> {
    path: &'a Path,
}

impl Vet<'_> {
    fn model(&self, model: &pb::ModelProto) -> Vetted {
        let mut standard = None;
        for set in &model.opset_import {
            if set.domain.is_empty() || set.domain == "ai.onnx" {
                standard = Some(set.version);
            }
        }
        match standard {
            Some(version) if OPSETS.contains(&version) => {}
            found => {
                return Err(self.refuse(
                    "opset_import",
                    found.map_or("nothing".into(), |version| version.to_string()),
                    format!("{} to {}", OPSETS.start(), OPSETS.end()),
                ));
            }
        }
        if !model.functions.is_empty() {
            return Err(self.refuse("functions", model.functions.len(), "none"));
        }
        let Some(graph) = &model.graph else {
            return Err(self.refuse("graph", "nothing", "a graph"));
        };
        if !graph.sparse_initializer.is_empty() {
            return Err(self.refuse("sparse_initializer", "sparse weights", "dense weights"));
        }
        self.values(graph)?;
        self.nodes(graph)
    }

    fn name(&self, field: &str, name: &str) -> Vetted {
        if name.len() > LONGEST_NAME {
            return Err(self.refuse(
                field,
                format!("a name of {} bytes", name.len()),
                format!("at most {LONGEST_NAME}"),
            ));
        }
        Ok(())
    }

    fn refuse(
        &self,
        field: impl Into<String>,
        found: impl std::fmt::Display,
        expected: impl Into<String>,
    ) -> ModelError {
        ModelError::new(
            self.path,
            field,
            found.to_string(),
            expected,
            "export the network again as docs/package.md says",
        )
    }
}
