//! Attributes: known, of the right type, in a range where tract neither panics nor hangs.

use std::ops::RangeInclusive;

use tract_onnx::pb;
use tract_onnx::pb::attribute_proto::AttributeType as Kind;
use tract_onnx::pb::tensor_proto::DataType;

use super::{Vet, Vetted};

/// Axes, counted from either end.
const AXES: RangeInclusive<i64> = -8..=7;
const FLOAT: i64 = DataType::Float as i64;

impl Vet<'_> {
    pub(super) fn attribute(&self, node: &str, a: &pb::AttributeProto) -> Vetted {
        let field = format!("{node}: {}", a.name);
        let nested = a.g.is_some()
            || !a.graphs.is_empty()
            || a.sparse_tensor.is_some()
            || !a.sparse_tensors.is_empty()
            || !a.tensors.is_empty()
            || !a.ref_attr_name.is_empty();
        if nested {
            return Err(self.refuse(field, "a subgraph or tensor list", "plain attributes"));
        }
        match a.name.as_str() {
            "axis" => self.integer(&field, a, AXES),
            "axes" => self.integers(&field, a, 1..=8, AXES),
            "perm" => self.permutation(&field, a),
            "kernel_shape" | "strides" | "dilations" => self.integers(&field, a, 1..=3, 1..=64),
            "pads" => self.integers(&field, a, 2..=6, 0..=64),
            "group" => self.integer(&field, a, 1..=4096),
            // f32 alone: of the sums of MatMulInteger and ConvInteger.
            "to" => self.integer(&field, a, FLOAT..=FLOAT),
            "num_outputs" => self.integer(&field, a, 1..=64),
            "transA" | "transB" | "keepdims" | "ceil_mode" | "count_include_pad" | "stash_type" => {
                self.integer(&field, a, 0..=1)
            }
            "allowzero" | "training_mode" | "noop_with_empty_axes" => {
                self.integer(&field, a, 0..=0)
            }
            "epsilon" => self.float(&field, a, 0.0..=1.0),
            "alpha" | "beta" | "momentum" => self.float(&field, a, -1e6..=1e6),
            "auto_pad" => self.word(&field, a, &["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"]),
            "approximate" => self.word(&field, a, &["none", "tanh"]),
            "value" => match &a.t {
                Some(tensor) => self.tensor(node, tensor).map(drop),
                None => Err(self.refuse(field, "nothing", "a tensor")),
            },
            "value_float" => self.float(&field, a, f32::MIN..=f32::MAX),
            "value_int" => self.integer(&field, a, -(1 << 20)..=1 << 20),
            "value_floats" => match a.floats.iter().find(|v| !v.is_finite()) {
                None => Ok(()),
                Some(bad) => Err(self.refuse(field, bad, "finite numbers")),
            },
            "value_ints" => self.integers(&field, a, 1..=64, -(1 << 20)..=1 << 20),
            _ => Err(self.refuse(field, "an unknown attribute", "a known one")),
        }
    }

    fn kind(&self, field: &str, a: &pb::AttributeProto, kind: Kind) -> Vetted {
        if a.r#type == kind as i32 {
            return Ok(());
        }
        let found = Kind::try_from(a.r#type).map_or("no type", |found| found.as_str_name());
        Err(self.refuse(field, found, kind.as_str_name()))
    }

    fn integer(&self, field: &str, a: &pb::AttributeProto, range: RangeInclusive<i64>) -> Vetted {
        self.kind(field, a, Kind::Int)?;
        if range.contains(&a.i) {
            return Ok(());
        }
        Err(self.refuse(field, a.i, format!("{} to {}", range.start(), range.end())))
    }

    fn integers(
        &self,
        field: &str,
        a: &pb::AttributeProto,
        count: RangeInclusive<usize>,
        range: RangeInclusive<i64>,
    ) -> Vetted {
        self.kind(field, a, Kind::Ints)?;
        if count.contains(&a.ints.len()) && a.ints.iter().all(|value| range.contains(value)) {
            return Ok(());
        }
        let shown = &a.ints[..a.ints.len().min(8)];
        Err(self.refuse(
            field,
            format!("{} numbers {shown:?}", a.ints.len()),
            format!(
                "{} to {} numbers in {}..={}",
                count.start(),
                count.end(),
                range.start(),
                range.end()
            ),
        ))
    }

    fn permutation(&self, field: &str, a: &pb::AttributeProto) -> Vetted {
        self.integers(field, a, 1..=8, 0..=7)?;
        let mut sorted = a.ints.clone();
        sorted.sort_unstable();
        if sorted
            .iter()
            .zip(0..)
            .all(|(found, wanted)| *found == wanted)
        {
            return Ok(());
        }
        let expected = "every axis once";
        Err(self.refuse(field, format!("{:?}", a.ints), expected))
    }

    fn float(&self, field: &str, a: &pb::AttributeProto, range: RangeInclusive<f32>) -> Vetted {
        self.kind(field, a, Kind::Float)?;
        if range.contains(&a.f) {
            return Ok(());
        }
        Err(self.refuse(field, a.f, format!("{} to {}", range.start(), range.end())))
    }

    fn word(&self, field: &str, a: &pb::AttributeProto, words: &[&str]) -> Vetted {
        self.kind(field, a, Kind::String)?;
        if words.iter().any(|word| word.as_bytes() == a.s) {
            return Ok(());
        }
        let found = String::from_utf8_lossy(&a.s[..a.s.len().min(32)]).into_owned();
        Err(self.refuse(field, found, words.join(", ")))
    }
}
