//! Cores, and who sets their clock.

use super::Line;
use crate::cli::bench::cpu;

/// The command thread, and the planner beside it.
const CORES: usize = 2;

pub(super) fn cores() -> Line {
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    let found = format!("{}, {cores} cores", cpu());
    if cores >= CORES {
        return Line::good("processor", found);
    }
    Line::limited(
        "processor",
        found,
        "give it a second core: on one, a plan delays commands unless they may preempt it (see fifo)",
    )
}

/// How the system chooses frequencies; nothing where it doesn't say, as in most virtual machines.
pub(super) fn governor() -> Line {
    let file = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
    let governor = std::fs::read_to_string(file).unwrap_or_default();
    match governor.trim() {
        chosen @ ("" | "performance") => Line::good("governor", chosen),
        slow => Line::limited(
            "governor",
            slow,
            "`cpupower frequency-set --governor performance`: a core that idles between plans wakes up slow",
        ),
    }
}
