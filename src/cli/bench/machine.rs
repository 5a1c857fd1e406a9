//! What a measurement was made on.

use std::fmt;

use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use nix::unistd::Pid;
use serde::Serialize;

use crate::cli::Failure;
use crate::world_model::ModelSpec;
use crate::world_model::int8::kernel::Isa;

/// The machine, the program and the model.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    cpu: String,
    cores: usize,
    /// The one core that everything ran on; `None` if the system refused that.
    core: Option<usize>,
    forerun: &'static str,
    model: String,
    arithmetic: String,
    /// Where the calling thread could run before.
    #[serde(skip)]
    allowed: Option<CpuSet>,
}

impl Machine {
    /// Pins the calling thread, and every one that it starts, to the core that it is on.
    pub(super) fn pinned(spec: &ModelSpec) -> Self {
        Self {
            allowed: sched_getaffinity(Pid::from_raw(0)).ok(),
            cpu: cpu(),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            core: pin(),
            forerun: env!("CARGO_PKG_VERSION"),
            model: format!("{} {}", spec.name, spec.version),
            arithmetic: spec.arithmetic.clone(),
        }
    }

    /// Does `work` on all cores that the calling thread had before it was pinned, and pins it again.
    pub(super) fn unpinned<T>(&self, work: impl FnOnce() -> T) -> T {
        let (Some(core), Some(allowed)) = (self.core, self.allowed) else {
            return work();
        };
        let (thread, mut one) = (Pid::from_raw(0), CpuSet::new());
        // A core that was allowed a moment ago; if the system has changed its mind, the measurement shows it.
        let _ = sched_setaffinity(thread, &allowed);
        let done = work();
        let _ = one.set(core).and_then(|()| sched_setaffinity(thread, &one));
        done
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "forerun {}, {} ({}) on {}, ",
            self.forerun, self.model, self.arithmetic, self.cpu
        )?;
        match self.core {
            Some(core) => writeln!(f, "pinned to core {core} of {}", self.cores),
            None => writeln!(f, "{} cores, not pinned", self.cores),
        }
    }
}

fn pin() -> Option<usize> {
    let core = sched_getcpu().ok()?;
    let mut set = CpuSet::new();
    set.set(core).ok()?;
    sched_setaffinity(Pid::from_raw(0), &set).ok()?;
    Some(core)
}

/// The processor's name as Linux gives it; the architecture where it gives none.
pub(in crate::cli) fn cpu() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or(std::env::consts::ARCH, |(_, name)| name.trim())
        .to_owned()
}

/// The instruction set of that name; `None`: the best.
///
/// # Errors
/// An unknown one, or one that this machine hasn't.
pub(super) fn chosen_kernel(name: Option<&str>) -> Result<Option<Isa>, Failure> {
    let Some(name) = name else {
        return Ok(None);
    };
    let found = Isa::available().find(|isa| isa.name() == name);
    if found.is_none() {
        let names: Vec<&str> = Isa::available().map(Isa::name).collect();
        return Err(Failure::unknown("kernel of this machine", name, &names));
    }
    Ok(found)
}
