//! Networks against other runtimes, in one run, on one core.

mod contender;
mod index;
mod own;
mod pattern;
mod peers;
mod race;
mod table;
mod verdict;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::machine::chosen_kernel;
use crate::cli::Failure;
use crate::world_model::int8::kernel::{Isa, Product, peak};

pub(super) use index::{Index, Kind, Listed};
pub(super) use race::{Pace, Times, race, timed};
pub(super) use table::Comparison;

use contender::{Contender, load};
use peers::Peers;
use table::{Line, Raced};
use verdict::Duel;

/// What a comparison takes.
#[derive(Debug, Args)]
pub(super) struct Compare {
    /// Networks to measure, as models/reference/make writes them.
    #[arg(long, default_value = "target/models", value_name = "DIR")]
    pub networks: PathBuf,
    /// Python environment of the peers, as tests/peers/install makes it.
    #[arg(long, default_value = "target/peers-venv", value_name = "DIR")]
    pub peers: PathBuf,
    /// Measure only this network.
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
    /// Instruction set to force: scalar, avx2, ... (default: the best that this machine has).
    #[arg(long, value_name = "NAME")]
    pub kernel: Option<String>,
    /// Windows a contender and batch.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
}

/// A window `[us]`.
const WINDOW_US: u64 = 1500;
/// After this long no round of a batch begins.
const LONGEST: Duration = Duration::from_secs(12);

impl Compare {
    pub fn pace(&self) -> Pace {
        Pace {
            window_us: WINDOW_US,
            rounds: self.rounds as usize,
            longest: LONGEST,
        }
    }

    /// The instruction set to measure with.
    ///
    /// # Errors
    /// An unknown one, or one that this machine hasn't.
    pub fn isa(&self) -> Result<Isa, Failure> {
        let chosen = chosen_kernel(self.kernel.as_deref())?;
        Ok(chosen.unwrap_or_else(Isa::best))
    }

    /// Measures every network of `kind` in every runtime; the calling thread is pinned already.
    ///
    /// # Errors
    /// Those of the networks and of a server that fails.
    pub fn run(&self, kind: Kind) -> Result<Comparison, Failure> {
        let isa = self.isa()?;
        let mut comparison = Comparison::new(isa.name(), peak(isa, Product::Int8));
        let Some(index) = Index::read(&self.networks)? else {
            comparison.notes.push(format!(
                "no reference networks in {}: models/reference/make makes them",
                self.networks.display()
            ));
            return Ok(comparison);
        };
        let mut peers = Peers::start(&self.peers)?;
        match &mut peers {
            Some(peers) => comparison.peers = Some(peers.versions()?),
            None => comparison.notes.push(format!(
                "no onnxruntime or PyTorch in {}: tests/peers/install installs them",
                self.peers.display()
            )),
        }
        for listed in index.select(kind, self.only.as_deref())? {
            tracing::info!("measuring {}", listed.name);
            let raced = self.measure(&index, listed, isa, peers.as_mut())?;
            comparison.networks.push(raced);
        }
        Ok(comparison)
    }

    fn measure(
        &self,
        index: &Index,
        listed: &Listed,
        isa: Isa,
        mut peers: Option<&mut Peers>,
    ) -> Result<Raced, Failure> {
        let (mut contenders, loaded) = load(index, listed, isa, peers.as_deref_mut())?;
        let mut lines = Vec::new();
        for rows in listed.kind.rows().iter().copied() {
            let pace = self.pace();
            // The peak is one of them: a machine that is slow for a while is slow for all.
            let times = race(contenders.len() + 1, pace, |index| {
                match contenders.get_mut(index) {
                    Some(contender) => contender.time(rows, pace.window_us, peers.as_deref_mut()),
                    None => Ok(us_a_product(isa)),
                }
            })?;
            let work = listed.multiply_accumulates as f64 * rows as f64;
            lines.push(line(rows, work, &contenders, &times));
        }
        for contender in contenders {
            contender.unload(peers.as_deref_mut())?;
        }
        Ok(Raced {
            name: listed.name.clone(),
            parameters: listed.parameters,
            multiply_accumulates: listed.multiply_accumulates,
            loaded,
            lines,
        })
    }
}

/// Microseconds an int8 product at the peak of `isa`.
pub(super) fn us_a_product(isa: Isa) -> f64 {
    1e6 / peak(isa, Product::Int8)
}

/// What the race over `work` products says; the last of `times` is the peak's.
fn line(rows: usize, work: f64, contenders: &[Contender], times: &[Times]) -> Line {
    let peak = times.last().map_or(f64::NAN, |times| times.min_us);
    let all = || contenders.iter().zip(times);
    let own = |name: &str| {
        let found = all().find(|(contender, _)| contender.name == name);
        found.map_or(f64::NAN, |(_, times)| times.min_us)
    };
    let peers = |f32_only: bool| {
        all()
            .filter(move |(contender, _)| contender.is_peer() && !(f32_only && contender.int8))
            .map(|(contender, times)| (contender.name, times.min_us))
    };
    Line {
        rows,
        int8: Duel::new(own("int8"), peers(false)),
        f32: Duel::new(own("f32"), peers(true)),
        of_peak: work * peak / own("int8"),
        times: all()
            .map(|(contender, times)| (contender.name, *times))
            .collect(),
    }
}
