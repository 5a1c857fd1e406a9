//! Quantization: the forms that tract computes right, with what makes them so.
//!
//! Right are constant weights behind `DequantizeLinear`, and statically quantized activations: between
//! `QuantizeLinear` and `DequantizeLinear`, or in `QLinearMatMul`, `QLinearConv`, `MatMulInteger` and
//! `ConvInteger` with constant weights. Scales and zero points are constants of the file, one an activation,
//! one or one a channel for weights.

use tract_onnx::pb;
use tract_onnx::pb::tensor_proto::DataType;

use super::nodes::{Known, Scope};
use super::{Vet, Vetted, tensor};

/// What an operator reads after its first input: where weights, scales and zero points are.
struct Form {
    operator: &'static str,
    /// Pairs (scale, zero point) of activations: one number each.
    activations: &'static [(Option<usize>, usize)],
    /// Weights with their (scale, zero point): one number or one a channel.
    weights: Option<(usize, Option<usize>, usize)>,
}

const FORMS: [Form; 5] = [
    Form {
        operator: "QuantizeLinear",
        activations: &[(Some(1), 2)],
        weights: None,
    },
    Form {
        operator: "QLinearMatMul",
        activations: &[(Some(1), 2), (Some(6), 7)],
        weights: Some((3, Some(4), 5)),
    },
    Form {
        operator: "QLinearConv",
        activations: &[(Some(1), 2), (Some(6), 7)],
        weights: Some((3, Some(4), 5)),
    },
    Form {
        operator: "MatMulInteger",
        activations: &[(None, 2)],
        weights: Some((1, None, 3)),
    },
    Form {
        operator: "ConvInteger",
        activations: &[(None, 2)],
        weights: Some((1, None, 3)),
    },
];

/// How many numbers a scale or zero point may have.
#[derive(Clone, Copy, PartialEq)]
enum Count {
    One,
    Any,
}

impl Vet<'_> {
    /// Checks the constants of a quantized operator.
    pub(super) fn quantization(&self, node: &pb::NodeProto, scope: &Scope) -> Vetted {
        if node.op_type == "DequantizeLinear" {
            let constant = matches!(scope.of(node, 0), Some(Known::Constant(..)));
            let count = if constant { Count::Any } else { Count::One };
            self.scale(node, scope, 1, count)?;
            let zero = self.zero_point(node, scope, 2, count)?;
            return match scope.of(node, 0) {
                Some(Known::Constant(kind, _)) => self.codes(node, scope, *kind, zero),
                _ => Ok(()),
            };
        }
        let Some(form) = FORMS.iter().find(|form| form.operator == node.op_type) else {
            return Ok(());
        };
        for (scale, zero) in form.activations {
            if let Some(scale) = scale {
                self.scale(node, scope, *scale, Count::One)?;
            }
            self.zero_point(node, scope, *zero, Count::One)?;
        }
        let Some((weights, scale, zero)) = form.weights else {
            return Ok(());
        };
        if let Some(scale) = scale {
            self.scale(node, scope, scale, Count::Any)?;
        }
        let zero = self.zero_point(node, scope, zero, Count::Any)?;
        match scope.of(node, weights) {
            Some(Known::Constant(kind, _)) => self.codes(node, scope, *kind, zero),
            _ => Err(self.refuse(
                scope.label,
                format!("a {} whose weights aren't constants", node.op_type),
                "weights that are constants of the file",
            )),
        }
    }

    /// Weights must be bytes, with zero points of the same type; biases behind `DequantizeLinear` may be INT32.
    fn codes(
        &self,
        node: &pb::NodeProto,
        scope: &Scope,
        kind: DataType,
        zero: Option<DataType>,
    ) -> Vetted {
        let bias = kind == DataType::Int32 && node.op_type == "DequantizeLinear";
        if (is_code(kind) || bias) && zero.is_none_or(|zero| zero == kind) {
            return Ok(());
        }
        Err(self.refuse(
            scope.label,
            format!("other codes of {}", node.op_type),
            "INT8 or UINT8 codes with zero points of the same type",
        ))
    }

    /// A constant scale above 0.
    fn scale(&self, node: &pb::NodeProto, scope: &Scope, index: usize, count: Count) -> Vetted {
        let field = format!("{}: scale", scope.label);
        let Some(Known::Constant(DataType::Float, scale)) = scope.of(node, index) else {
            return Err(self.refuse(
                field,
                format!("a {} without a constant scale", node.op_type),
                "scales that are FLOAT constants of the file",
            ));
        };
        self.count(node, &field, scale, count)?;
        match tensor::floats(scale).find(|scale| *scale <= 0.0) {
            None => Ok(()),
            Some(bad) => Err(self.refuse(field, bad, "scales above 0")),
        }
    }

    /// A constant zero point, where there is one; gives its type.
    fn zero_point(
        &self,
        node: &pb::NodeProto,
        scope: &Scope,
        index: usize,
        count: Count,
    ) -> Vetted<Option<DataType>> {
        if node.input.get(index).is_none_or(String::is_empty) {
            return Ok(None);
        }
        let field = format!("{}: zero point", scope.label);
        match scope.of(node, index) {
            Some(Known::Constant(kind, zero)) if is_code(*kind) || *kind == DataType::Int32 => {
                self.count(node, &field, zero, count)?;
                Ok(Some(*kind))
            }
            _ => Err(self.refuse(
                field,
                format!("a {} without a constant zero point", node.op_type),
                "zero points that are constants of the file, of the codes' type",
            )),
        }
    }

    fn count(
        &self,
        node: &pb::NodeProto,
        field: &str,
        tensor: &pb::TensorProto,
        count: Count,
    ) -> Vetted {
        let elements: i64 = tensor.dims.iter().product();
        if count == Count::Any || elements == 1 {
            return Ok(());
        }
        Err(self.refuse(
            field,
            format!("{elements} numbers for an activation of {}", node.op_type),
            "one number: activations are quantized as a whole",
        ))
    }
}

fn is_code(kind: DataType) -> bool {
    matches!(kind, DataType::Int8 | DataType::Uint8)
}
