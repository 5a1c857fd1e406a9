//! A network in Forerun, with inputs at hand.

use super::pattern::pattern;
use super::race::timed;
use crate::cli::Failure;
use crate::world_model::{Network, NetworkRunner};

/// A runner with its buffers.
pub(in super::super) struct Own {
    runner: NetworkRunner,
    /// Numbers a row, and whether they are a picture's.
    ports: Vec<(usize, bool)>,
    output_len: usize,
    rows: usize,
    inputs: Vec<Vec<f32>>,
    output: Vec<f32>,
}

impl Own {
    pub fn new(network: &Network) -> Result<Self, Failure> {
        let ports = network.inputs().into_iter();
        let ports = ports.map(|(name, shape)| (shape.iter().product(), name == "image"));
        Ok(Self {
            runner: network.runner()?,
            ports: ports.collect(),
            output_len: network.output_len(),
            rows: 0,
            inputs: Vec::new(),
            output: Vec::new(),
        })
    }

    /// What it gives for `rows` rows of the pattern.
    pub fn output(&mut self, rows: usize) -> Result<&[f32], Failure> {
        self.prepare(rows);
        let inputs: Vec<&[f32]> = self.inputs.iter().map(Vec::as_slice).collect();
        self.runner.run(rows, &inputs, &mut self.output)?;
        Ok(&self.output)
    }

    /// Microseconds a run of `rows` rows, over a window of `window_us`.
    pub fn time(&mut self, rows: usize, window_us: u64) -> Result<f64, Failure> {
        self.prepare(rows);
        let inputs: Vec<&[f32]> = self.inputs.iter().map(Vec::as_slice).collect();
        let (runner, output) = (&mut self.runner, &mut self.output);
        timed(window_us, || Ok(runner.run(rows, &inputs, output)?))
    }

    fn prepare(&mut self, rows: usize) {
        if self.rows == rows {
            return;
        }
        self.rows = rows;
        let ports = self.ports.iter().enumerate();
        let filled = ports.map(|(port, (len, picture))| pattern(port, *picture, rows * len));
        self.inputs = filled.collect();
        self.output = vec![0.0; rows * self.output_len];
    }
}
