//! Room for recordings.

use std::path::Path;

use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};

use super::Line;

/// An hour and a half of the embedded arm [GiB].
const ENOUGH: f64 = 2.0;
/// Pictures of 64x64 at 30 Hz, joint states and commands [bytes/s].
const RATE: f64 = 64.0 * 64.0 * 3.0 * 30.0 * 1.1;

/// The folder that recordings go to unless one is named.
pub(super) fn disk() -> Line {
    let target = Path::new("target");
    let folder = if target.is_dir() {
        target
    } else {
        Path::new(".")
    };
    let name = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let name = name.display();
    if let Err(why) = access(folder, AccessFlags::W_OK) {
        let found = format!("{name}: {why}");
        return Line::limited(
            "disk",
            found,
            "record into a folder of yours: --record FILE",
        );
    }
    let gibibytes = match statvfs(folder) {
        Ok(disk) => {
            (disk.blocks_available() as f64) * (disk.fragment_size() as f64) / (1u64 << 30) as f64
        }
        Err(why) => return Line::limited("disk", format!("{name}: {why}"), "check the disk"),
    };
    let hours = gibibytes * (1u64 << 30) as f64 / RATE / 3600.0;
    let found =
        format!("{name}: {gibibytes:.1} GiB free, {hours:.1} hours of 64x64 pictures at 30 Hz");
    if gibibytes >= ENOUGH {
        return Line::good("disk", found);
    }
    Line::limited(
        "disk",
        found,
        "free some space, or record elsewhere: --record FILE",
    )
}
