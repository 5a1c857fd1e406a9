//! What a graph takes and gives, and whether a file agrees.

use std::borrow::Cow;
use std::path::Path;

use tract_onnx::pb;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dimension;
use tract_onnx::pb::type_proto::Value as Type;

use super::ModelError;

/// The name of the batch dimension in a package.
pub(super) const BATCH: &str = "batch";

/// A tensor at a graph's boundary: [`batch`, shape...], f32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub name: Cow<'static, str>,
    /// Without the batch.
    pub shape: Vec<usize>,
}

impl Port {
    pub fn new(name: &'static str, shape: &[usize]) -> Self {
        Self {
            name: name.into(),
            shape: shape.to_vec(),
        }
    }

    /// Numbers a row.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What a graph takes and gives.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub inputs: Vec<Port>,
    pub output: Port,
    /// The name of the batch dimension.
    pub batch: String,
}

impl Signature {
    /// What the file says of itself: everything it takes and the one tensor it gives, batch first.
    pub fn read(file: &Path, graph: &pb::GraphProto) -> Result<Self, ModelError> {
        let port = |value: &pb::ValueInfoProto| {
            let (found, sizes) = shape(value);
            let rest: Option<Vec<usize>> = sizes.iter().skip(1).copied().collect();
            match (sizes.first(), rest) {
                (Some(None), Some(shape)) => Ok(Port {
                    name: value.name.clone().into(),
                    shape,
                }),
                _ => {
                    let expected = "[batch, sizes...], only the batch symbolic".to_owned();
                    let field = format!("shape of {}", value.name);
                    Err(mismatch(file, &field, found, expected))
                }
            }
        };
        let [output] = graph.output.as_slice() else {
            let found = format!("{} outputs", graph.output.len());
            return Err(mismatch(file, "outputs", found, "one".into()));
        };
        let batch = graph.input.first().and_then(batch);
        Ok(Self {
            inputs: graph.input.iter().map(port).collect::<Result<_, _>>()?,
            output: port(output)?,
            batch: batch.unwrap_or_else(|| BATCH.into()),
        })
    }
}

/// The name of the value's first dimension.
fn batch(value: &pb::ValueInfoProto) -> Option<String> {
    let Type::TensorType(tensor) = value.r#type.as_ref()?.value.as_ref()?;
    match &tensor.shape.as_ref()?.dim.first()?.value {
        Some(Dimension::DimParam(symbol)) => Some(symbol.clone()),
        _ => None,
    }
}

/// Compares the inputs of `graph` with the expected ones; gives, for each of the file's inputs, which of
/// the expected it is.
pub(super) fn check_inputs(
    file: &Path,
    graph: &pb::GraphProto,
    Signature {
        inputs: expected,
        batch,
        ..
    }: &Signature,
) -> Result<Vec<usize>, ModelError> {
    let names = |names: &mut dyn Iterator<Item = &str>| names.collect::<Vec<_>>().join(", ");
    let found = names(&mut graph.input.iter().map(|input| input.name.as_str()));
    let wanted = names(&mut expected.iter().map(|port| port.name.as_ref()));
    let mut order = Vec::new();
    for input in &graph.input {
        let Some(index) = expected.iter().position(|port| port.name == input.name) else {
            return Err(mismatch(file, "inputs", found, wanted));
        };
        check_shape(file, input, &expected[index].shape, batch)?;
        order.push(index);
    }
    if order.len() != expected.len() {
        return Err(mismatch(file, "inputs", found, wanted));
    }
    Ok(order)
}

/// Compares the output of `graph` with the expected one, whose sizes of zero are taken from the file.
pub(super) fn check_output(
    file: &Path,
    graph: &pb::GraphProto,
    Signature {
        output: expected,
        batch,
        ..
    }: &mut Signature,
) -> Result<(), ModelError> {
    let [output] = graph.output.as_slice() else {
        let found = format!("{} outputs", graph.output.len());
        return Err(mismatch(file, "outputs", found, expected.name.to_string()));
    };
    if output.name != expected.name {
        return Err(mismatch(
            file,
            "outputs",
            output.name.clone(),
            expected.name.to_string(),
        ));
    }
    let (_, dimensions) = shape(output);
    for (size, found) in expected.shape.iter_mut().zip(dimensions.iter().skip(1)) {
        if let (0, Some(found)) = (*size, found) {
            *size = *found;
        }
    }
    check_shape(file, output, &expected.shape, batch)
}

/// The value's shape in words, and its fixed dimensions.
fn shape(value: &pb::ValueInfoProto) -> (String, Vec<Option<usize>>) {
    let tensor = match value.r#type.as_ref().and_then(|kind| kind.value.as_ref()) {
        Some(Type::TensorType(tensor)) => tensor,
        _ => return ("no tensor".into(), Vec::new()),
    };
    let mut words = Vec::new();
    let mut sizes = Vec::new();
    for dimension in tensor.shape.iter().flat_map(|shape| &shape.dim) {
        let (word, size) = match &dimension.value {
            Some(Dimension::DimValue(size)) => (size.to_string(), usize::try_from(*size).ok()),
            Some(Dimension::DimParam(symbol)) => (symbol.clone(), None),
            None => ("?".into(), None),
        };
        words.push(word);
        sizes.push(size);
    }
    let float = tensor.elem_type == pb::tensor_proto::DataType::Float as i32;
    let kind = if float {
        "f32"
    } else {
        "another type than f32"
    };
    (format!("[{}] {kind}", words.join(", ")), sizes)
}

fn check_shape(
    file: &Path,
    value: &pb::ValueInfoProto,
    expected: &[usize],
    batch: &str,
) -> Result<(), ModelError> {
    let (found, _) = shape(value);
    let sizes = expected.iter().map(|size| format!(", {size}"));
    let wanted = format!("[{batch}{}] f32", sizes.collect::<String>());
    if found == wanted {
        return Ok(());
    }
    Err(mismatch(
        file,
        &format!("shape of {}", value.name),
        found,
        wanted,
    ))
}

/// The manifest and `file` disagree about `field`.
pub(super) fn mismatch(file: &Path, field: &str, found: String, expected: String) -> ModelError {
    ModelError::new(
        file,
        field,
        found,
        expected,
        "the manifest and this file disagree: build the package again",
    )
}
