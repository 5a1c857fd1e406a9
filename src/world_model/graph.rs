//! One network in tract: screened, typed with a symbolic batch, optimised, ready to run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tract_onnx::pb;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

use super::signature::{BATCH, Port, Signature, check_inputs, check_output, mismatch};
use super::{ModelError, vet};

/// The most numbers that one intermediate result may have a row.
const LARGEST_RESULT: i64 = 1 << 22;

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

fn broken(file: &Path, found: impl Into<String>) -> ModelError {
    ModelError::new(
        file,
        "graph",
        found,
        "a network that tract can run",
        "export the network again as docs/package.md says",
    )
}
