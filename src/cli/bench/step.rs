//! `forerun bench step`: predictors against other runtimes, and the rollouts made of them.

use std::fmt;

use clap::Args;
use serde::Serialize;

use super::adapter::NetworkModel;
use super::machine::Machine;
use super::networks::{Compare, Comparison, Index, Kind};
use super::placeholder::{Arithmetic, Network};
use super::rollout::{CANDIDATES, HORIZON, Rollout, measure};
use crate::cli::{ArmLab, Failure};

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
        let lab = ArmLab::new(&self.model)?;
        let machine = Machine::pinned(lab.model().spec());
        let comparison = self.compare.run(Kind::Step)?;
        let rollouts = if self.compare.only.is_none() {
            self.rollouts(&lab, &machine, &comparison)?
        } else {
            Vec::new()
        };
        let report = Report {
            machine,
            comparison,
            rollouts,
        };
        super::print(&report, self.json)
    }

    fn rollouts(
        &self,
        lab: &ArmLab,
        machine: &Machine,
        comparison: &Comparison,
    ) -> Result<Vec<Rollout>, Failure> {
        let (isa, pace, peak) = (self.compare.isa()?, self.compare.pace(), comparison.peak);
        let Some(index) = Index::read(&self.compare.networks)? else {
            return Ok(Vec::new());
        };
        let listed = |name: &str| index.networks.iter().find(|listed| listed.name == name);
        let mut rollouts = Vec::new();
        if let (Some(step), Some(metric)) = (listed("arm_step"), listed("arm_metric")) {
            let work = step.multiply_accumulates + metric.multiply_accumulates;
            rollouts.push(measure(lab.model().as_ref(), &[1], work, peak, pace)?);
        }
        for (name, threads) in ROLLED {
            let Some(listed) = listed(name) else { continue };
            let file = index.file(listed, "onnx");
            let network = Network::open_on(&file, Arithmetic::Int8, isa)?;
            let model = NetworkModel::new(name, network)?;
            let work = listed.multiply_accumulates;
            let measured = || measure(&model, threads, work, peak, pace);
            let rollout = if threads.len() > 1 {
                machine.unpinned(measured)
            } else {
                measured()
            };
            rollouts.push(rollout?);
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
        self.rollouts.iter().try_for_each(|rollout| write!(f, "{rollout}"))
    }
}
