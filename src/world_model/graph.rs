//! One network: screened, typed with a symbolic batch, fused, ready to run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tract_onnx::pb;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

use super::engine::{Arithmetic, Engine, build};
use super::int8::kernel::Isa;
use super::int8::{Fusion, Memory};
use super::signature::{Port, Signature, check_inputs, check_output, mismatch};
use super::{ModelError, vet};

/// The most inputs of a network.
const MOST_INPUTS: usize = 8;

/// A loaded network. Shared between threads; each runs it through a [`Runner`] of its own.
pub(super) struct Graph {
    file: PathBuf,
    engine: Engine,
    signature: Signature,
    /// Which of the signature's inputs the network's inputs are.
    order: Vec<usize>,
    fusion: Fusion,
}

impl Graph {
    /// Screens `bytes`, the content of `file`, and builds the network, which must have `signature`. An output
    /// with a dimension of zero in the signature takes its size from the file.
    pub fn load(
        file: &Path,
        bytes: &[u8],
        mut signature: Signature,
        arithmetic: Arithmetic,
        isa: Isa,
    ) -> Result<Self, ModelError> {
        let proto = vet::decode(file, bytes)?;
        let graph = graph_of(file, &proto)?;
        let order = check_inputs(file, graph, &signature)?;
        check_output(file, graph, &mut signature)?;
        Self::build(file, proto, signature, order, arithmetic, isa)
    }

    /// The same for a network that says itself what it takes and gives.
    pub fn read(
        file: &Path,
        bytes: Vec<u8>,
        arithmetic: Arithmetic,
        isa: Isa,
    ) -> Result<Self, ModelError> {
        let proto = vet::decode(file, &bytes)?;
        drop(bytes);
        let signature = Signature::read(file, graph_of(file, &proto)?)?;
        let order = (0..signature.inputs.len()).collect();
        Self::build(file, proto, signature, order, arithmetic, isa)
    }

    fn build(
        file: &Path,
        proto: pb::ModelProto,
        signature: Signature,
        order: Vec<usize>,
        arithmetic: Arithmetic,
        isa: Isa,
    ) -> Result<Self, ModelError> {
        if order.len() > MOST_INPUTS {
            return Err(broken(file, format!("{} inputs", order.len())));
        }
        let (engine, fusion) = guarded(file, || build(proto, &signature.batch, arithmetic, isa))?;
        Ok(Self {
            file: file.into(),
            engine,
            signature,
            order,
            fusion,
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

    /// What was fused in it.
    pub fn fusion(&self) -> &Fusion {
        &self.fusion
    }

    /// A worker with a state of its own.
    pub fn runner(self: &Arc<Self>) -> Result<Runner, ModelError> {
        let state = match &self.engine {
            Engine::Direct(_) => State::Direct(Box::default()),
            Engine::Tract(plan) => {
                let state = plan.spawn();
                let state = state.map_err(|error| broken(&self.file, format!("{error:#}")))?;
                State::Tract {
                    state: Box::new(state),
                    held: vec![None; self.order.len()],
                }
            }
        };
        Ok(Runner {
            graph: self.clone(),
            state,
        })
    }
}

/// Runs a [`Graph`] on one thread. A fused network allocates nothing once it has run with as many rows; tract
/// allocates its intermediate results each time.
pub(super) struct Runner {
    graph: Arc<Graph>,
    state: State,
}

enum State {
    Direct(Box<Memory>),
    Tract {
        state: Box<TypedSimpleState>,
        /// The input tensors of the last run, in the plan's order.
        held: Vec<Option<TValue>>,
    },
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
        let mut ordered: [&[f32]; MOST_INPUTS] = [&[]; MOST_INPUTS];
        for (slot, index) in ordered.iter_mut().zip(&graph.order) {
            *slot = inputs[*index];
        }
        let ordered = &ordered[..graph.order.len()];
        match (&graph.engine, &mut self.state) {
            (Engine::Direct(program), State::Direct(memory)) => {
                program.run(memory, rows, ordered, output);
                Ok(())
            }
            (_, State::Tract { state, held }) => forward(state, held, rows, ordered, output)
                .map_err(|error| broken(&graph.file, format!("{error:#}"))),
            (Engine::Tract(_), State::Direct(_)) => Err(broken(&graph.file, "another's state")),
        }
    }
}

fn forward(
    state: &mut TypedSimpleState,
    held: &mut [Option<TValue>],
    rows: usize,
    inputs: &[&[f32]],
    output: &mut [f32],
) -> TractResult<()> {
    let mut values: TVec<TValue> = tvec!();
    for (index, (held, input)) in held.iter_mut().zip(inputs).enumerate() {
        let mut tensor = match held.take() {
            Some(value) if value.shape().first() == Some(&rows) => value.into_tensor(),
            _ => {
                let fact = state.model().input_fact(index)?;
                let sizes = fact.shape.iter().skip(1);
                let mut shape: TVec<usize> = tvec!(rows);
                for size in sizes {
                    shape.push(size.to_usize()?);
                }
                Tensor::zero::<f32>(&shape)?
            }
        };
        let mut plain = tensor.try_as_plain_ram_mut()?;
        plain.as_slice_mut::<f32>()?.copy_from_slice(input);
        let value = tensor.into_tvalue();
        *held = Some(value.clone());
        values.push(value);
    }
    let results = state.run(values)?;
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

fn graph_of<'a>(file: &Path, proto: &'a pb::ModelProto) -> Result<&'a pb::GraphProto, ModelError> {
    proto.graph.as_ref().ok_or_else(|| broken(file, "no graph"))
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

fn check_len(file: &Path, port: &Port, rows: usize, found: usize) -> Result<(), ModelError> {
    if found == rows * port.len() {
        return Ok(());
    }
    let expected = format!("{rows} rows of {}", port.len());
    Err(mismatch(
        file,
        &port.name,
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
