//! The read-out of named quantities: a sine and a cosine become one angle.

use std::sync::Arc;

use super::super::graph::Runner;
use super::super::manifest::{Manifest, OutputKind};
use super::super::{Head, ModelError, Quantity};

/// How a quantity is made of the network's outputs, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    Value(usize),
    Angle { sin: usize, cos: usize },
}

/// The joins of all quantities, in order of first appearance.
pub(super) fn joins(manifest: &Manifest) -> Vec<Join> {
    named(manifest).into_iter().map(|(_, join)| join).collect()
}

/// The quantities, in order of first appearance.
pub(super) fn quantities(manifest: &Manifest) -> Vec<Quantity> {
    let named = named(manifest).into_iter();
    named.map(|(quantity, _)| quantity).collect()
}

fn named(manifest: &Manifest) -> Vec<(Quantity, Join)> {
    let Some(probe) = &manifest.graphs.probe else {
        return Vec::new();
    };
    let mut all: Vec<(Quantity, Join)> = Vec::new();
    for (index, output) in probe.outputs.iter().enumerate() {
        let known = all.iter_mut().find(|(known, _)| known.name == output.name);
        match (known, output.kind) {
            (Some((_, Join::Angle { sin, .. })), OutputKind::Sin) => *sin = index,
            (Some((_, Join::Angle { cos, .. })), OutputKind::Cos) => *cos = index,
            (_, kind) => {
                let quantity = Quantity {
                    name: output.name.clone(),
                    unit: output.unit.clone(),
                };
                let join = match kind {
                    OutputKind::Value => Join::Value(index),
                    OutputKind::Sin | OutputKind::Cos => Join::Angle {
                        sin: index,
                        cos: index,
                    },
                };
                all.push((quantity, join));
            }
        }
    }
    all
}

/// Latents to quantities.
pub(super) struct ProbeWorker {
    runner: Runner,
    outputs: usize,
    joins: Arc<[Join]>,
    /// The network's outputs [rows, outputs].
    raw: Vec<f32>,
}

impl ProbeWorker {
    pub fn new(runner: Runner, outputs: usize, joins: Arc<[Join]>) -> Self {
        Self {
            runner,
            outputs,
            joins,
            raw: Vec::new(),
        }
    }
}

impl Head for ProbeWorker {
    fn evaluate(
        &mut self,
        rows: usize,
        latents: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        ModelError::check_len("probe", "quantities", out.len(), rows * self.joins.len())?;
        self.raw.resize(rows * self.outputs, 0.0);
        self.runner.run(rows, &[latents], &mut self.raw)?;
        let rows = self
            .raw
            .chunks_exact(self.outputs)
            .zip(out.chunks_exact_mut(self.joins.len()));
        for (raw, out) in rows {
            for (slot, join) in out.iter_mut().zip(self.joins.iter()) {
                *slot = match *join {
                    Join::Value(index) => raw[index],
                    Join::Angle { sin, cos } => raw[sin].atan2(raw[cos]),
                };
            }
        }
        Ok(())
    }
}
