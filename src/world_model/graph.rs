//! One network in tract: screened, typed with a symbolic batch, optimised, ready to run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tract_onnx::pb;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dimension;
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

use super::{ModelError, vet};

/// The name of the batch dimension.
const BATCH: &str = "batch";
/// The most numbers that one intermediate result may have a row.
const LARGEST_RESULT: i64 = 1 << 22;

/// A tensor at a graph's boundary: [`batch`, shape...], f32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub name: &'static str,
    /// Without the batch.
    pub shape: Vec<usize>,
}

impl Port {
    pub fn new(name: &'static str, shape: &[usize]) -> Self {
        let shape = shape.to_vec();
        Self { name, shape }
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
}

/// A loaded network. Shared between threads; each runs it through a [`Runner`] of its own.
pub(super) struct Graph {
    file: PathBuf,
    plan: Arc<TypedRunnableModel>,
    signature: Signature,
    /// Which of the signature's inputs the plan's inputs are.
    order: Vec<usize>,
}

impl Graph {
    /// Screens `bytes`, the content of `file`, and builds the network, which must have `signature`. An output
    /// with a dimension of zero in the signature takes its size from the file.
    pub fn load(file: &Path, bytes: &[u8], mut signature: Signature) -> Result<Self, ModelError> {
        let proto = vet::decode(file, bytes)?;
        let graph = proto
            .graph
            .as_ref()
            .ok_or_else(|| broken(file, "no graph"))?;
        let order = check_inputs(file, graph, &signature.inputs)?;
        check_output(file, graph, &mut signature.output)?;
        let plan = guarded(file, || build(&proto))?;
        Ok(Self {
            file: file.into(),
            plan,
            signature,
            order,
        })
    }

    /// Its output.
    pub fn output(&self) -> &Port {
        &self.signature.output
    }

    /// Its inputs.
    pub fn inputs(&self) -> &[Port] {
        &self.signature.inputs
    }

    /// Its file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// A worker with a state of its own.
    pub fn runner(self: &Arc<Self>) -> Result<Runner, ModelError> {
        let state = self.plan.spawn();
        Ok(Runner {
            state: state.map_err(|error| broken(&self.file, format!("{error:#}")))?,
            held: vec![None; self.order.len()],
            graph: self.clone(),
        })
    }
}

/// Runs a [`Graph`] on one thread. tract allocates its intermediate results each time; inputs are kept.
pub(super) struct Runner {
    graph: Arc<Graph>,
    state: TypedSimpleState,
    /// The input tensors of the last run, in the plan's order.
    held: Vec<Option<TValue>>,
}

impl Runner {
    /// Runs `rows` rows: `inputs` in the order of the signature, each [rows, shape...]; `output` likewise.
    ///
    /// # Errors
    /// A buffer of the wrong length, or a failure of tract.
    pub fn run(
        &mut self,
        rows: usize,
        inputs: &[&[f32]],
        output: &mut [f32],
    ) -> Result<(), ModelError> {
        let graph = &self.graph;
        let signature = &graph.signature;
        if inputs.len() != signature.inputs.len() {
            let found = format!("{} inputs", inputs.len());
            return Err(broken(&graph.file, found));
        }
        for (port, data) in signature.inputs.iter().zip(inputs) {
            check_len(&graph.file, port, rows, data.len())?;
        }
        check_len(&graph.file, &signature.output, rows, output.len())?;
        if rows == 0 {
            return Ok(());
        }
        self.forward(rows, inputs, output)
            .map_err(|error| broken(&self.graph.file, format!("{error:#}")))
    }

    fn forward(&mut self, rows: usize, inputs: &[&[f32]], output: &mut [f32]) -> TractResult<()> {
        let mut values: TVec<TValue> = tvec!();
        for (held, &index) in self.held.iter_mut().zip(&self.graph.order) {
            let shape = &self.graph.signature.inputs[index].shape;
            let mut tensor = match held.take() {
                Some(value) if value.shape().first() == Some(&rows) => value.into_tensor(),
                _ => {
                    let shape: TVec<usize> = [rows].iter().chain(shape).copied().collect();
                    Tensor::zero::<f32>(&shape)?
                }
            };
            let mut plain = tensor.try_as_plain_ram_mut()?;
            plain.as_slice_mut::<f32>()?.copy_from_slice(inputs[index]);
            let value = tensor.into_tvalue();
            *held = Some(value.clone());
            values.push(value);
        }
        let results = self.state.run(values)?;
        let result = results.first().context("no output")?;
        let plain = result.try_as_plain_ram()?;
        let result = plain.as_slice::<f32>()?;
        ensure!(
            result.len() == output.len(),
            "{} numbers instead of {}",
            result.len(),
            output.len()
        );
        output.copy_from_slice(result);
        Ok(())
    }
}

/// Runs `work`, turning a panic of tract into an error.
pub(super) fn guarded<T>(
    file: &Path,
    work: impl FnOnce() -> TractResult<T>,
) -> Result<T, ModelError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(broken(file, format!("{error:#}"))),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            let found = format!("a panic of tract ({})", text.unwrap_or("no message"));
            Err(broken(file, found))
        }
    }
}

/// One symbolic plan for every batch.
fn build(proto: &pb::ModelProto) -> TractResult<Arc<TypedRunnableModel>> {
    let typed = tract_onnx::onnx()
        .with_ignore_value_info(true)
        .model_for_proto_model(proto)?
        .into_typed()?;
    check_results(&typed)?;
    let model = typed.into_decluttered()?;
    check_results(&model)?;
    model.into_optimized()?.into_runnable()
}

/// Bounds what a single row would allocate, before anything is computed.
fn check_results(model: &TypedModel) -> TractResult<()> {
    let one = SymbolValues::default().with(&model.symbols.sym(BATCH), 1);
    for node in &model.nodes {
        for output in &node.outputs {
            let size = output.fact.shape.volume().eval_to_i64(&one)?;
            ensure!(
                (0..=LARGEST_RESULT).contains(&size),
                "{}: {size} numbers a row, at most {LARGEST_RESULT} expected",
                node.name
            );
        }
    }
    Ok(())
}

fn check_inputs(
    file: &Path,
    graph: &pb::GraphProto,
    expected: &[Port],
) -> Result<Vec<usize>, ModelError> {
    let names = |names: &mut dyn Iterator<Item = &str>| names.collect::<Vec<_>>().join(", ");
    let found = names(&mut graph.input.iter().map(|input| input.name.as_str()));
    let wanted = names(&mut expected.iter().map(|port| port.name));
    let mut order = Vec::new();
    for input in &graph.input {
        let Some(index) = expected.iter().position(|port| port.name == input.name) else {
            return Err(mismatch(file, "inputs", found, wanted));
        };
        check_shape(file, input, &expected[index].shape)?;
        order.push(index);
    }
    if order.len() != expected.len() {
        return Err(mismatch(file, "inputs", found, wanted));
    }
    Ok(order)
}

fn check_output(
    file: &Path,
    graph: &pb::GraphProto,
    expected: &mut Port,
) -> Result<(), ModelError> {
    let [output] = graph.output.as_slice() else {
        let found = format!("{} outputs", graph.output.len());
        return Err(mismatch(file, "outputs", found, expected.name.into()));
    };
    if output.name != expected.name {
        return Err(mismatch(
            file,
            "outputs",
            output.name.clone(),
            expected.name.into(),
        ));
    }
    let (_, dimensions) = shape(output);
    for (size, found) in expected.shape.iter_mut().zip(dimensions.iter().skip(1)) {
        if let (0, Some(found)) = (*size, found) {
            *size = *found;
        }
    }
    check_shape(file, output, &expected.shape)
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
) -> Result<(), ModelError> {
    let (found, _) = shape(value);
    let sizes = expected.iter().map(|size| format!(", {size}"));
    let wanted = format!("[{BATCH}{}] f32", sizes.collect::<String>());
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

fn check_len(file: &Path, port: &Port, rows: usize, found: usize) -> Result<(), ModelError> {
    if found == rows * port.len() {
        return Ok(());
    }
    let expected = format!("{rows} rows of {}", port.len());
    Err(mismatch(
        file,
        port.name,
        format!("{found} numbers"),
        expected,
    ))
}

fn mismatch(file: &Path, field: &str, found: String, expected: String) -> ModelError {
    ModelError::new(
        file,
        field,
        found,
        expected,
        "the manifest and this file disagree: build the package again",
    )
}

fn broken(file: &Path, found: impl Into<String>) -> ModelError {
    ModelError::new(
        file,
        "graph",
        found,
        "a network that tract can run",
        "export the network again as docs/package.md says",
    )
}
