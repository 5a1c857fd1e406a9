//! Inputs, outputs and other declared values: names and shapes.

use tract_onnx::pb;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dimension;
use tract_onnx::pb::type_proto::Value as Type;

use super::{Vet, Vetted};

/// Longest name of a symbolic dimension [bytes]. tract parses it as an expression, recursively.
const LONGEST_SYMBOL: usize = 32;
/// The largest declared dimension.
const LARGEST: i64 = 1 << 20;

impl Vet<'_> {
    pub(super) fn values(&self, graph: &pb::GraphProto) -> Vetted {
        for value in graph
            .input
            .iter()
            .chain(&graph.output)
            .chain(&graph.value_info)
        {
            self.name("value name", &value.name)?;
            let declared = value.r#type.as_ref().and_then(|kind| kind.value.as_ref());
            let Some(Type::TensorType(tensor)) = declared else {
                return Err(self.refuse(&value.name, "no tensor type", "a tensor type"));
            };
            for dimension in tensor.shape.iter().flat_map(|shape| &shape.dim) {
                self.dimension(&value.name, dimension.value.as_ref())?;
            }
        }
        Ok(())
    }

    fn dimension(&self, field: &str, dimension: Option<&Dimension>) -> Vetted {
        match dimension {
            None => Ok(()),
            Some(Dimension::DimValue(size)) if (1..=LARGEST).contains(size) => Ok(()),
            Some(Dimension::DimValue(size)) => {
                let field = format!("{field}: dimension");
                Err(self.refuse(field, size, format!("1 to {LARGEST}")))
            }
            Some(Dimension::DimParam(symbol)) => {
                let plain = symbol
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_');
                if plain && symbol.len() <= LONGEST_SYMBOL {
                    return Ok(());
                }
                let shown: String = symbol.chars().take(LONGEST_SYMBOL).collect();
                Err(self.refuse(
                    format!("{field}: dim_param"),
                    format!("`{}` of {} bytes", shown.escape_debug(), symbol.len()),
                    format!("at most {LONGEST_SYMBOL} letters and digits"),
                ))
            }
        }
    }
}
