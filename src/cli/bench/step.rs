//! `forerun bench step`: predictors against other runtimes, and the rollouts made of them.

use std::fmt;

use clap::Args;
use serde::Serialize;

use super::adapter::NetworkModel;
use super::machine::Machine;
use super::networks::{Compare, Comparison, Index, Kind};
use super::rollout::{CANDIDATES, HORIZON, How, Rollout, measure};
use crate::cli::{Failure, Lab};
use crate::world_model::{Arithmetic, Network, Precisions};

/// The listed networks that a package's rollout is made of, step and metric.
const PACKAGE: (&str, &str) = ("arm_step", "arm_metric");
/// Reference networks whose rollout is measured; the second is split over two cores.
const ROLLED: [(&str, &[usize]); 2] = [("mlp", &[1]), ("mlp_large", &[1, 2])];

/// Measures predictors against onnxruntime and PyTorch, and whole rollouts.
#[derive(Debug, Args)]
pub(super) struct Step {
    /// Package whose rollout is measured: name or folder.
    #[arg(long, default_value = "arm")]
    model: String,
    #[command(flatten)]
    compare: Compare,
    /// Candidates of a rollout that go through the model at once (default: as the planner does).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=4096))]
    chunk: Option<u32>,
    /// Print one JSON object on stdout instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    #[serde(flatten)]
    comparison: Comparison,
    rollouts: Vec<Rollout>,
}

impl Step {
    pub(super) fn run(self) -> Result<(), Failure> {
        let precisions = Precisions {
            kernel: Some(self.compare.isa()?),
            ..Precisions::default()
        };
        let lab = Lab::in_precision(&self.model, precisions)?;
        let machine = Machine::pinned(lab.model().spec());
        let comparison = self.compare.run(Kind::Step)?;
        let rollouts = self.rollouts(&lab, &machine)?;
        let report = Report {
            machine,
            comparison,
            rollouts,
        };
        super::print(&report, self.json)
    }

    fn rollouts(&self, lab: &Lab, machine: &Machine) -> Result<Vec<Rollout>, Failure> {
        let Some(index) = Index::read(&self.compare.networks)? else {
            return Ok(Vec::new());
        };
        let wanted = |name: &str| self.compare.only.as_deref().is_none_or(|only| only == name);
        let listed = |name: &str| index.networks.iter().find(|listed| listed.name == name);
        let how = How {
            chunk: self.chunk.map(|chunk| chunk as usize),
            isa: self.compare.isa()?,
            pace: self.compare.pace(),
        };
        let mut rollouts = Vec::new();
        if wanted(PACKAGE.0)
            && let (Some(step), Some(metric)) = (listed(PACKAGE.0), listed(PACKAGE.1))
        {
            let work = step.multiply_accumulates + metric.multiply_accumulates;
            rollouts.push(measure(lab.model().as_ref(), &[1], work, &how)?);
        }
        for (name, threads) in ROLLED {
            let Some(listed) = listed(name).filter(|listed| wanted(&listed.name)) else {
                continue;
            };
            let file = index.file(listed, "onnx");
            let network = Network::open_on(&file, Arithmetic::Int8, how.isa)?;
            let model = NetworkModel::new(name, network)?;
            let measured = || measure(&model, threads, listed.multiply_accumulates, &how);
            rollouts.push(if threads.len() > 1 {
                machine.unpinned(measured)?
            } else {
                measured()?
            });
        }
        Ok(rollouts)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.machine, self.comparison)?;
        if self.rollouts.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "\nrollouts of {CANDIDATES} candidates over {HORIZON} model steps: commands, step, metric and cost"
        )?;
        self.rollouts
            .iter()
            .try_for_each(|rollout| write!(f, "{rollout}"))
    }
}
