//! Golden vectors: what torch and numpy computed, and loading must compute again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use safetensors::{Dtype, SafeTensors};

use super::ModelError;
use super::graph::{Graph, guarded};
use crate::robot::{Action, CommandLog};
use crate::time::Stamp;

/// The most golden rows a graph.
const MOST_ROWS: usize = 64;
/// The most commands or rows of the golden log.
const MOST_COMMANDS: usize = 100_000;
/// Largest difference of an action row, relative to 1 + its magnitude: the log's stamps are rounded to
/// nanoseconds here.
const ROW_TOLERANCE: f64 = 1e-5;

/// Largest relative error (L2) of a network that computes in integers.
const INTEGER_TOLERANCE: f64 = 0.05;

/// The content of `golden.safetensors`.
pub(super) struct Golden<'a> {
    file: PathBuf,
    tensors: SafeTensors<'a>,
}

/// What came out and what should have.
struct GoldenRun {
    field: String,
    found: Vec<f32>,
    wanted: Vec<f32>,
}

impl<'a> Golden<'a> {
    /// Reads `bytes`, the content of `file`.
    pub fn read(file: &Path, bytes: &'a [u8]) -> Result<Self, ModelError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| {
            let expected = "a safetensors file";
            refuse(file, "header", error.to_string(), expected)
        })?;
        Ok(Self {
            file: file.into(),
            tensors,
        })
    }

    /// Runs `graph`, known as `key` (`PRECISION.GRAPH`), on its golden inputs.
    ///
    /// # Errors
    /// A missing or misshapen tensor, or an output off by more than `tolerance`.
    pub fn check(&self, key: &str, graph: &Arc<Graph>, tolerance: f64) -> Result<(), ModelError> {
        let run = self.run(key, graph)?;
        let error = |(found, wanted): (&f32, &f32)| f64::from((found - wanted).abs());
        let pairs = run.found.iter().zip(&run.wanted);
        let worst = pairs
            .map(error)
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1));
        match worst {
            Some((index, error)) if error.is_nan() || error > tolerance => Err(ModelError::new(
                graph.file(),
                run.field,
                format!("{} at index {index}, off by {error:.2e}", run.found[index]),
                format!("{} within {tolerance:.0e}", run.wanted[index]),
                "file and golden vectors don't belong together: build the package again",
            )),
            _ => Ok(()),
        }
    }

    /// The same for a network that quantizes what it computes with: a rough bound on the whole, since how well it
    /// plans is what `forerun check` measures.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), with a relative error (L2) above [`INTEGER_TOLERANCE`].
    pub fn check_integers(&self, key: &str, graph: &Arc<Graph>) -> Result<(), ModelError> {
        let run = self.run(key, graph)?;
        let square = |x: f32| f64::from(x) * f64::from(x);
        let pairs = run.found.iter().zip(&run.wanted);
        let error: f64 = pairs.map(|(found, wanted)| square(found - wanted)).sum();
        let size: f64 = run.wanted.iter().copied().map(square).sum();
        let error = (error / size.max(f64::MIN_POSITIVE)).sqrt();
        if error <= INTEGER_TOLERANCE {
            return Ok(());
        }
        Err(ModelError::new(
            graph.file(),
            run.field,
            format!("a relative error of {error:.2e} in int8 arithmetic"),
            format!("at most {INTEGER_TOLERANCE}"),
            "ship this graph with precision = \"f32\"",
        ))
    }

    fn run(&self, key: &str, graph: &Arc<Graph>) -> Result<GoldenRun, ModelError> {
        let output = graph.output();
        let field = format!("{key}.out.{}", output.name);
        let (shape, wanted) = self.floats(&field)?;
        let rows = shape.first().copied().unwrap_or(0);
        if !(1..=MOST_ROWS).contains(&rows) {
            let expected = format!("1 to {MOST_ROWS} rows");
            return Err(refuse(&self.file, &field, format!("{rows} rows"), expected));
        }
        self.shape(&field, &shape, rows, &output.shape)?;
        let mut inputs = Vec::new();
        for port in graph.inputs() {
            let field = format!("{key}.in.{}", port.name);
            let (shape, values) = self.floats(&field)?;
            self.shape(&field, &shape, rows, &port.shape)?;
            inputs.push(values);
        }
        let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let mut found = vec![0.0; wanted.len()];
        let mut runner = graph.runner()?;
        guarded(graph.file(), || Ok(runner.run(rows, &inputs, &mut found)))??;
        Ok(GoldenRun {
            field,
            found,
            wanted,
        })
    }

    /// Makes the action rows of the golden command log and compares them with the recipe's.
    pub fn check_rows(&self, axes: usize, block: usize) -> Result<(), ModelError> {
        let (stamp_shape, stamps) = self.doubles("rows.stamp")?;
        let (command_shape, commands) = self.doubles("rows.command")?;
        let (start_shape, starts) = self.doubles("rows.start")?;
        let (end_shape, ends) = self.doubles("rows.end")?;
        let (action_shape, actions) = self.floats("rows.action")?;
        let (n, m) = (stamps.len(), starts.len());
        for (field, shape, expected) in [
            ("rows.stamp", stamp_shape, vec![n]),
            ("rows.command", command_shape, vec![n, axes]),
            ("rows.start", start_shape, vec![m]),
            ("rows.end", end_shape, vec![m]),
            ("rows.action", action_shape, vec![m, block * axes]),
        ] {
            let sizes = 1..=MOST_COMMANDS;
            if shape != expected || !sizes.contains(&n) || !sizes.contains(&m) {
                let (found, expected) = (format!("{shape:?}"), format!("{expected:?}"));
                return Err(refuse(&self.file, field, found, expected));
            }
        }
        if let Some(pair) = stamps.windows(2).find(|pair| pair[0] >= pair[1]) {
            let found = format!("{} before {}", pair[0], pair[1]);
            return Err(refuse(&self.file, "rows.stamp", found, "increasing stamps"));
        }
        let mut log = CommandLog::new(axes, n);
        for (stamp, command) in stamps.iter().zip(commands.chunks_exact(axes)) {
            let action = Action::from_fn(axes, |axis| command[axis]);
            log.push(seconds(*stamp), action);
        }
        let mut row = vec![0.0; block * axes];
        let wanted = actions.chunks_exact(block * axes);
        for (index, (wanted, (start, end))) in wanted.zip(starts.iter().zip(&ends)).enumerate() {
            log.action_row(seconds(*start), seconds(*end), block, &mut row);
            for (found, wanted) in row.iter().zip(wanted) {
                let error = f64::from((found - wanted).abs());
                if error > ROW_TOLERANCE * (1.0 + f64::from(wanted.abs())) {
                    return Err(refuse(
                        &self.file,
                        "rows.action",
                        format!("{wanted} in row {index}"),
                        format!("{found}, the mean of the golden commands"),
                    ));
                }
            }
        }
        Ok(())
    }

    fn floats(&self, field: &str) -> Result<(Vec<usize>, Vec<f32>), ModelError> {
        self.numbers(
            field,
            Dtype::F32,
            |bytes: [u8; 4]| f32::from_le_bytes(bytes),
            f32::is_finite,
        )
    }

    fn doubles(&self, field: &str) -> Result<(Vec<usize>, Vec<f64>), ModelError> {
        self.numbers(
            field,
            Dtype::F64,
            |bytes: [u8; 8]| f64::from_le_bytes(bytes),
            f64::is_finite,
        )
    }

    fn numbers<T: Copy, const N: usize>(
        &self,
        field: &str,
        dtype: Dtype,
        decode: fn([u8; N]) -> T,
        finite: fn(T) -> bool,
    ) -> Result<(Vec<usize>, Vec<T>), ModelError> {
        let file = &self.file;
        let tensor = self
            .tensors
            .tensor(field)
            .map_err(|_| refuse(file, field, "nothing".into(), "a tensor"))?;
        if tensor.dtype() != dtype {
            let found = format!("{:?}", tensor.dtype());
            return Err(refuse(file, field, found, format!("{dtype:?}")));
        }
        let values: Vec<T> = tensor
            .data()
            .as_chunks::<N>()
            .0
            .iter()
            .map(|bytes| decode(*bytes))
            .collect();
        if !values.iter().all(|value| finite(*value)) {
            return Err(refuse(
                file,
                field,
                "non-finite numbers".into(),
                "finite ones",
            ));
        }
        Ok((tensor.shape().to_vec(), values))
    }

    fn shape(
        &self,
        field: &str,
        found: &[usize],
        rows: usize,
        expected: &[usize],
    ) -> Result<(), ModelError> {
        if found.first() == Some(&rows) && &found[1..] == expected {
            return Ok(());
        }
        let sizes = expected.iter().map(|size| format!(", {size}"));
        let expected = format!("[{rows}{}]", sizes.collect::<String>());
        Err(refuse(&self.file, field, format!("{found:?}"), expected))
    }
}

fn seconds(value: f64) -> Stamp {
    Stamp::from_nanos((value * 1e9).round() as i64)
}

fn refuse(file: &Path, field: &str, found: String, expected: impl Into<String>) -> ModelError {
    ModelError::new(file, field, found, expected, "build the package again")
}
