//! One ONNX file outside a package, for measurements and tests.

use std::path::Path;
use std::sync::Arc;

use super::ModelError;
use super::engine::Arithmetic;
use super::graph::{Graph, Runner};
use super::int8::Fusion;
use super::int8::kernel::Isa;
use crate::config::{Unread, read_plain};

/// The largest file that is read `[bytes]`.
const LARGEST_FILE: u64 = 1 << 30;

/// A loaded network. Shared between threads; each runs it through a [`NetworkRunner`] of its own.
pub struct Network(Arc<Graph>);

/// Runs a [`Network`] on one thread.
pub struct NetworkRunner(Runner);

impl Network {
    /// Loads `file` for the machine's best instructions. All its tensors are f32 with one symbolic batch axis in
    /// front; it has one output.
    ///
    /// # Errors
    /// A file that can't be read, or that screening or tract refuse.
    pub fn open(file: &Path, arithmetic: Arithmetic) -> Result<Self, ModelError> {
        Self::open_on(file, arithmetic, Isa::best())
    }

    /// The same for the instructions `isa`, which the machine must have.
    ///
    /// # Errors
    /// See [`open`](Self::open).
    pub fn open_on(file: &Path, arithmetic: Arithmetic, isa: Isa) -> Result<Self, ModelError> {
        let refuse = |found: String| {
            let expected = format!("an ONNX file of at most {} MB", LARGEST_FILE >> 20);
            ModelError::new(file, "file", found, expected, "give another file")
        };
        let bytes = read_plain(file, LARGEST_FILE).map_err(|why| match why {
            Unread::Failed(why) => refuse(why.to_string()),
            Unread::NotPlain => refuse(Unread::NOT_PLAIN.to_owned()),
            Unread::TooLarge { found, .. } => refuse(format!("{found} bytes")),
        })?;
        if !isa.is_available() {
            let best = Isa::best().to_string();
            let found = format!("a processor without {isa}");
            return Err(ModelError::new(
                file,
                "kernel",
                found,
                best,
                "choose another kernel",
            ));
        }
        Graph::read(file, bytes, arithmetic, isa).map(|graph| Self(Arc::new(graph)))
    }

    /// Names and shapes of what it takes, without the batch axis.
    pub fn inputs(&self) -> Vec<(String, Vec<usize>)> {
        let ports = self.0.inputs().iter();
        ports
            .map(|port| (port.name.to_string(), port.shape.clone()))
            .collect()
    }

    /// Numbers that it gives a row.
    pub fn output_len(&self) -> usize {
        self.0.output().len()
    }

    /// What was fused in it.
    pub fn fusion(&self) -> &Fusion {
        self.0.fusion()
    }

    /// A worker with memory of its own.
    ///
    /// # Errors
    /// Those of tract.
    pub fn runner(&self) -> Result<NetworkRunner, ModelError> {
        self.0.runner().map(NetworkRunner)
    }
}

impl NetworkRunner {
    /// Runs `rows` rows: `inputs` in the network's order, `[rows, shape...]` each; `output` likewise.
    ///
    /// # Errors
    /// A buffer of the wrong length, or a failure of tract.
    pub fn run(
        &mut self,
        rows: usize,
        inputs: &[&[f32]],
        output: &mut [f32],
    ) -> Result<(), ModelError> {
        self.0.run(rows, inputs, output)
    }
}
