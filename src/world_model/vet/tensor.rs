//! Weights and other constants: inline, bounded, finite, as long as their shape says.

use tract_onnx::pb;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};

use super::super::all_finite;
use super::{Vet, Vetted};

/// The most axes of a constant.
const MOST_AXES: usize = 6;
/// The most elements of a constant.
const MOST_ELEMENTS: i64 = 1 << 24;
/// Integers steer shapes and positions: none needs to be larger, but for "until the end".
const LARGEST_INTEGER: u64 = 1 << 20;

impl Vet<'_> {
    /// Checks a constant and gives its data type.
    pub(super) fn tensor(&self, name: &str, tensor: &pb::TensorProto) -> Vetted<DataType> {
        self.name("tensor name", name)?;
        let inline = tensor.data_location.unwrap_or(0) == DataLocation::Default as i32;
        if !inline || !tensor.external_data.is_empty() {
            return Err(self.refuse(
                format!("{name}: external_data"),
                "weights in another file",
                "weights inside the ONNX file",
            ));
        }
        let elements = self.elements(name, &tensor.dims)?;
        let kind = DataType::try_from(tensor.data_type).unwrap_or(DataType::Undefined);
        let (size, listed) = match kind {
            DataType::Float => (4, tensor.float_data.len()),
            DataType::Int32 => (4, tensor.int32_data.len()),
            DataType::Int8 | DataType::Uint8 | DataType::Bool => (1, tensor.int32_data.len()),
            DataType::Int64 => (8, tensor.int64_data.len()),
            other => {
                return Err(self.refuse(
                    format!("{name}: data_type"),
                    other.as_str_name(),
                    "FLOAT, INT8, UINT8, INT32, INT64 or BOOL",
                ));
            }
        };
        let raw = tensor.raw_data.len();
        let complete = if raw == 0 {
            listed == elements
        } else {
            raw == size * elements && listed == 0
        };
        if !complete {
            let found = format!("{raw} raw bytes and {listed} listed elements");
            let expected = format!("{elements} elements of {size} bytes, one way or the other");
            return Err(self.refuse(format!("{name}: data"), found, expected));
        }
        match kind {
            DataType::Float => self.finite(name, tensor)?,
            DataType::Int64 => self.bounded(name, tensor)?,
            _ => {}
        }
        Ok(kind)
    }

    fn elements(&self, name: &str, dims: &[i64]) -> Vetted<usize> {
        let product = dims.iter().try_fold(1i64, |product, size| {
            let product = product.checked_mul(*size)?;
            (*size >= 1 && product <= MOST_ELEMENTS).then_some(product)
        });
        match product {
            Some(product) if dims.len() <= MOST_AXES => Ok(product as usize),
            _ => {
                let shown = &dims[..dims.len().min(MOST_AXES + 1)];
                Err(self.refuse(
                    format!("{name}: dims"),
                    format!("{} axes {shown:?}", dims.len()),
                    format!("at most {MOST_AXES} axes and {MOST_ELEMENTS} elements"),
                ))
            }
        }
    }

    fn finite(&self, name: &str, tensor: &pb::TensorProto) -> Vetted {
        if all_finite(floats(tensor)) {
            return Ok(());
        }
        match floats(tensor).find(|value| !value.is_finite()) {
            None => Ok(()),
            Some(value) => Err(self.refuse(format!("{name}: weight"), value, "finite weights")),
        }
    }

    fn bounded(&self, name: &str, tensor: &pb::TensorProto) -> Vetted {
        let until_the_end = |value: i64| value == i64::MAX || value == i64::MIN;
        let large = |value: &i64| value.unsigned_abs() > LARGEST_INTEGER && !until_the_end(*value);
        match integers(tensor).find(large) {
            None => Ok(()),
            Some(value) => Err(self.refuse(
                format!("{name}: constant"),
                value,
                format!("at most {LARGEST_INTEGER} in magnitude"),
            )),
        }
    }
}

/// The elements of an f32 tensor.
pub(super) fn floats(tensor: &pb::TensorProto) -> impl Iterator<Item = f32> + '_ {
    let raw = tensor.raw_data.as_chunks::<4>().0;
    let raw = raw.iter().map(|bytes| f32::from_le_bytes(*bytes));
    tensor.float_data.iter().copied().chain(raw)
}

/// The elements of an i64 tensor.
pub(super) fn integers(tensor: &pb::TensorProto) -> impl Iterator<Item = i64> + '_ {
    let raw = tensor.raw_data.as_chunks::<8>().0;
    let raw = raw.iter().map(|bytes| i64::from_le_bytes(*bytes));
    tensor.int64_data.iter().copied().chain(raw)
}
